#include "migrate/failure.hpp"

#include "migrate/sql_text.hpp"

namespace headspace::migrate {

namespace {

constexpr std::size_t statement_shown = 60; // bytes of its first line

std::string nth(const planned_step& step, std::uint32_t k) {
    const auto& all = step.section.statements;
    return "statement " + std::to_string(k) + " of " + std::to_string(all.size());
}

std::string next_command(const planned_step& step) {
    const std::string command = "headspacectl db " + std::string(to_string(step.what));
    if (step.file.empty())
        return command;
    return "mend the file, then: " + command;
}

std::string hint_for(const planned_step& step, const error& why) {
    if (wants_no_transaction(why) && step.section.options.transaction)
        return "move it to a revision of its own whose directive says `transaction:false`";
    if (!why.hint.empty())
        return blank_passwords(why.hint);
    if (why.code == errc::query_failed)
        return next_command(step);
    return "headspacectl db " + std::string(to_string(step.what)) + " goes on where it stopped";
}

struct spot {
    std::string text; // versions/FILE:line, or the revision
    std::uint32_t line = 0;
};

spot place_of(const planned_step& step, std::uint32_t k, std::size_t position) {
    const auto& all = step.section.statements;
    spot s;
    s.line = step.section.line;
    if (k >= 1 && k <= all.size())
        s.line = revisions::locate(all[k - 1], position).line;
    s.text = step.place() + ":" + std::to_string(s.line);
    return s;
}

void fill(error& e, const planned_step& step, const spot& where, const error& why) {
    e.sqlstate = why.sqlstate;
    e.detail = blank_passwords(why.detail);
    e.position = why.position;
    e.file = step.file.empty() ? "" : revisions::shown_file(step.file);
    e.line = where.line;
}

} // namespace

std::string what_remains(const planned_step& step, std::uint32_t k) {
    if (step.section.options.transaction)
        return "nothing of this migration was kept";
    if (k <= 1)
        return "nothing of it ran";
    return std::to_string(k - 1) + " of " + std::to_string(step.section.statements.size()) +
           " statements are done and stay";
}

error describe_failure(const planned_step& step, std::uint32_t k, const error& why,
                       std::size_t prefix) {
    const std::size_t position = why.position > prefix ? why.position - prefix : 0;
    const spot where = place_of(step, k, position);
    std::string message = where.text + ": " + blank_passwords(why.message);
    if (!why.detail.empty())
        message += "; " + blank_passwords(why.detail);
    if (k >= 1 && k <= step.section.statements.size())
        message +=
            " (" + nth(step, k) + ", " +
            blank_passwords(first_line(step.section.statements[k - 1].text, statement_shown)) + ")";
    // A connection that dies while the COMMIT is under way takes the answer with it.
    const bool unseen = k == 0 && why.code == errc::connection_lost;
    message += "; " + (unseen ? "whether it was kept, headspacectl db status says"
                              : what_remains(step, k));
    const bool sql = why.code == errc::query_failed;
    const std::string hint = hint_for(step, why);
    error e = make_error(errc::migration_failed, error_class::refuse, std::move(message), hint);
    if (!sql) {
        e.code = why.code;
        e.kind = why.kind;
    }
    fill(e, step, where, why);
    return e;
}

error describe_lock_timeout(const planned_step& step, std::uint32_t k, const error& why,
                            const std::optional<lock_holder>& blocker, duration waited) {
    const spot where = place_of(step, k, 0);
    std::string message = where.text + ": " + why.message + " (" + nth(step, k) + "), tried for " +
                          format_elapsed(waited);
    if (blocker)
        message += "; blocked by " + blocker->text() +
                   (blocker->query.empty() ? "" : ": " + blocker->query);
    message += "; " + what_remains(step, k);
    error e =
        make_error(errc::lock_timeout, error_class::retry, std::move(message),
                   blocker ? "wait until it ends its transaction, or SELECT pg_terminate_backend(" +
                                 std::to_string(blocker->pid) + ")"
                           : "look for long transactions in pg_stat_activity");
    fill(e, step, where, why);
    return e;
}

error describe_undecided(const planned_step& step, std::uint32_t k) {
    const spot where = place_of(step, k, 0);
    error e = make_error(
        errc::statement_undecided, error_class::refuse,
        where.text + ": " + nth(step, k) + " (" +
            blank_passwords(first_line(step.section.statements[k - 1].text, statement_shown)) +
            ") was begun by an earlier run and nobody saw its end",
        "look whether it took effect; if it did: headspacectl db repair --done, if not: "
        "headspacectl db repair --again; then: headspacectl db " +
            std::string(to_string(step.what)));
    fill(e, step, where, {});
    return e;
}

bool worth_retrying(const error& why) {
    return why.sqlstate == "55P03" || why.sqlstate == "40P01" || why.sqlstate == "40001";
}

bool wants_no_transaction(const error& why) {
    return why.sqlstate == "25001" || why.sqlstate == "2D000";
}

bool blames_the_server(const error& why) {
    return why.sqlstate.starts_with("57") || is_short_of_resources(why);
}

bool is_short_of_resources(const error& why) {
    return why.sqlstate.starts_with("53") || why.sqlstate == "58030";
}

} // namespace headspace::migrate
