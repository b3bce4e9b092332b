#include "migrate/approach.hpp"

#include "migrate/prove.hpp"

#include <utility>

namespace headspace::migrate {

namespace {

error rows_forbid(const error& why) {
    return make_error(errc::conflict_here, error_class::refuse,
                      "tables cannot be parted from their parents, because of rows that the "
                      "migrations insert: " +
                          why.message,
                      "write this migration by hand (headspacectl db revision)");
}

class approaching {
public:
    approaching(std::shared_ptr<pg::session> session, session_source declared,
                schema::plan_options options, time_point until, approach out)
        : session_(std::move(session)), declared_(std::move(declared)), options_(options),
          until_(until), out_(std::move(out)) {}

    asio::awaitable<result<approach>> run(std::vector<schema::stated_rename> renames) {
        auto renamed = co_await rename(std::move(renames));
        if (renamed.has_error())
            co_return renamed.error();
        schema::link_plan links = schema::plan_links(*out_.start, *out_.after, options_);
        append(out_.detected, links.detected);
        append(out_.notes, links.notes);
        out_.rejoins = links.rejoins;
        if (!links.empty()) {
            auto cut = co_await cut_links(std::move(links));
            if (cut.has_error())
                co_return cut.error();
        }
        auto back = co_await run_statements(*session_, out_.head.backward, until_);
        if (back.has_error())
            co_return back.error();
        co_return std::move(out_);
    }

private:
    static void append(std::vector<std::string>& to, const std::vector<std::string>& more) {
        to.insert(to.end(), more.begin(), more.end());
    }

    asio::awaitable<result<void>> rename(std::vector<schema::stated_rename> stated) {
        auto plan = schema::plan_renames(*out_.before, *out_.after, stated);
        if (plan.has_error())
            co_return plan.error();
        out_.notes = std::move(plan->notes);
        out_.detected = std::move(plan->detected);
        out_.renames = {std::move(plan->forward), std::move(plan->backward)};
        out_.head = out_.renames;
        if (out_.head.forward.empty())
            co_return result<void>{};
        auto read = co_await after_running(*session_, out_.head.forward, out_.start);
        co_return read;
    }

    asio::awaitable<result<void>> cut_links(schema::link_plan links) {
        catalogue_pointer cut;
        auto ours = co_await after_running(*session_, links.head.forward, cut);
        if (ours.has_error()) {
            if (ours.error().sqlstate.starts_with("23"))
                co_return rows_forbid(ours.error());
            co_return ours.error();
        }
        auto theirs = co_await declared_();
        if (theirs.has_error())
            co_return theirs.error();
        const std::shared_ptr<pg::session> model = std::move(*theirs);
        auto ended = co_await after_running(*model, links.tail.backward, out_.end);
        model->close();
        if (ended.has_error())
            co_return ended.error();
        const schema::there_and_back names =
            schema::plan_link_names({*out_.start, *cut, *out_.end, *out_.after}, links);
        out_.head.append(links.head);
        out_.head.append(names);
        out_.tail = std::move(links.tail);
        out_.start = cut;
        if (names.forward.empty())
            co_return result<void>{};
        auto named = co_await after_running(*session_, names.forward, out_.start);
        co_return named;
    }

    /// What is there then.
    asio::awaitable<result<void>> after_running(pg::session& session,
                                                std::vector<schema::planned_statement> statements,
                                                catalogue_pointer& into) {
        auto ran = co_await run_statements(session, std::move(statements), until_);
        if (ran.has_error())
            co_return ran.error();
        auto read = co_await read_shared_catalogue(session, until_);
        if (read.has_error())
            co_return read.error();
        into = std::move(*read);
        co_return result<void>{};
    }

    std::shared_ptr<pg::session> session_;
    session_source declared_;
    schema::plan_options options_;
    time_point until_;
    approach out_;
};

} // namespace

asio::awaitable<result<void>>
run_statements(pg::session& session, std::vector<schema::planned_statement> all, time_point until) {
    for (const schema::planned_statement& s : all) {
        auto ran = co_await session.execute(s.sql, until);
        if (ran.has_error())
            co_return ran.error();
    }
    co_return result<void>{};
}

asio::awaitable<result<approach>> find_approach(std::shared_ptr<pg::session> session,
                                                session_source declared, catalogue_pointer before,
                                                catalogue_pointer after,
                                                std::vector<schema::stated_rename> renames,
                                                schema::plan_options options, time_point until) {
    approach begun;
    begun.before = before;
    begun.start = std::move(before);
    begun.end = after;
    begun.after = std::move(after);
    approaching work(std::move(session), std::move(declared), options, until, std::move(begun));
    auto done = co_await work.run(std::move(renames));
    co_return done;
}

} // namespace headspace::migrate
