#include "migrate/declared_side.hpp"

#include "migrate/adopt.hpp"
#include "migrate/findings.hpp"
#include "migrate/prove.hpp"
#include "migrate/run_context.hpp"
#include "schema/diff.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

namespace headspace::migrate {

namespace {

constexpr int version_step = 10000; // 150020 is 15

error other_version(int theirs, int ours) {
    return make_error(errc::unsupported_server, error_class::refuse,
                      "the model's database is on PostgreSQL " + std::to_string(theirs) +
                          ", the migrated one on PostgreSQL " + std::to_string(ours),
                      "definitions can only be compared between servers of the same major version");
}

// Where the statements of `late` stand once all are in files, which are stable by family.
std::vector<std::size_t> as_planned(const std::vector<schema::planned_statement>& planned,
                                    const std::vector<std::size_t>& late) {
    std::vector<std::size_t> order(planned.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_sort(order.begin(), order.end(), [&](std::size_t x, std::size_t y) {
        return family_file(planned[x].sql) < family_file(planned[y].sql);
    });
    std::vector<std::size_t> moved;
    for (const std::size_t i : late)
        if (i < order.size())
            moved.push_back(order[i]);
    return moved;
}

} // namespace

declared_side::declared_side(generate_settings settings, scratch& databases,
                             std::shared_ptr<io::blocking> threads, generate_sink told,
                             time_point until)
    : settings_(std::move(settings)), databases_(databases), threads_(std::move(threads)),
      told_(std::move(told)), until_(until) {}

void declared_side::tell(std::string text, std::size_t done, std::size_t all) const {
    if (told_)
        told_({generate_progress::phase::loading, std::move(text), done, all});
}

asio::awaitable<result<catalogue_pointer>>
declared_side::load_files(revisions::declaration declared) {
    auto read = co_await load(std::move(declared));
    if (read.has_value())
        b_ = *read;
    co_return read;
}

asio::awaitable<result<catalogue_pointer>> declared_side::load(revisions::declaration declared) {
    auto made = co_await databases_.create(until_);
    if (made.has_error())
        co_return made.error();
    auto read = co_await load_into(std::move(*made), std::move(declared));
    co_return read;
}

asio::awaitable<result<catalogue_pointer>>
declared_side::load_into(std::shared_ptr<pg::session> session, revisions::declaration declared) {
    if (session_)
        session_->close();
    session_ = std::move(session);
    const count_sink counting = [this](std::size_t done, std::size_t all) {
        tell("loading the declared schema", done, all);
    };
    auto done =
        co_await load_declaration(*session_, databases_, std::move(declared), counting, until_);
    if (done.has_error())
        co_return done.error();
    notes.insert(notes.end(), done->notes.begin(), done->notes.end());
    late_ = std::move(done->late);
    auto read = co_await read_shared_catalogue(*session_, until_);
    co_return read;
}

asio::awaitable<result<catalogue_pointer>> declared_side::read_model(config::conninfo model,
                                                                     catalogue_pointer made) {
    tell("reading the model's database");
    std::string called = "the model's database (" + model.log_form() + ")";
    auto read = co_await read_from(settings_.open_model(model), std::move(called), std::move(made));
    co_return read;
}

asio::awaitable<result<catalogue_pointer>> declared_side::read_target(catalogue_pointer made) {
    tell("reading the database");
    auto read = co_await read_from(settings_.target, "", std::move(made));
    co_return read;
}

asio::awaitable<result<catalogue_pointer>>
declared_side::read_from(std::shared_ptr<pg::connector> connector, std::string called,
                         catalogue_pointer made) {
    auto opened = co_await open_session(connector, settings_.limits.connect_timeout);
    if (opened.has_error()) {
        error e = opened.error();
        if (!called.empty())
            e.message = called + ": " + e.message;
        co_return e;
    }
    const std::shared_ptr<pg::session> session = std::move(*opened);
    const int ours = databases_.target_locale().server_version / version_step;
    const int theirs = session->facts().version / version_step;
    if (ours != theirs)
        co_return other_version(theirs, ours);
    auto guarded = co_await session->execute(
        "SET default_transaction_read_only = on; SET statement_timeout = 0", until_);
    if (guarded.has_error())
        co_return guarded.error();
    auto read = co_await read_shared_catalogue(*session, until_);
    if (read.has_error())
        co_return read.error();
    b_ = std::move(*read);
    auto left_out = co_await leave_out_bookkeeping(*session, std::move(made));
    session->close();
    if (left_out.has_error())
        co_return left_out.error();
    co_return b_;
}

/// What another tool notes in the database is no part of its schema, unless the migrations make it.
asio::awaitable<result<void>> declared_side::leave_out_bookkeeping(pg::session& session,
                                                                   catalogue_pointer made) {
    const auto tools = co_await find_bookkeeping(session, until_);
    if (tools.has_error())
        co_return tools.error();
    for (const bookkeeping& one : *tools) {
        if (made->find(schema::fact_id(schema::kind::table, {one.schema, one.table})) != nullptr)
            continue;
        const std::vector<std::vector<std::string>> table{{one.schema, one.table}};
        auto rest = std::make_shared<const schema::catalogue>(without(*b_, table));
        if (rest->facts.size() == b_->facts.size())
            continue;
        b_ = std::move(rest);
        notes.push_back("left out: the bookkeeping of " + one.text());
    }
    co_return result<void>{};
}

asio::awaitable<result<std::shared_ptr<pg::session>>> declared_side::in_scratch() {
    if (session_)
        co_return session_;
    auto made = co_await databases_.create(until_);
    if (made.has_error())
        co_return made.error();
    const std::shared_ptr<pg::session> session = std::move(*made);
    auto nothing = co_await read_shared_catalogue(*session, until_);
    if (nothing.has_error())
        co_return nothing.error();
    auto plan = co_await plan_on_thread(threads_, *nothing, b_, {}, until_);
    if (plan.has_error())
        co_return plan.error();
    auto declared = revisions::read_declaration(pulled_files(plan->statements, {}));
    if (declared.has_error())
        co_return declared.error();
    auto read = co_await load_into(session, std::move(*declared));
    if (read.has_error())
        co_return read.error();
    const schema::difference d = schema::compare(**read, *b_);
    if (!d.empty())
        co_return make_error(errc::proof_failed, error_class::refuse,
                             "the model's database cannot be made anew in a scratch database: " +
                                 schema::explain(d).front() + "; nothing was written",
                             "please report it");
    co_return session_;
}

asio::awaitable<result<std::vector<revisions::schema_file>>>
declared_side::draft_files(std::vector<schema::planned_statement> planned) {
    std::vector<revisions::schema_file> files = pulled_files(planned, {});
    auto first = co_await expect_same(files);
    if (first.has_error())
        co_return first.error();
    if (late_.empty())
        co_return files;
    files = pulled_files(planned, as_planned(planned, late_));
    auto second = co_await expect_same(files);
    if (second.has_error())
        co_return second.error();
    co_return files;
}

asio::awaitable<result<void>>
declared_side::expect_same(std::vector<revisions::schema_file> files) {
    auto declared = revisions::read_declaration(files);
    if (declared.has_error())
        co_return declared.error();
    auto read = co_await load(std::move(*declared));
    if (read.has_error())
        co_return read.error();
    const schema::difference d = schema::compare(**read, *b_);
    if (d.empty())
        co_return result<void>{};
    co_return make_error(errc::proof_failed, error_class::refuse,
                         "the files of schema/ would not say what the database is: " +
                             schema::explain(d).front() + "; nothing was written",
                         "please report it");
}

} // namespace headspace::migrate
