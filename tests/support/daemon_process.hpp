// A real headspaced for one test: its own configuration file, admin socket, notify socket and log.
// Everything it ever said is searched for the canary password when it goes away.
#pragma once

#include "admin/client.hpp"
#include "support/process.hpp"
#include "support/temp_directory.hpp"

#include <boost/json/value.hpp>

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace headspace::test {

/// In every password that tests give to the daemon; must never be seen anywhere.
inline constexpr std::string_view canary = "c4nary-Z9x!@/%#-s3cret";

struct daemon_options {
    std::string config = {}; // TOML, without [admin] and [log]: those are written by the harness
    std::vector<std::string> arguments = {};
    std::map<std::string, std::string> environment = {};
    std::string user = {};        // as whom it runs; "": ours
    bool notify = true;           // give it a NOTIFY_SOCKET
    std::string admin_lines = {}; // more keys of [admin]
    std::string log_level = "debug";
    std::filesystem::path folder = {};     // its home; "": one of its own
    std::optional<std::string> names = {}; // as write_names(); nothing: the system's resolver
};

struct answer {
    int status = 0;
    std::string body;
    [[nodiscard]] boost::json::value json() const;
};

class daemon_process {
public:
    explicit daemon_process(daemon_options options);
    /// Ends it (SIGTERM, then SIGKILL) and fails the test when the canary was seen.
    ~daemon_process();
    daemon_process(const daemon_process&) = delete;
    daemon_process& operator=(const daemon_process&) = delete;

    /// Also after it has ended, with the configuration as it is now. Returns at once.
    void start();
    void write_config(const std::string& config);
    /// With options.names: "name address" or "name silent" (never answered) a line; also while it
    /// runs.
    void write_names(const std::string& lines) const;
    /// False when it does not answer, is not ready, has no connection within `limit`. Its socket is
    /// a file before it answers.
    bool wait_answering(duration limit = std::chrono::seconds(60));
    bool wait_ready(duration limit = std::chrono::seconds(60));
    bool wait_connected(duration limit = std::chrono::seconds(60));
    /// Its exit status (128 + signal when killed); nothing when it still runs after `limit`.
    std::optional<int> wait_exit(duration limit = std::chrono::seconds(60));
    void signal(int number) const;
    [[nodiscard]] pid_t pid() const { return pid_; }

    /// Throws std::runtime_error when the daemon does not answer.
    answer get(const std::string& target, duration limit = std::chrono::seconds(30));
    answer post(const std::string& target, const std::string& body = {},
                duration limit = std::chrono::seconds(30));
    /// Starts a migration and follows it to its last line.
    std::vector<boost::json::value> migrate(const std::string& verb, const std::string& body = {},
                                            duration limit = std::chrono::seconds(120));
    /// GET /health as JSON.
    boost::json::value health();
    /// headspacectl with --socket of this daemon.
    process_outcome ctl(std::vector<std::string> arguments);

    /// What it wrote to stderr and stdout so far.
    [[nodiscard]] std::string log() const;
    /// How many lines of the log contain `text`.
    [[nodiscard]] std::size_t log_lines_with(std::string_view text) const;
    /// The lines of the log at warning or above, in order.
    [[nodiscard]] std::vector<std::string> complaints() const;
    /// Every datagram it sent to its notify socket so far.
    const std::vector<std::string>& notifications();
    /// The last STATUS= it sent, or "".
    std::string status_line();

    [[nodiscard]] std::filesystem::path folder() const { return folder_; }
    [[nodiscard]] std::filesystem::path socket() const { return folder_ / "admin.sock"; }
    [[nodiscard]] std::filesystem::path config_file() const { return folder_ / "headspaced.toml"; }

private:
    void remember(std::string_view text);
    void look_at_proc() const;

    daemon_options options_;
    temp_directory own_folder_{"hsd"};
    std::filesystem::path folder_;
    int notify_fd_ = -1;
    pid_t pid_ = -1;
    std::vector<std::string> notifications_;
    std::string everything_;
};

/// Path of a program of this build: "headspaced", "headspacectl".
std::filesystem::path program(std::string_view name);

} // namespace headspace::test
