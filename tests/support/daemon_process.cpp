#include "support/daemon_process.hpp"

#include <boost/json/parse.hpp>
#include <gtest/gtest.h>

#include <array>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <pwd.h>
#include <sstream>
#include <stdexcept>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

namespace headspace::test {

using namespace std::chrono_literals;

namespace {

int open_notify_socket(const std::string& path) {
    const int fd = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    ::unlink(path.c_str()); // of a daemon that lived in this folder before
    if (fd < 0 || path.size() >= sizeof(address.sun_path))
        throw std::runtime_error("no notify socket at " + path);
    std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
    if (::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0)
        throw std::runtime_error("cannot bind " + path);
    ::chmod(path.c_str(), 0777);
    return fd;
}

std::string read_all(const std::filesystem::path& file) {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

std::string percent_encoded(std::string_view text) {
    std::ostringstream out;
    for (const char c : text) {
        if (std::isalnum(static_cast<unsigned char>(c)) != 0 || std::strchr("-._~", c) != nullptr)
            out << c;
        else
            out << '%' << std::uppercase << std::hex
                << static_cast<int>(static_cast<unsigned char>(c));
    }
    return out.str();
}

bool shows_canary(const std::string& text) {
    return text.find(canary) != std::string::npos ||
           text.find(percent_encoded(canary)) != std::string::npos;
}

} // namespace

std::filesystem::path program(std::string_view name) {
    const std::filesystem::path build = HEADSPACE_TEST_BUILD;
    return build / (name == "headspaced" ? "daemon" : "ctl") / name;
}

boost::json::value answer::json() const {
    return boost::json::parse(body);
}

daemon_process::daemon_process(daemon_options options)
    : options_(std::move(options)),
      folder_(options_.folder.empty() ? own_folder_.path() : options_.folder) {
    if (!options_.user.empty()) {
        const passwd* entry = ::getpwnam(options_.user.c_str());
        if (entry == nullptr || ::chown(folder_.c_str(), entry->pw_uid, entry->pw_gid) != 0)
            throw std::runtime_error("cannot give " + folder_.string() + " to " + options_.user);
    }
    if (options_.notify)
        notify_fd_ = open_notify_socket((folder_ / "notify").string());
    if (options_.names)
        write_names(*options_.names);
    write_config(options_.config);
    start();
}

daemon_process::~daemon_process() {
    if (pid_ > 0) {
        look_at_proc();
        ::kill(pid_, SIGCONT);
        ::kill(pid_, SIGTERM);
        if (!wait_exit()) {
            ADD_FAILURE() << "headspaced did not stop within 60 s of SIGTERM\n" << log();
            ::kill(pid_, SIGKILL);
            wait_exit(20s);
        }
    }
    notifications();
    remember(log());
    EXPECT_FALSE(shows_canary(everything_)) << "a password was seen:\n" << everything_;
    if (::testing::Test::HasFailure())
        std::fprintf(stderr, "---- log of headspaced ----\n%s----\n", log().c_str());
    if (notify_fd_ >= 0)
        ::close(notify_fd_);
}

void daemon_process::write_config(const std::string& config) {
    write_file(config_file(), config + "\n[admin]\nsocket = \"" + socket().string() + "\"\n" +
                                  options_.admin_lines + "\n[log]\nformat = \"text\"\nlevel = \"" +
                                  options_.log_level + "\"\n");
    // It holds a password, which is a warning where others may read it.
    std::filesystem::permissions(config_file(), std::filesystem::perms::owner_read |
                                                    std::filesystem::perms::owner_write);
    const passwd* entry = options_.user.empty() ? nullptr : ::getpwnam(options_.user.c_str());
    if (entry != nullptr && ::chown(config_file().c_str(), entry->pw_uid, entry->pw_gid) != 0)
        throw std::runtime_error("cannot give the configuration to " + options_.user);
}

void daemon_process::write_names(const std::string& lines) const {
    // Whole or not at all: the daemon reads it at any time.
    write_file(folder_ / "names.new", lines);
    std::filesystem::rename(folder_ / "names.new", folder_ / "names");
}

void daemon_process::start() {
    process_options how;
    how.user = options_.user;
    how.output = folder_ / "log";
    how.directory = folder_;
    how.without = {"DATABASE_*", "PG*",           "HEADSPACE_*",    "LISTEN_*",
                   "WATCHDOG_*", "NOTIFY_SOCKET", "JOURNAL_STREAM", "XDG_RUNTIME_DIR"};
    how.environment = options_.environment;
    how.environment.emplace("XDG_STATE_HOME", (folder_ / "state").string());
    if (options_.notify)
        how.environment["NOTIFY_SOCKET"] = (folder_ / "notify").string();
    if (options_.names) {
        how.environment["LD_PRELOAD"] = HEADSPACE_TEST_RESOLVER;
        how.environment["TEST_RESOLVER"] = (folder_ / "names").string();
        // A sanitizer wants to be loaded first, and would take itself for preloaded in vain.
        const char* asan = std::getenv("ASAN_OPTIONS");
        how.environment["ASAN_OPTIONS"] =
            (asan != nullptr ? asan + std::string(":") : "") + "verify_asan_link_order=0";
    }
    std::vector<std::string> argv{program("headspaced").string(), "--config",
                                  config_file().string()};
    argv.insert(argv.end(), options_.arguments.begin(), options_.arguments.end());
    pid_ = spawn(argv, how);
}

bool daemon_process::wait_answering(duration limit) {
    return eventually(
        [&] {
            try {
                return get("/livez").status == 200;
            } catch (const std::runtime_error&) {
                return false;
            }
        },
        limit);
}

bool daemon_process::wait_ready(duration limit) {
    return eventually(
        [&] {
            for (const std::string& datagram : notifications())
                if (datagram.starts_with("READY=1"))
                    return true;
            return false;
        },
        limit);
}

bool daemon_process::wait_connected(duration limit) {
    return eventually(
        [&] {
            try {
                return health().at("database").as_string() == "connected";
            } catch (const std::runtime_error&) {
                return false; // not listening yet
            }
        },
        limit);
}

std::optional<int> daemon_process::wait_exit(duration limit) {
    const std::optional<int> status = wait_for(pid_, limit);
    if (!status)
        return std::nullopt;
    pid_ = -1;
    return WIFEXITED(*status) ? WEXITSTATUS(*status) : 128 + WTERMSIG(*status);
}

void daemon_process::signal(int number) const {
    ::kill(pid_, number);
}

answer daemon_process::get(const std::string& target, duration limit) {
    admin::client client({{socket().string(), false}});
    const auto reply = client.send({"GET", target, {}, limit});
    if (!reply.has_value())
        throw std::runtime_error(reply.error().text());
    remember(reply->body);
    return {reply->status, reply->body};
}

answer daemon_process::post(const std::string& target, const std::string& body, duration limit) {
    admin::client client({{socket().string(), false}});
    const auto reply = client.send({"POST", target, body, limit});
    if (!reply.has_value())
        throw std::runtime_error(reply.error().text());
    remember(reply->body);
    return {reply->status, reply->body};
}

std::vector<boost::json::value> daemon_process::migrate(const std::string& verb,
                                                        const std::string& body, duration limit) {
    admin::client client({{socket().string(), false}});
    const auto begun = client.send({"POST", "/v1/migrations/" + verb, body, limit});
    if (!begun.has_value())
        throw std::runtime_error(begun.error().text());
    remember(begun->body);
    if (begun->status != 202)
        throw std::runtime_error("not begun: " + begun->body);
    std::vector<boost::json::value> lines;
    const auto followed =
        client.follow({"GET", begun->location, {}, limit}, limit, [&](std::string_view line) {
            remember(line);
            lines.push_back(boost::json::parse(line));
            return true;
        });
    if (!followed.has_value())
        throw std::runtime_error(followed.error().text());
    return lines;
}

boost::json::value daemon_process::health() {
    return get("/health").json();
}

process_outcome daemon_process::ctl(std::vector<std::string> arguments) {
    std::vector<std::string> argv{program("headspacectl").string(), "--socket", socket().string()};
    argv.insert(argv.end(), arguments.begin(), arguments.end());
    process_options how;
    how.without = {"HEADSPACE_*"};
    how.directory = folder_;
    process_outcome outcome = run(argv, how);
    remember(outcome.output);
    return outcome;
}

std::string daemon_process::log() const {
    return read_all(folder_ / "log");
}

std::size_t daemon_process::log_lines_with(std::string_view text) const {
    std::istringstream lines(log());
    std::size_t count = 0;
    for (std::string line; std::getline(lines, line);)
        count += line.find(text) != std::string::npos ? 1 : 0;
    return count;
}

std::vector<std::string> daemon_process::complaints() const {
    std::istringstream lines(log());
    std::vector<std::string> found;
    for (std::string line; std::getline(lines, line);) {
        std::istringstream words(line);
        std::string day, time, level;
        words >> day >> time >> level;
        if (level == "warning" || level == "error" || level == "critical")
            found.push_back(line);
    }
    return found;
}

const std::vector<std::string>& daemon_process::notifications() {
    std::array<char, 4096> buffer{};
    while (notify_fd_ >= 0) {
        const auto got = ::recv(notify_fd_, buffer.data(), buffer.size(), 0);
        if (got < 0)
            break;
        notifications_.emplace_back(buffer.data(), static_cast<std::size_t>(got));
        remember(notifications_.back());
    }
    return notifications_;
}

std::string daemon_process::status_line() {
    std::string last;
    for (const std::string& datagram : notifications()) {
        const auto at = datagram.find("STATUS=");
        if (at != std::string::npos)
            last = datagram.substr(at + 7, datagram.find('\n', at) - at - 7);
    }
    return last;
}

void daemon_process::remember(std::string_view text) {
    everything_ += text;
    everything_ += '\n';
}

void daemon_process::look_at_proc() const {
    // As a user who really may read them: root, or the owner of a process that may be dumped.
    const std::filesystem::path proc = "/proc/" + std::to_string(pid_);
    for (const char* file : {"cmdline", "environ"})
        EXPECT_FALSE(shows_canary(read_all(proc / file))) << proc / file << " shows the password";
}

} // namespace headspace::test
