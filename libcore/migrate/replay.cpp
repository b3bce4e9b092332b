#include "migrate/replay.hpp"

#include "migrate/batches.hpp"
#include "migrate/failure.hpp"
#include "revisions/declared.hpp"

#include <algorithm>
#include <span>

namespace headspace::migrate {

namespace {

constexpr std::string_view reset_session = "RESET SESSION AUTHORIZATION;RESET ROLE;RESET ALL";

constexpr std::string_view begin_section = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE";

error describe(const replayed& file, const replay_failure& failed) {
    planned_step step;
    step.what = direction::upgrade;
    step.file = file.file;
    step.section = file.section;
    error e = describe_failure(step, static_cast<std::uint32_t>(failed.statement), failed.why);
    if (e.code == errc::migration_failed && !is_short_of_resources(failed.why))
        e.hint = "db migrate runs all files on an empty database, and this one fails there: mend "
                 "it, or write a new revision";
    return e;
}

/// What reaches beyond the scratch database does not run in it.
void leave_out_server_wide(replayed& file, std::vector<std::string>& notes) {
    auto& all = file.section.statements;
    const auto goes = [&](const revisions::statement& s) {
        const std::string name = revisions::server_wide_command(s);
        if (!name.empty())
            notes.push_back(revisions::shown_file(file.file) + ":" + std::to_string(s.line) + ": " +
                            name +
                            " changes the whole server and was not run in the scratch "
                            "database");
        return !name.empty();
    };
    all.erase(std::remove_if(all.begin(), all.end(), goes), all.end());
}

} // namespace

asio::awaitable<std::optional<replay_failure>> run_section(pg::session& session,
                                                           const scratch& databases,
                                                           const revisions::section& section,
                                                           std::size_t from, time_point until) {
    const bool whole = section.options.transaction;
    std::optional<replay_failure> failed;
    if (whole) {
        auto begun = co_await session.execute(std::string(begin_section), until);
        if (begun.has_error())
            co_return replay_failure{0, begun.error()};
    }
    std::vector<std::string_view> texts;
    for (const revisions::statement& s : section.statements)
        texts.push_back(s.text);
    bool together = whole;
    for (std::size_t k = whole ? 1 : from; k <= texts.size() && !failed;) {
        if (databases.cancelled()) {
            failed = replay_failure{k, scratch::cancellation()};
            break;
        }
        const auto rest = std::span(texts).subspan(k - 1);
        const std::size_t count = together ? batch_length(rest) : 1;
        std::string sql(rest.front());
        if (count > 1)
            sql = batch_text(rest, count);
        auto ran = co_await session.execute(std::move(sql), until);
        if (ran.has_value()) {
            k += count;
            continue;
        }
        if (count == 1 || session.broken()) {
            failed = replay_failure{k, ran.error()};
            break;
        }
        // Which of them it was is found out one by one, from the beginning.
        together = false;
        k = 1;
        auto anew = co_await session.execute("ROLLBACK;" + std::string(begin_section), until);
        if (anew.has_error())
            failed = replay_failure{0, anew.error()};
    }
    if (session.broken())
        co_return failed;
    if (whole) {
        auto ended = co_await session.execute(failed ? "ROLLBACK" : "COMMIT", until);
        if (ended.has_error() && !failed)
            failed = replay_failure{0, ended.error()};
    }
    auto reset = co_await session.execute(std::string(reset_session), until);
    if (reset.has_error() && !failed)
        failed = replay_failure{0, reset.error()};
    co_return failed;
}

asio::awaitable<result<void>> replay(pg::session& session, const scratch& databases,
                                     std::vector<replayed> files, count_sink told,
                                     std::vector<std::string>& notes, time_point until) {
    std::size_t done = 0;
    for (replayed& file : files) {
        const auto forbidden =
            revisions::forbidden_statements(file.section, revisions::shown_file(file.file));
        if (!forbidden.empty())
            co_return forbidden.front();
        leave_out_server_wide(file, notes);
        const auto failed = co_await run_section(session, databases, file.section, 1, until);
        if (failed)
            co_return databases.explained(describe(file, *failed));
        if (told)
            told(++done, files.size());
    }
    co_return result<void>{};
}

} // namespace headspace::migrate
