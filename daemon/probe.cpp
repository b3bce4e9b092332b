#include "daemon/probe.hpp"

#include "base/number.hpp"
#include "base/version.hpp"
#include "daemon/probe_judge.hpp"
#include "io/account.hpp"
#include "migrate/holders.hpp"
#include "pg/parameters.hpp"

#include <unistd.h>
#include <utility>

namespace headspace::daemon {

namespace {

using pg::query_result;

// Who has how many connections, the most first.
constexpr const char* shares_sql =
    "SELECT application_name, count(*) FROM pg_catalog.pg_stat_activity "
    "WHERE backend_type = 'client backend' GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 5";

constexpr const char* role_sql =
    "SELECT r.rolname, r.rolsuper, r.rolcreatedb, "
    "pg_catalog.pg_has_role(r.oid, 'pg_signal_backend', 'MEMBER'), r.rolconnlimit, d.datconnlimit, "
    "(extract(epoch FROM pg_catalog.clock_timestamp()) * 1000)::pg_catalog.int8 "
    "FROM pg_catalog.pg_roles r, pg_catalog.pg_database d "
    "WHERE r.rolname = current_user AND d.datname = pg_catalog.current_database()";

// What another role runs since when is shown to superusers and pg_read_all_stats only.
std::string transactions_sql(duration older) {
    const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(older).count();
    return "SELECT " + migrate::holder_columns() +
           ", (extract(epoch FROM pg_catalog.clock_timestamp() - a.xact_start) * "
           "1000)::pg_catalog.int8, (SELECT count(DISTINCT l.relation) FROM pg_catalog.pg_locks l "
           "WHERE l.pid = a.pid AND l.granted AND l.locktype = 'relation' AND l.database = "
           "a.datid) "
           "FROM pg_catalog.pg_stat_activity a WHERE a.datname = pg_catalog.current_database() AND "
           "a.backend_type = 'client backend' AND a.pid <> pg_catalog.pg_backend_pid() AND "
           "a.xact_start < pg_catalog.clock_timestamp() - interval '" +
           std::to_string(ms) + " milliseconds' ORDER BY a.xact_start LIMIT 5";
}

std::string blocking_sql() {
    return "SELECT " + migrate::holder_columns() +
           " FROM pg_catalog.pg_stat_activity a WHERE a.pid IN (SELECT b.pid FROM "
           "pg_catalog.pg_locks w, LATERAL unnest(pg_catalog.pg_blocking_pids(w.pid)) AS b(pid) "
           "WHERE NOT w.granted AND w.database = (SELECT oid FROM pg_catalog.pg_database WHERE "
           "datname = pg_catalog.current_database())) LIMIT 5";
}

error unexpected(const char* about) {
    return make_error(errc::query_failed, error_class::bug,
                      std::string("unexpected answer about ") + about);
}

/// One probe: the order, and a deadline for each step.
class prober {
public:
    explicit prober(probe_request what) : what_(std::move(what)) {}

    asio::awaitable<probe_facts> run() {
        const config::effective& in_force = what_.in_force;
        facts_.config_file = in_force.file.string();
        facts_.warnings = in_force.warnings;
        std::unique_ptr<pg::session> pooled = co_await connect(what_.pooled, facts_.pooled);
        if (pooled)
            co_await ask_budget(*pooled);
        if (what_.migrating) {
            if (pooled)
                pooled->close();
            facts_.migrating.emplace();
            pooled = co_await connect(*what_.migrating, *facts_.migrating);
        }
        if (pooled) {
            co_await ask_role(*pooled);
            facts_.view = co_await migrate::look_at(*pooled, deadline());
            co_await ask_locks(*pooled);
            pooled->close();
            if (what_.migrations)
                facts_.migrations = co_await what_.migrations();
        }
        co_return std::move(facts_);
    }

private:
    [[nodiscard]] time_point deadline() const {
        return clock::now() + what_.in_force.values.health.timeout;
    }

    asio::awaitable<std::unique_ptr<pg::session>> connect(pg::connect_settings settings,
                                                          probed_way& way) {
        way.target = settings.target;
        if (!settings.target.hosts.empty())
            way.sslmode = pg::sslmode_for(settings, settings.target.hosts.front());
        way.ca_file = pg::ca_file_for(settings, way.sslmode);
        settings.observe = [&way](const pg::attempt_report& seen) {
            way.attempts.push_back(seen);
        };
        const time_point begin = clock::now();
        const time_point until = begin + what_.in_force.values.database.connect_round_timeout;
        const auto connector = pg::make_host_connector(what_.executor, std::move(settings));
        result<std::unique_ptr<pg::session>> made = co_await connector->connect(until);
        way.took = clock::now() - begin;
        if (made.has_error()) {
            way.failure = made.error();
            co_return nullptr;
        }
        way.server = (*made)->facts();
        co_return std::move(*made);
    }

    asio::awaitable<void> ask_budget(pg::session& session) {
        std::vector<std::optional<std::string>> name{
            what_.in_force.values.database.application_name};
        const auto row =
            co_await session.query(std::string(budget_query), std::move(name), deadline());
        if (row.has_error()) {
            facts_.budget = row.error();
            co_return;
        }
        facts_.budget = parse_budget(*row);
        const auto shares = co_await session.execute(shares_sql, deadline());
        if (shares.has_error())
            co_return;
        for (std::size_t i = 0; i < shares->rows.size(); ++i)
            facts_.shares.emplace_back(shares->text(i, 0),
                                       number_in<std::uint64_t>(shares->text(i, 1)));
    }

    asio::awaitable<void> ask_role(pg::session& session) {
        const time_point begin = clock::now();
        const auto row = co_await session.execute(role_sql, deadline());
        const auto here = std::chrono::system_clock::now().time_since_epoch();
        if (row.has_error()) {
            facts_.role = row.error();
            co_return;
        }
        if (row->rows.size() != 1 || row->columns.size() != 7) {
            facts_.role = unexpected("the role");
            co_return;
        }
        probed_role r;
        r.name = row->text(0, 0);
        r.superuser = row->text(0, 1) == "t";
        r.createdb = row->text(0, 2) == "t";
        r.signals = row->text(0, 3) == "t";
        r.limit = number_in<std::int64_t>(row->text(0, 4));
        r.database_limit = number_in<std::int64_t>(row->text(0, 5));
        r.round_trip = clock::now() - begin;
        const std::chrono::milliseconds there(number_in<std::int64_t>(row->text(0, 6)));
        r.clock_ahead = there - std::chrono::duration_cast<std::chrono::milliseconds>(here);
        facts_.role = std::move(r);
    }

    asio::awaitable<void> ask_locks(pg::session& session) {
        probed_locks locks;
        locks.migrating = co_await migrate::find_lock_holder(session, deadline());
        const auto longest = co_await session.execute(
            transactions_sql(what_.in_force.values.health.long_transaction), deadline());
        if (longest.has_error()) {
            facts_.locks = longest.error();
            co_return;
        }
        constexpr std::size_t age = migrate::holder_fields;
        for (std::size_t i = 0; i < longest->rows.size(); ++i) {
            probed_transaction t;
            t.who = migrate::row_holder(*longest, i);
            t.age = std::chrono::milliseconds(number_in<std::int64_t>(longest->text(i, age)));
            t.locks = number_in<std::uint64_t>(longest->text(i, age + 1));
            if (!locks.migrating || locks.migrating->pid != t.who.pid)
                locks.longest.push_back(std::move(t));
        }
        const auto blocking = co_await session.execute(blocking_sql(), deadline());
        if (blocking.has_error()) {
            facts_.locks = blocking.error();
            co_return;
        }
        for (std::size_t i = 0; i < blocking->rows.size(); ++i)
            locks.blocking.push_back(migrate::row_holder(*blocking, i));
        facts_.locks = std::move(locks);
    }

    probe_request what_;
    probe_facts facts_;
};

} // namespace

asio::awaitable<probe_facts> probe(probe_request what) {
    const auto one = std::make_unique<prober>(std::move(what));
    co_return co_await one->run();
}

probe_limits probe_limits_of(const config::effective& in_force) {
    probe_limits limits;
    limits.pool_size = in_force.values.database.pool_size;
    limits.long_transaction = in_force.values.health.long_transaction;
    limits.clock_skew = in_force.values.health.clock_skew;
    limits.creates_database = in_force.test || in_force.embedded;
    if (const auto me = io::find_account(::geteuid()); me.has_value())
        limits.system_user = me->name;
    return limits;
}

boost::json::object probe_json(std::span<const problems::finding> findings,
                               const std::string& target) {
    boost::json::array checks;
    for (const problems::finding& f : findings) {
        boost::json::object one{
            {"name", f.name}, {"status", problems::to_string(f.how)}, {"text", f.text}};
        if (!f.remedy.empty())
            one["remedy"] = f.remedy;
        if (!f.sqlstate.empty())
            one["sqlstate"] = f.sqlstate;
        checks.push_back(std::move(one));
    }
    const problems::verdict worst = problems::worst_of(findings);
    return {{"version", version},
            {"target", target},
            {"status", problems::to_string(
                           worst == problems::verdict::skipped ? problems::verdict::ok : worst)},
            {"checks", std::move(checks)}};
}

} // namespace headspace::daemon
