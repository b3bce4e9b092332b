#include "soak/world.hpp"

#include <csignal>
#include <stdexcept>

namespace headspace::soak {

using namespace headspace::test;

namespace {

std::string scaled(duration of_a_day) {
    const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(of_a_day / factor);
    return "\"" + std::to_string(std::max<std::int64_t>(1, ms.count())) + "ms\"";
}

// Limits of one exchange stay what they are by kind, only short enough to be reached in a round.
std::string settings(std::uint16_t port, const std::string& more_of_database) {
    return "[database]\nhost = \"127.0.0.1\"\nport = " + std::to_string(port) +
           "\nname = \"app\"\nuser = \"app\"\npassword_file = \"password\"\n" +
           (more_of_database.empty() ? "pool_size = " + std::to_string(pool_size) + "\n"
                                     : more_of_database) +
           "pool_min_idle = 2\npool_timeout = \"3s\"\nconnect_timeout = \"1s\"\n"
           "query_timeout = \"3s\"\npool_ping_timeout = \"1s\"\npool_close_timeout = \"1s\"\n"
           "pool_ping_after = " +
           scaled(1s) + "\npool_recycle = " + scaled(1h) + "\npool_keepalive = " + scaled(120s) +
           "\npool_idle_timeout = " + scaled(600s) + "\npool_tick = " + scaled(30s) +
           "\n[reconnect]\ninitial = " + scaled(100ms) + "\nmax = " + scaled(30s) +
           "\nstable_after = " + scaled(10s) + "\noperator = " + scaled(30s) +
           "\n[health]\ntimeout = \"1s\"\nmax_age = " + scaled(10s) +
           "\n[migrations]\nlock_timeout = \"200ms\"\nlock_wait = \"3s\"\nlock_poll = \"20ms\"\n"
           "retry_initial = \"10ms\"\nretry_max = \"100ms\"\nconnection_check = \"100ms\"\n";
}

std::string number(int i) {
    return (i < 10 ? "0" : "") + std::to_string(i);
}

// Some build an index CONCURRENTLY, as such files are stopped in the middle.
void write_migrations(const std::filesystem::path& versions) {
    std::filesystem::create_directories(versions);
    for (int i = 1; i <= revisions; ++i) {
        const std::string n = number(i);
        const bool bare = i % 5 == 0;
        const std::string mark = "INSERT INTO marks VALUES ('" + n + "');\n";
        const std::string table = "CREATE TABLE t" + n + " (id int);\n";
        const std::string rows = "INSERT INTO t" + n + " SELECT generate_series(1, 20000);\n";
        std::string up = "-- migrate:up\n" + table + rows + mark;
        if (bare)
            up = "-- migrate:up transaction:false\n" + table + rows +
                 "CREATE INDEX CONCURRENTLY t" + n + "_id ON t" + n + " (id);\n" + mark;
        write_file(versions / (n + "_r.sql"), up + "-- migrate:down\nDROP TABLE t" + n +
                                                  ";\nDELETE FROM marks WHERE revision = '" + n +
                                                  "';\n");
    }
}

} // namespace

world::world()
    : cluster({.auth = "scram-sha-256", .tcp = true, .settings = {{"max_connections", "40"}}}),
      proxy(cluster.port()), daemon(prepare()) {
    if (!daemon.wait_ready() || !daemon.wait_connected())
        throw std::runtime_error("headspaced did not start:\n" + daemon.log());
}

daemon_options world::prepare() {
    cluster.create_role("app", password);
    cluster.create_database("app", "app");
    cluster.sql("app", "CREATE TABLE marks (revision text); ALTER TABLE marks OWNER TO app");
    set_our_password();
    write_migrations(home.path() / "migrations" / "versions");
    return {.config = settings(proxy.port(), {}), .log_level = "info", .folder = home.path()};
}

void world::set_server_password(const std::string& to) {
    cluster.sql("postgres", "ALTER ROLE app PASSWORD '" + to + "'");
    password = to;
}

void world::set_our_password() const {
    const auto file = home.path() / "password";
    write_file(file, password + "\n");
    std::filesystem::permissions(file, std::filesystem::perms::owner_read |
                                           std::filesystem::perms::owner_write);
}

void world::write_settings(const std::string& more_of_database) {
    daemon.write_config(settings(proxy.port(), more_of_database));
}

void world::terminate_all() {
    cluster.sql("postgres", "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename "
                            "= 'app'");
}

std::string world::value(const std::string& sql) const {
    return cluster.value("app", sql);
}

void world::restart_daemon(int signal) {
    const std::unique_lock alone(quiet);
    daemon.signal(signal);
    const auto status = daemon.wait_exit();
    const int expected = signal == SIGTERM ? 0 : 128 + signal;
    if (status != expected)
        throw std::runtime_error("headspaced ended with " +
                                 (status ? std::to_string(*status) : std::string("nothing")) +
                                 " after signal " + std::to_string(signal));
    log_begins_ = daemon.log().size();
    ++lives_;
    daemon.start();
    if (!daemon.wait_connected())
        throw std::runtime_error("headspaced did not come back:\n" + log());
}

std::string world::log() const {
    return daemon.log().substr(log_begins_);
}

} // namespace headspace::soak
