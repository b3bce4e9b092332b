#include "daemon/probe_judge.hpp"

#include "base/text.hpp"

#include <algorithm>

namespace headspace::daemon {

using problems::finding;
using problems::verdict;

namespace {

finding failed(std::string name, const error& e, verdict how = verdict::fail) {
    return {std::move(name), how, e.message, e.hint, e.sqlstate};
}

finding not_asked(std::string name) {
    return {std::move(name), verdict::skipped, "there is no connection"};
}

std::string quoted(const std::string& name) {
    return '"' + name + '"';
}

std::string number(std::uint64_t n) {
    return std::to_string(n);
}

void judge_configuration(std::vector<finding>& out, const probe_facts& facts) {
    out.push_back({"configuration", verdict::ok,
                   facts.config_file.empty() ? "valid; no configuration file" : facts.config_file});
    for (const std::string& warning : facts.warnings)
        out.push_back({"configuration", verdict::warn, warning});
}

/// Wait until it ends, or end it.
std::string end_it(const migrate::lock_holder& who) {
    return "wait for it, or SELECT pg_terminate_backend(" + std::to_string(who.pid) + ");";
}

std::string first_of(const std::vector<std::string>& lines) {
    return lines.empty() ? std::string() : lines.front();
}

} // namespace

void judge_server(std::vector<finding>& out, const probe_facts& facts) {
    const probed_way& way = facts.migrating ? *facts.migrating : facts.pooled;
    if (way.failure)
        return out.push_back(not_asked("server"));
    const pg::server_facts& server = way.server;
    finding seen{"server", verdict::ok,
                 "PostgreSQL " + server.version_text.substr(0, server.version_text.find(' ')) +
                     (server.in_recovery ? ", a standby" : ", a primary")};
    if (server.in_recovery || server.default_read_only) {
        seen.how = verdict::warn;
        seen.text += server.in_recovery ? ": nothing can be written or migrated there"
                                        : ", but read-only by default_transaction_read_only";
        seen.remedy = server.in_recovery
                          ? "name the primary, or all hosts with target_session_attrs=read-write"
                          : "ALTER DATABASE " + quoted(way.target.database) +
                                " RESET default_transaction_read_only;";
    }
    out.push_back(std::move(seen));
    if (server.pooler)
        out.push_back({"pooler", facts.migrating ? verdict::ok : verdict::warn,
                       "something pools connections between here and the server",
                       facts.migrating ? "migrations.url should be the server's own address"
                                       : "set migrations.url to the server's own address, without "
                                         "the pooler"});
    for (const std::string& warning : server.warnings)
        out.push_back({"server", verdict::warn, warning});
}

void judge_rights(std::vector<finding>& out, const probe_facts& facts) {
    if (!facts.view || !facts.role)
        return out.push_back(not_asked("rights"));
    if (facts.view->has_error())
        return out.push_back(failed("rights", facts.view->error(), verdict::warn));
    const migrate::server_view& view = **facts.view;
    const std::string role = quoted(view.role);
    if (const std::string missing = migrate::missing_grants(view, false); !missing.empty())
        out.push_back({"rights", verdict::fail,
                       "the role " + role + " may not keep the ledger of migrations in " +
                           quoted(view.database),
                       missing, "42501"});
    else
        out.push_back({"rights", verdict::ok,
                       role + " may keep the ledger of migrations in " + quoted(view.database)});
    if (!view.may_create_schema && view.ledger_exists)
        out.push_back({"rights", verdict::warn,
                       role + " has no CREATE on the database " + quoted(view.database) +
                           ": migrations cannot make schemas",
                       "GRANT CREATE ON DATABASE " + quoted(view.database) + " TO " + role + ";",
                       "42501"});
    if (facts.role->has_error())
        return out.push_back(failed("rights", facts.role->error(), verdict::warn));
    const probed_role& r = **facts.role;
    // Optional: the service is whole without them.
    out.push_back(r.superuser || r.createdb
                      ? finding{"createdb", verdict::ok, role + " may make scratch databases"}
                      : finding{"createdb", verdict::ok,
                                role + " may not make scratch databases, which only db migrate "
                                       "and db check need",
                                "ALTER ROLE " + role + " CREATEDB; or set migrations.scratch_url"});
    out.push_back(r.superuser || r.signals
                      ? finding{"signals", verdict::ok, role + " may end backends of other roles"}
                      : finding{"signals", verdict::ok,
                                role + " may not end backends of other roles, which is needed only "
                                       "after a killed migration of another role",
                                "GRANT pg_signal_backend TO " + role + ";"});
}

void judge_budget(std::vector<finding>& out, const probe_facts& facts, const probe_limits& limits) {
    if (!facts.budget)
        return out.push_back(not_asked("max_connections"));
    if (facts.budget->has_error())
        return out.push_back(failed("max_connections", facts.budget->error(), verdict::warn));
    const connection_budget& b = **facts.budget;
    const std::uint32_t free = b.free();
    std::string text = "database.pool_size " + number(limits.pool_size) + ", the server has " +
                       number(free) + " of " + number(b.max_connections) + " free for us (" +
                       number(b.reserved) + " reserved, " + number(b.others()) + " used by others)";
    finding seen{"max_connections", verdict::ok, std::move(text)};
    if (limits.pool_size > free) {
        seen.how = verdict::warn;
        seen.remedy =
            "lower database.pool_size to " + number(std::max(free, 1U)) +
            ", or ALTER SYSTEM SET max_connections = " + number(b.taken() + limits.pool_size) +
            "; and restart the server";
        std::vector<std::string> who;
        for (const auto& [name, count] : facts.shares)
            who.push_back((name.empty() ? "(no name)" : name) + " " + number(count));
        if (!who.empty())
            seen.text += "; " + join(who, ", ");
        seen.sqlstate = "53300";
    }
    out.push_back(std::move(seen));
    if (!facts.role || facts.role->has_error())
        return;
    const probed_role& r = **facts.role;
    const auto too_few = [&](std::int64_t limit) {
        return limit >= 0 && limit < static_cast<std::int64_t>(limits.pool_size);
    };
    if (too_few(r.limit))
        out.push_back({"max_connections", verdict::warn,
                       "the role " + quoted(r.name) + " may have " + std::to_string(r.limit) +
                           " connections, database.pool_size is " + number(limits.pool_size),
                       "ALTER ROLE " + quoted(r.name) + " CONNECTION LIMIT -1;", "53300"});
    if (too_few(r.database_limit))
        out.push_back(
            {"max_connections", verdict::warn,
             "the database takes " + std::to_string(r.database_limit) +
                 " connections, database.pool_size is " + number(limits.pool_size),
             "ALTER DATABASE " + quoted(facts.pooled.target.database) + " CONNECTION LIMIT -1;",
             "53300"});
}

void judge_locks(std::vector<finding>& out, const probe_facts& facts, const probe_limits& limits) {
    if (!facts.locks)
        return out.push_back(not_asked("locks"));
    if (facts.locks->has_error())
        return out.push_back(failed("locks", facts.locks->error(), verdict::warn));
    const probed_locks& locks = **facts.locks;
    if (locks.migrating)
        out.push_back(
            {"locks", verdict::warn,
             "a migration is under way: " + locks.migrating->text() + " holds the migration lock",
             "headspacectl db status --follow shows it; " + end_it(*locks.migrating)});
    for (const probed_transaction& t : locks.longest)
        out.push_back({"locks", verdict::warn,
                       "a transaction is open for " + format_elapsed(t.age) + " with locks on " +
                           number(t.locks) + (t.locks == 1 ? " relation: " : " relations: ") +
                           t.who.text(),
                       "a migration of those waits for it: " + end_it(t.who)});
    for (const migrate::lock_holder& who : locks.blocking)
        out.push_back(
            {"locks", verdict::warn, "others wait for a lock of " + who.text(), end_it(who)});
    if (!locks.migrating && locks.longest.empty() && locks.blocking.empty())
        out.push_back(
            {"locks", verdict::ok,
             "nobody migrates or is waited for, and no transaction is open for more than " +
                 format_elapsed(limits.long_transaction)});
}

void judge_migrations(std::vector<finding>& out, const probe_facts& facts) {
    if (!facts.migrations)
        return out.push_back(not_asked("migrations"));
    const migrate::migration_status& m = *facts.migrations;
    const std::string at = m.current.empty() ? "<base>" : join(m.current, ", ");
    switch (m.state) {
    case health::migrations_state::current:
        out.push_back({"migrations", verdict::ok, "current, at " + at});
        break;
    case health::migrations_state::pending:
        out.push_back({"migrations", verdict::warn,
                       number(m.pending.size()) + " pending in " + m.directory + ", the database " +
                           "is at " + at,
                       "headspacectl db upgrade --dry-run, then headspacectl db upgrade"});
        break;
    case health::migrations_state::none:
        out.push_back({"migrations", verdict::ok, "no migrations directory " + m.directory,
                       "headspacectl db init makes one; migrations.directory names another"});
        break;
    default:
        out.push_back(m.problem ? failed("migrations", *m.problem)
                                : finding{"migrations", verdict::warn,
                                          std::string(health::to_string(m.state)),
                                          "headspacectl db status says more"});
    }
    if (!m.warnings.empty())
        out.push_back({"migrations", verdict::warn, first_of(m.warnings),
                       m.warnings.size() > 1 ? "headspacectl db status shows " +
                                                   number(m.warnings.size() - 1) + " more"
                                             : "headspacectl db status says more"});
}

void judge_clock(std::vector<finding>& out, const probe_facts& facts, const probe_limits& limits) {
    if (!facts.role || facts.role->has_error())
        return out.push_back(not_asked("clock"));
    const probed_role& r = **facts.role;
    const duration apart = r.clock_ahead < duration::zero() ? -r.clock_ahead : r.clock_ahead;
    // The answer took its time, too.
    if (apart <= limits.clock_skew + r.round_trip)
        return out.push_back({"clock", verdict::ok, "as the server's"});
    out.push_back({"clock", verdict::warn,
                   "the server's clock is " + format_elapsed(apart) +
                       (r.clock_ahead > duration::zero() ? " ahead of" : " behind") +
                       " this host's",
                   "timedatectl status here, and the same on the server"});
}

std::vector<finding> judge(const probe_facts& facts, const probe_limits& limits) {
    std::vector<finding> out;
    judge_configuration(out, facts);
    if (facts.embedded_away) {
        out.push_back({"database", verdict::skipped,
                       "the embedded PostgreSQL runs only while headspaced does",
                       "start headspaced, then headspacectl doctor again"});
        return out;
    }
    judge_way(out, facts.pooled, "", limits);
    if (facts.migrating)
        judge_way(out, *facts.migrating, "migrations ", limits);
    judge_server(out, facts);
    judge_rights(out, facts);
    judge_budget(out, facts, limits);
    judge_locks(out, facts, limits);
    judge_migrations(out, facts);
    judge_clock(out, facts, limits);
    return out;
}

} // namespace headspace::daemon
