#include "daemon/upgrade_policy.hpp"

#include "problems/problems.hpp"

namespace headspace::daemon {

using health::migrations_state;

migrations_state verdict_of(const error& e) noexcept {
    if (e.code == make_error_code(errc::no_migrations_directory))
        return migrations_state::none;
    switch (problems::find(e.code).exit) {
    case problems::exit_busy:
        return migrations_state::waiting;
    case problems::exit_sql_failed:
        return migrations_state::failed;
    case problems::exit_refused:
    case problems::exit_usage:
        return migrations_state::refused;
    case problems::exit_database_unavailable:
        return migrations_state::unknown;
    default:
        return migrations_state::failed;
    }
}

std::string_view run_outcome(const error* e) noexcept {
    if (e == nullptr)
        return "succeeded";
    if (e->code == make_error_code(errc::cancelled))
        return "cancelled";
    switch (verdict_of(*e)) {
    case migrations_state::none:
    case migrations_state::refused:
        return "refused";
    case migrations_state::waiting:
        return "waiting";
    case migrations_state::unknown:
        return "unavailable";
    default:
        return "failed";
    }
}

std::optional<std::string> upgrade_verdict::failed(const error& e, bool said_by_pool) {
    migrations_state state = verdict_of(e);
    if (state == migrations_state::unknown && said_by_pool) {
        verdict_.reset();
        return std::nullopt;
    }
    if (state == migrations_state::unknown)
        state = migrations_state::failed;
    verdict_ = state;
    std::string line = state == migrations_state::none
                           ? e.text()
                           : "Database initialization failed: " + e.text() +
                                 ". Persistence features will be unavailable.";
    if (line == said_)
        return std::nullopt;
    said_ = line;
    return line;
}

migrations_state upgrade_verdict::seen(migrations_state in_ledger) {
    if (in_ledger == migrations_state::current)
        succeeded();
    return verdict_.value_or(in_ledger);
}

} // namespace headspace::daemon
