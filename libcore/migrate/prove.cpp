#include "migrate/prove.hpp"

#include "migrate/failure.hpp"
#include "migrate/replay.hpp"
#include "migrate/seeds.hpp"
#include "migrate/sql_text.hpp"
#include "migrate/verdict.hpp"
#include "schema/diff.hpp"
#include "schema/extract.hpp"

#include <algorithm>

namespace headspace::migrate {

namespace {

constexpr std::size_t differences_named = 8;
constexpr std::size_t statement_shown = 80; // bytes of its first line

std::string listed(const std::vector<std::string>& lines) {
    std::string out;
    for (std::size_t i = 0; i < std::min(lines.size(), differences_named); ++i)
        out += (i == 0 ? "" : "; ") + lines[i];
    if (lines.size() > differences_named)
        out += "; and " + std::to_string(lines.size() - differences_named) + " more";
    return out;
}

error not_proved(const std::string& way, const std::string& what) {
    return make_error(errc::proof_failed, error_class::refuse,
                      "the generated " + way + " was tried and is not right: " + what +
                          "; nothing was written",
                      "write this revision by hand: headspacectl db revision -m MSG; and please "
                      "report it, the generator should have known better");
}

/// The rows are the reason: constraint violations and values that do not convert.
bool blames_the_rows(const error& why) {
    return why.sqlstate.starts_with("22") || why.sqlstate.starts_with("23");
}

std::vector<schema::planned_statement>
joined(const std::vector<schema::planned_statement>& first,
       const std::vector<schema::planned_statement>& second) {
    std::vector<schema::planned_statement> all = first;
    all.insert(all.end(), second.begin(), second.end());
    return all;
}

bool all_transactional(const std::vector<schema::planned_statement>& statements) {
    return std::all_of(statements.begin(), statements.end(),
                       [](const schema::planned_statement& s) { return s.transactional; });
}

class prover {
public:
    prover(std::shared_ptr<pg::session> session, const scratch& databases,
           std::shared_ptr<io::blocking> threads, proposal what, data_snapshot seeded,
           generate_sink told, time_point until)
        : session_(std::move(session)), databases_(databases), threads_(std::move(threads)),
          what_(std::move(what)), before_(std::move(seeded)), told_(std::move(told)),
          until_(until) {}

    asio::awaitable<result<proved>> run() {
        out_.seeded_rows = rows_in(before_);
        auto up = co_await go_up();
        if (up.has_error())
            co_return databases_.explained(up.error());
        auto down = co_await go_down();
        if (down.has_error())
            co_return databases_.explained(down.error());
        co_return std::move(out_);
    }

private:
    void tell(std::string text, std::size_t done, std::size_t all) const {
        if (told_)
            told_({generate_progress::phase::proving, std::move(text), done, all});
    }

    /// Runs the ups and drafts the downs beside them. Links are cut in the first group and made in
    /// the last, so that all states in between are without them.
    asio::awaitable<result<void>> go_up() {
        const std::vector<statement_group> groups = group_statements(
            joined(joined(what_.way.head.forward, what_.up.statements), what_.way.tail.forward));
        if (what_.way.rejoins && groups.size() > 1)
            out_.notes.push_back("from the first to the last of these revisions some tables are "
                                 "without their parents: rows are not seen through these then");
        catalogue_pointer from = what_.way.start;
        for (std::size_t i = 0; i < groups.size(); ++i) {
            tell("trying the upgrade", i, groups.size());
            revision_draft draft;
            draft.up_transaction = groups[i].transaction;
            draft.up = render_statements(groups[i].statements);
            auto ran = co_await run_text(
                "upgrade", section_text("-- migrate:up", draft.up, draft.up_transaction));
            if (ran.has_error())
                co_return ran.error();
            catalogue_pointer reached = what_.way.end;
            const bool last = i + 1 == groups.size();
            auto seen = co_await read_shared_catalogue(*session_, until_);
            if (seen.has_error())
                co_return seen.error();
            if (last) {
                auto same = compare_with("upgrade", *seen, what_.way.after);
                if (same.has_error())
                    co_return same.error();
            } else {
                reached = *seen;
            }
            schema::there_and_back around;
            if (last)
                around.forward = what_.way.tail.backward;
            if (i == 0)
                around.backward = what_.way.head.backward;
            auto down = co_await draft_down(draft, reached, from, std::move(around));
            if (down.has_error())
                co_return down.error();
            out_.revisions.push_back(std::move(draft));
            from = reached;
        }
        auto kept = co_await look_at_rows("upgrade", what_.up.statements);
        co_return kept;
    }

    asio::awaitable<result<void>> draft_down(revision_draft& draft, catalogue_pointer from,
                                             catalogue_pointer to, schema::there_and_back around) {
        // A half that has both kinds of statements is no transaction: it resumes where it stops.
        schema::plan_options options;
        options.online = what_.online;
        auto back = co_await plan_on_thread(threads_, from, to, options, until_);
        if (back.has_error())
            co_return back.error();
        downs_.insert(downs_.end(), back->statements.begin(), back->statements.end());
        const std::vector<schema::planned_statement> all =
            joined(joined(around.forward, back->statements), around.backward);
        draft.down_transaction = all_transactional(all);
        draft.down = render_statements(all);
        co_return result<void>{};
    }

    asio::awaitable<result<void>> go_down() {
        for (std::size_t i = out_.revisions.size(); i-- > 0;) {
            tell("trying the downgrade", out_.revisions.size() - 1 - i, out_.revisions.size());
            const revision_draft& draft = out_.revisions[i];
            auto ran = co_await run_text(
                "downgrade", section_text("-- migrate:down", draft.down, draft.down_transaction));
            if (ran.has_error())
                co_return ran.error();
        }
        const auto seen = co_await read_shared_catalogue(*session_, until_);
        if (seen.has_error())
            co_return seen.error();
        auto same = compare_with("downgrade", *seen, what_.way.before);
        if (same.has_error())
            co_return same.error();
        auto kept = co_await look_at_rows("downgrade", downs_);
        co_return kept;
    }

    static result<void> compare_with(const std::string& way, const catalogue_pointer& is,
                                     const catalogue_pointer& should) {
        const schema::difference d = schema::compare(*is, *should);
        if (d.empty())
            return {};
        return not_proved(way, listed(schema::explain(d)));
    }

    /// The text as it will stand in the file, read as it will be read.
    asio::awaitable<result<void>> run_text(std::string way, std::string text) {
        const auto section = revisions::parse_section(text, "the generated " + way);
        if (section.has_error())
            co_return not_proved(way, section.error().message);
        const auto forbidden = revisions::forbidden_statements(*section, "the generated " + way);
        if (!forbidden.empty())
            co_return not_proved(way, forbidden.front().message);
        auto failed = co_await run_section(*session_, databases_, *section, 1, until_);
        if (failed && blames_the_rows(failed->why) && !emptied_) {
            auto again = co_await without_rows(way, *section, *failed);
            if (again.has_error())
                co_return again.error();
            failed = *again;
        }
        if (!failed)
            co_return result<void>{};
        if (failed->why.code != errc::query_failed || blames_the_server(failed->why))
            co_return failed->why;
        co_return not_proved(way, said(*section, *failed));
    }

    static std::string said(const revisions::section& section, const replay_failure& failed) {
        std::string text = blank_passwords(failed.why.message);
        if (!failed.why.detail.empty())
            text += ", " + blank_passwords(failed.why.detail);
        text += " (" + failed.why.sqlstate + ")";
        if (failed.statement > 0)
            text += " in: " + blank_passwords(first_line(
                                  section.statements[failed.statement - 1].text, statement_shown));
        return text;
    }

    /// A migration may well fail on rows that mean nothing; on empty tables it must not.
    asio::awaitable<result<std::optional<replay_failure>>>
    without_rows(std::string way, const revisions::section& section, replay_failure failed) {
        emptied_ = true;
        if (way == "upgrade")
            out_.notes.push_back("with rows in the tables the " + way +
                                 " can fail: " + said(section, failed));
        auto emptied = co_await empty_tables(*session_, until_);
        if (emptied.has_error())
            co_return emptied.error();
        std::size_t from = 1;
        if (!section.options.transaction && failed.statement > 0) {
            from = failed.statement;
            const auto dropped =
                co_await drop_remains(*session_, section.statements[from - 1], until_);
            if (dropped.has_error())
                co_return dropped.error();
        }
        std::optional<replay_failure> again =
            co_await run_section(*session_, databases_, section, from, until_);
        co_return again;
    }

    asio::awaitable<result<void>> look_at_rows(std::string way,
                                               const std::vector<schema::planned_statement>& ran) {
        if (emptied_)
            co_return result<void>{};
        auto now = co_await take_snapshot(*session_, until_);
        if (now.has_error())
            co_return now.error();
        const std::vector<std::string> lost = unannounced(before_, *now, ran);
        if (!lost.empty())
            co_return not_proved(way, listed(lost));
        before_ = std::move(*now);
        co_return result<void>{};
    }

    std::shared_ptr<pg::session> session_;
    const scratch& databases_;
    std::shared_ptr<io::blocking> threads_;
    proposal what_;
    data_snapshot before_;
    generate_sink told_;
    time_point until_;
    std::vector<schema::planned_statement> downs_; // all of them, for what they announce
    bool emptied_ = false;                         // there are no rows to be watched any more
    proved out_;
};

} // namespace

asio::awaitable<result<catalogue_pointer>> read_shared_catalogue(pg::session& session,
                                                                 time_point until) {
    const schema::extract_options options;
    auto read = co_await schema::read_catalogue(session, options, until);
    if (read.has_error())
        co_return read.error();
    co_return std::make_shared<const schema::catalogue>(std::move(*read));
}

asio::awaitable<result<schema::schema_plan>>
plan_on_thread(std::shared_ptr<io::blocking> threads, catalogue_pointer from, catalogue_pointer to,
               schema::plan_options options, time_point until) {
    // A result within a result would be ambiguous, hence the pointer.
    auto plan = [from, to, options] {
        return std::make_shared<result<schema::schema_plan>>(
            schema::plan_changes(*from, *to, options));
    };
    auto done = co_await threads->run(std::move(plan), until, "planning the changes");
    if (done.has_error())
        co_return done.error();
    co_return std::move(**done);
}

asio::awaitable<result<proved>> prove(std::shared_ptr<pg::session> session,
                                      const scratch& databases,
                                      std::shared_ptr<io::blocking> threads, proposal what,
                                      data_snapshot seeded, generate_sink told, time_point until) {
    prover work(std::move(session), databases, std::move(threads), std::move(what),
                std::move(seeded), std::move(told), until);
    auto done = co_await work.run();
    co_return done;
}

} // namespace headspace::migrate
