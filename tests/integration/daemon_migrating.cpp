#include "integration/daemon_migrating.hpp"

#include <stdexcept>

namespace headspace::test {

void daemon_migrating::make_directory() const {
    std::filesystem::create_directories(directory() / "versions");
}

void daemon_migrating::write(const std::string& name, const std::string& text) const {
    make_directory();
    write_file(directory() / "versions" / name, text);
}

void daemon_migrating::revision(const std::string& number, const std::string& up,
                                const std::string& down, const std::string& options) const {
    write(number + "_r.sql",
          "-- revision " + number + "\n-- migrate:up " + options + "\n" + up + "\n" +
              (down.empty() ? "" : "-- migrate:down " + options + "\n" + down + "\n"));
}

void daemon_migrating::remove(const std::string& name) const {
    std::filesystem::remove(directory() / "versions" / name);
}

void daemon_migrating::three() const {
    revision("1", "CREATE TABLE a (id int);", "DROP TABLE a;");
    revision("2", "CREATE TABLE b (id int);\nCREATE INDEX b_id ON b (id);", "DROP TABLE b;");
    revision("3", "CREATE TABLE c (id int);", "DROP TABLE c;");
}

std::string daemon_migrating::config(const std::string& more, const std::string& database) const {
    return "[database]\nurl = \"" + cluster.url() + "\"\n" + database +
           "\n[reconnect]\nmax = \"500ms\"\noperator = \"500ms\"\n[health]\nmax_age = \"300ms\"\n"
           "[migrations]\nlock_poll = \"50ms\"\nretry_initial = \"20ms\"\n"
           "directory_poll = \"100ms\"\n" +
           more + "\n";
}

std::unique_ptr<daemon_process> daemon_migrating::start(const std::string& more) const {
    auto daemon = std::make_unique<daemon_process>(
        daemon_options{.config = config(more), .folder = home.path()});
    if (!daemon->wait_ready() || !daemon->wait_connected())
        throw std::runtime_error("headspaced did not start:\n" + daemon->log());
    return daemon;
}

std::unique_ptr<daemon_process> daemon_migrating::start_ordered(const std::string& more) const {
    return std::make_unique<daemon_process>(
        daemon_options{.config = config("auto_upgrade = true\n" + more), .folder = home.path()});
}

std::string daemon_migrating::value(const std::string& sql) const {
    return cluster.value("postgres", sql);
}

std::string daemon_migrating::ledger() const {
    if (value("SELECT to_regclass('headspace.migrations') IS NOT NULL") != "t")
        return {};
    return value("SELECT coalesce(string_agg(revision || ':' || state, ' ' ORDER BY seq), '') "
                 "FROM headspace.migrations");
}

std::string daemon_migrating::tables() const {
    return value("SELECT coalesce(string_agg(relname, ' ' ORDER BY relname), '') FROM pg_class "
                 "WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace");
}

std::vector<pid_t> daemon_migrating::running(const std::string& pattern) const {
    std::vector<pid_t> found;
    for (const auto& row :
         cluster.sql("postgres", "SELECT pid FROM pg_stat_activity WHERE state = 'active' AND "
                                 "application_name = 'headspaced' AND query LIKE '" +
                                     pattern + "'"))
        found.push_back(static_cast<pid_t>(std::stol(row.front())));
    return found;
}

bool daemon_migrating::comes_to_run(const std::string& pattern) const {
    return eventually([&] { return running(pattern).size() == 1; });
}

bool daemon_migrating::no_lock_is_held() const {
    return value("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'") == "0";
}

std::string daemon_migrating::state_of(daemon_process& daemon) {
    return std::string(daemon.health().at("checks").at("migrations").as_string());
}

bool daemon_migrating::comes_to_be(daemon_process& daemon, const std::string& state,
                                   duration limit) {
    return eventually(
        [&] {
            try {
                return state_of(daemon) == state;
            } catch (const std::runtime_error&) {
                return false; // not listening yet
            }
        },
        limit);
}

open_transaction::open_transaction(const temp_cluster& cluster, const std::string& sql)
    : cluster_(cluster) {
    // One simple query is one transaction.
    psql_ = spawn({(postgres_bindir() / "psql").string(), "-X", cluster.url(), "-c",
                   "SET application_name = 'other'; " + sql + "; SELECT pg_sleep(600)"});
    if (!eventually([&] {
            return cluster_.value("postgres",
                                  "SELECT count(*) FROM pg_stat_activity WHERE application_name = "
                                  "'other' AND wait_event = 'PgSleep'") == "1";
        }))
        throw std::runtime_error("the other transaction did not come to its end: " + sql);
}

void open_transaction::end() {
    if (psql_ < 0)
        return;
    cluster_.sql("postgres", "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE "
                             "application_name = 'other'");
    wait_for(psql_, 30s);
    psql_ = -1;
}

open_transaction::~open_transaction() {
    try {
        end();
    } catch (const std::exception& e) {
        ADD_FAILURE() << e.what();
    }
}

} // namespace headspace::test
