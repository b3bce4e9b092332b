#include "support/temp_cluster.hpp"

#include "support/process.hpp"

#include <libpq-fe.h>

#include <algorithm>
#include <arpa/inet.h>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <fstream>
#include <netinet/in.h>
#include <pwd.h>
#include <stdexcept>
#include <sys/file.h>
#include <sys/socket.h>
#include <unistd.h>

namespace headspace::test {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

namespace {

constexpr auto start_limit = 120s;
constexpr auto stop_limit = 60s;

std::string server_user() {
    return geteuid() == 0 ? "postgres" : "";
}

int number_of(const fs::path& version_directory) {
    return std::atoi(version_directory.filename().c_str());
}

std::string program(const char* name) {
    return (postgres_bindir() / name).string();
}

process_options as_server() {
    process_options options;
    options.user = server_user();
    options.directory = "/";
    options.without = {"PG*", "NOTIFY_SOCKET", "LC_*", "LANG", "LANGUAGE"};
    options.environment = {{"LC_ALL", "C.UTF-8"}};
    return options;
}

void must_run(const std::vector<std::string>& argv) {
    const process_outcome outcome = run(argv, as_server());
    if (outcome.exit_status != 0)
        throw std::runtime_error(argv.front() + " failed:\n" + outcome.output);
}

void give_away(const fs::path& path) {
    if (geteuid() != 0)
        return;
    const passwd* user = getpwnam("postgres");
    if (user == nullptr)
        throw std::runtime_error("tests that run as root need the user 'postgres'");
    if (lchown(path.c_str(), user->pw_uid, user->pw_gid) != 0)
        throw std::runtime_error("cannot give " + path.string() + " to postgres");
}

void give_tree_away(const fs::path& path) {
    give_away(path);
    for (const auto& entry : fs::recursive_directory_iterator(path))
        give_away(entry.path());
}

/// Held while the template is made, so that parallel tests make it once.
class file_lock {
public:
    explicit file_lock(const fs::path& file)
        : fd_(open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)) {
        if (fd_ < 0 || flock(fd_, LOCK_EX) != 0)
            throw std::runtime_error("cannot lock " + file.string());
    }
    ~file_lock() { close(fd_); }
    file_lock(const file_lock&) = delete;
    file_lock& operator=(const file_lock&) = delete;

private:
    int fd_;
};

/// The result of initdb, made once in a build tree. Only its owner reads it: as root it is copied
/// for the server's user afterwards.
fs::path cluster_template() {
    const fs::path cache = HEADSPACE_TEST_CACHE;
    fs::create_directories(cache);
    const std::string version = run({program("postgres"), "--version"}).output;
    std::string key;
    std::copy_if(version.begin(), version.end(), std::back_inserter(key),
                 [](unsigned char c) { return std::isalnum(c) != 0 || c == '.'; });
    const fs::path ready = cache / (key + "-" + std::to_string(geteuid()));
    const file_lock lock(cache / "lock");
    if (fs::exists(ready))
        return ready;
    const temp_directory scratch("hsinit");
    give_away(scratch.path());
    must_run({program("initdb"), "--no-sync", "--encoding=UTF8", "--locale=C.UTF-8",
              "--username=postgres", "--auth=trust", "--wal-segsize=1", "-D",
              (scratch.path() / "data").string()});
    const fs::path half = ready.string() + ".half";
    fs::remove_all(half);
    fs::copy(scratch.path() / "data", half, fs::copy_options::recursive);
    fs::rename(half, ready);
    return ready;
}

std::uint16_t free_port() {
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    const bool ok = bind(fd, generic, size) == 0 && getsockname(fd, generic, &size) == 0;
    close(fd);
    if (!ok)
        throw std::runtime_error("no free port on 127.0.0.1");
    return ntohs(address.sin_port);
}

std::string quoted(const std::string& text, char quote) {
    std::string out(1, quote);
    for (char c : text) {
        if (c == quote)
            out += quote;
        out += c;
    }
    return out + quote;
}

int stop_signal(stop_mode mode) {
    switch (mode) {
    case stop_mode::smart:
        return SIGTERM;
    case stop_mode::fast:
        return SIGINT;
    case stop_mode::immediate:
        break;
    }
    return SIGQUIT;
}

} // namespace

fs::path postgres_bindir() {
    const char* given = std::getenv("HEADSPACE_TEST_PG_BINDIR");
    if (given != nullptr && *given != '\0')
        return given;
    fs::path best;
    std::error_code ignored;
    for (const auto& entry : fs::directory_iterator("/usr/lib/postgresql", ignored))
        if (fs::exists(entry.path() / "bin/postgres") &&
            (best.empty() || number_of(entry.path()) > number_of(best)))
            best = entry.path();
    if (best.empty())
        throw std::runtime_error("these tests need PostgreSQL: nothing in "
                                 "/usr/lib/postgresql/*/bin (Debian: apt-get install "
                                 "postgresql-15), and HEADSPACE_TEST_PG_BINDIR is not set");
    return best / "bin";
}

int postgres_major() {
    const std::string version = run({program("postgres"), "--version"}).output;
    const auto digit = version.find_first_of("0123456789");
    return digit == std::string::npos ? 0 : std::atoi(version.c_str() + digit);
}

temp_cluster::temp_cluster(cluster_options options) : options_(std::move(options)) {
    if (options_.tcp || options_.tls)
        port_ = free_port();
    give_away(home_.path());
    prepare_data();
    if (options_.tls)
        prepare_tls();
    write_settings();
    set_hba({"local all all " + options_.auth, "host all all 127.0.0.1/32 " + options_.auth});
    if (options_.start)
        start();
}

temp_cluster::temp_cluster(cluster_options options, copy_of source) : options_(std::move(options)) {
    if (options_.tcp || options_.tls)
        port_ = free_port();
    give_away(home_.path());
    must_run({program("pg_basebackup"), "-h", source.primary.socket_directory(), "-p",
              std::to_string(source.primary.port()), "-U", "postgres", "-D",
              data_directory().string(), "-R", "-X", "stream", "-c", "fast", "--no-sync"});
    if (options_.tls)
        prepare_tls();
    write_settings();
    start();
}

temp_cluster::~temp_cluster() {
    if (postmaster_ <= 0)
        return;
    const auto children = children_of(postmaster_);
    thaw(postmaster_);
    for (pid_t child : children)
        thaw(child);
    kill(postmaster_, SIGQUIT);
    if (!wait_for(postmaster_, 30s)) {
        kill(postmaster_, SIGKILL);
        for (pid_t child : children)
            kill(child, SIGKILL);
        wait_for(postmaster_, 30s);
    }
}

std::unique_ptr<temp_cluster> temp_cluster::make_standby() {
    return std::unique_ptr<temp_cluster>(new temp_cluster(options_, copy_of{*this}));
}

void temp_cluster::promote() {
    if (value("postgres", "SELECT pg_promote(true, 30)") != "t")
        throw std::runtime_error("the standby was not promoted:\n" + last_log_lines());
}

std::string temp_cluster::url(std::string_view database, std::string_view user) const {
    return "postgresql://" + std::string(user) + "@/" + std::string(database) +
           "?host=" + socket_directory() + "&port=" + std::to_string(port_);
}

std::string temp_cluster::tcp_url(std::string_view database, std::string_view user) const {
    return "postgresql://" + std::string(user) + "@127.0.0.1:" + std::to_string(port_) + "/" +
           std::string(database);
}

void temp_cluster::prepare_data() {
    fs::copy(cluster_template(), data_directory(), fs::copy_options::recursive);
    if (geteuid() == 0)
        give_tree_away(data_directory());
}

void temp_cluster::prepare_tls() {
    const fs::path key = home_.path() / "server.key";
    must_run({"openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
              "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-keyout", key.string(),
              "-out", certificate().string(), "-subj", "/CN=" + options_.tls_name, "-addext",
              "subjectAltName=DNS:" + options_.tls_name});
    fs::permissions(key, fs::perms::owner_read | fs::perms::owner_write);
}

void temp_cluster::write_settings() const {
    std::map<std::string, std::string> all{
        {"listen_addresses", options_.tcp || options_.tls ? "127.0.0.1" : ""},
        {"port", std::to_string(port_)},
        {"unix_socket_directories", socket_directory()},
        {"fsync", "off"},
        {"full_page_writes", "off"},
        {"synchronous_commit", "off"},
        {"shared_buffers", "16MB"},
        {"max_wal_size", "64MB"},
        {"min_wal_size", "8MB"},
        {"wal_level", "replica"},
        {"hot_standby", "on"},
        {"log_line_prefix", "%m [%p] %q%a %e "},
        {"lc_messages", "C.UTF-8"},
        {"timezone", "UTC"},
    };
    if (options_.tls) {
        all["ssl"] = "on";
        all["ssl_cert_file"] = certificate().string();
        all["ssl_key_file"] = (home_.path() / "server.key").string();
    }
    for (const auto& [name, value] : options_.settings)
        all[name] = value;
    std::string text;
    for (const auto& [name, value] : all)
        text += name + " = " + quoted(value, '\'') + "\n";
    write_file(data_directory() / "postgresql.conf", text);
    give_away(data_directory() / "postgresql.conf");
}

void temp_cluster::start() {
    start_without_waiting();
    wait_until_ready();
}

void temp_cluster::start_without_waiting() {
    if (running())
        throw std::logic_error("the cluster runs already");
    process_options options = as_server();
    options.output = log_file();
    options.death_signal = SIGQUIT; // an immediate shutdown: a test that died wants no checkpoint
    postmaster_ = spawn({program("postgres"), "-D", data_directory().string()}, options);
}

void temp_cluster::wait_until_ready() {
    const bool ready = eventually(
        [&] {
            if (wait_for(postmaster_, 0s)) {
                postmaster_ = -1;
                return true;
            }
            // What pg_ctl waits for as well: our pid in line 1 and "ready" in line 8.
            std::ifstream file(data_directory() / "postmaster.pid");
            std::string line;
            for (int number = 1; std::getline(file, line); ++number) {
                if (number == 1 && line != std::to_string(postmaster_))
                    return false;
                if (number == 8)
                    return line.starts_with("ready");
            }
            return false;
        },
        start_limit);
    if (!ready || postmaster_ < 0)
        throw std::runtime_error("PostgreSQL did not start:\n" + last_log_lines());
}

void temp_cluster::stop(stop_mode mode) {
    ask_to_stop(mode);
    wait_until_stopped();
}

void temp_cluster::ask_to_stop(stop_mode mode) {
    if (!running())
        throw std::logic_error("the cluster does not run");
    kill(postmaster_, stop_signal(mode));
}

void temp_cluster::wait_until_stopped() {
    if (!wait_for(postmaster_, stop_limit))
        throw std::runtime_error("PostgreSQL did not stop:\n" + last_log_lines());
    postmaster_ = -1;
}

void temp_cluster::kill_postmaster() {
    const auto children = children_of(postmaster_);
    kill(postmaster_, SIGKILL);
    wait_for(postmaster_, stop_limit);
    postmaster_ = -1;
    // A new postmaster refuses to start while old children hold its shared memory.
    const bool gone = eventually(
        [&] { return std::none_of(children.begin(), children.end(), is_running); }, stop_limit);
    if (!gone)
        throw std::runtime_error("children of the killed postmaster live on");
}

bool temp_cluster::running() const {
    return postmaster_ > 0 && is_running(postmaster_);
}

void temp_cluster::freeze(pid_t process) {
    kill(process, SIGSTOP);
    eventually([&] {
        std::ifstream stat("/proc/" + std::to_string(process) + "/stat");
        std::string text;
        std::getline(stat, text);
        return text.find(") T ") != std::string::npos || !is_running(process);
    });
}

void temp_cluster::thaw(pid_t process) {
    kill(process, SIGCONT);
}

rows temp_cluster::sql(std::string_view database, const std::string& text) const {
    const std::string db(database), port = std::to_string(port_), host = socket_directory();
    const char* const keys[] = {
        "host",    "port",       "dbname",          "user", "application_name",
        "sslmode", "gssencmode", "connect_timeout", nullptr};
    const char* const values[] = {
        host.c_str(), port.c_str(), db.c_str(), "postgres", "headspace_test_helper",
        "disable",    "disable",    "20",       nullptr};
    const std::unique_ptr<PGconn, decltype(&PQfinish)> connection(
        PQconnectdbParams(keys, values, 0), &PQfinish);
    if (PQstatus(connection.get()) != CONNECTION_OK)
        throw std::runtime_error(PQerrorMessage(connection.get()));
    PQsetNoticeReceiver(
        connection.get(), [](void*, const PGresult*) {}, nullptr);
    const std::unique_ptr<PGresult, decltype(&PQclear)> result(
        PQexec(connection.get(), text.c_str()), &PQclear);
    const auto status = PQresultStatus(result.get());
    if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK && status != PGRES_EMPTY_QUERY)
        throw std::runtime_error(text + ": " + PQresultErrorMessage(result.get()));
    rows found;
    for (int row = 0; row < PQntuples(result.get()); ++row) {
        found.emplace_back();
        for (int column = 0; column < PQnfields(result.get()); ++column)
            found.back().emplace_back(PQgetvalue(result.get(), row, column));
    }
    return found;
}

std::string temp_cluster::value(std::string_view database, const std::string& text) const {
    const rows found = sql(database, text);
    return found.empty() || found.front().empty() ? std::string() : found.front().front();
}

void temp_cluster::create_role(const std::string& name, const std::string& password,
                               const std::string& options) {
    sql("postgres", "CREATE ROLE " + quoted(name, '"') + " " + options +
                        (password.empty() ? "" : " PASSWORD " + quoted(password, '\'')));
}

void temp_cluster::create_database(const std::string& name, const std::string& owner) {
    sql("postgres", "CREATE DATABASE " + quoted(name, '"') + " OWNER " + quoted(owner, '"') +
                        " STRATEGY file_copy");
}

void temp_cluster::set(const std::string& setting, const std::string& value) {
    sql("postgres", "ALTER SYSTEM SET " + setting + " = " + quoted(value, '\''));
    reload();
}

void temp_cluster::set_hba(const std::vector<std::string>& lines) {
    std::string text = "local all postgres trust\nlocal replication all trust\n";
    for (const std::string& line : lines)
        text += line + "\n";
    write_file(data_directory() / "pg_hba.conf", text);
    give_away(data_directory() / "pg_hba.conf");
    if (running())
        reload();
}

void temp_cluster::reload() {
    const std::string ask = "SELECT pg_conf_load_time()::text";
    const std::string before = value("postgres", ask);
    kill(postmaster_, SIGHUP);
    // Every new backend inherits the postmaster's time of the last load.
    if (!eventually([&] { return value("postgres", ask) != before; }))
        throw std::runtime_error("the server did not reload:\n" + last_log_lines());
}

std::vector<pid_t> temp_cluster::backends(const std::string& application_name) const {
    std::vector<pid_t> found;
    const std::string filter =
        application_name.empty() ? "" : " AND application_name = " + quoted(application_name, '\'');
    for (const auto& row :
         sql("postgres", "SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend' "
                         "AND pid <> pg_backend_pid()" +
                             filter + " ORDER BY backend_start"))
        found.push_back(static_cast<pid_t>(std::stol(row.front())));
    return found;
}

std::string temp_cluster::last_log_lines() const {
    std::error_code ignored;
    if (!fs::exists(log_file(), ignored))
        return "(it wrote no log)";
    const std::string text = read_file(log_file());
    return text.size() > 2000 ? text.substr(text.size() - 2000) : text;
}

} // namespace headspace::test
