// A private PostgreSQL cluster for one test: real server, own directory, gone with the test.
// As root the server runs as the user `postgres`. Everything here throws std::runtime_error with a
// sentence when it cannot do its work: a test without PostgreSQL fails, it is not skipped.
#pragma once

#include "base/time.hpp"
#include "support/temp_directory.hpp"

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <sys/types.h>
#include <vector>

namespace headspace::test {

/// HEADSPACE_TEST_PG_BINDIR, else the newest /usr/lib/postgresql/*/bin.
std::filesystem::path postgres_bindir();
/// 15 for 15.20.
int postgres_major();

struct cluster_options {
    /// How roles other than `postgres` log in: trust, scram-sha-256, md5, peer, reject.
    std::string auth = "trust";
    bool tcp = false; // listen on 127.0.0.1 at a free port too
    bool tls = false; // implies tcp; self-signed, for the name in tls_name
    std::string tls_name = "localhost";
    std::map<std::string, std::string> settings = {}; // postgresql.conf
    bool start = true;
};

enum class stop_mode { smart, fast, immediate };

using rows = std::vector<std::vector<std::string>>;

class temp_cluster {
public:
    explicit temp_cluster(cluster_options options = {});
    ~temp_cluster();
    temp_cluster(const temp_cluster&) = delete;
    temp_cluster& operator=(const temp_cluster&) = delete;

    /// A hot standby of this running cluster, streaming; its options are those of this one.
    std::unique_ptr<temp_cluster> make_standby();
    /// Ends a standby's recovery; returns when it accepts writes.
    void promote();

    // Where it is.
    [[nodiscard]] std::string socket_directory() const { return home_.path().string(); }
    [[nodiscard]] std::uint16_t port() const { return port_; } // of the socket file and of TCP
    [[nodiscard]] std::filesystem::path data_directory() const { return home_.path() / "data"; }
    [[nodiscard]] std::filesystem::path log_file() const { return home_.path() / "server.log"; }
    [[nodiscard]] std::filesystem::path certificate() const { return home_.path() / "server.crt"; }
    /// postgresql://user@/database?host=<socket directory>&port=...
    [[nodiscard]] std::string url(std::string_view database = "postgres",
                                  std::string_view user = "postgres") const;
    /// postgresql://user@127.0.0.1:port/database
    [[nodiscard]] std::string tcp_url(std::string_view database = "postgres",
                                      std::string_view user = "postgres") const;

    // Its life.
    void start();                                // returns when it accepts connections
    void start_without_waiting();                // returns at once
    void wait_until_ready();                     // after start_without_waiting()
    void stop(stop_mode mode = stop_mode::fast); // returns when it is gone
    void ask_to_stop(stop_mode mode);            // returns at once
    void wait_until_stopped();                   // after ask_to_stop()
    void kill_postmaster(); // kill -9; returns when its children are gone as well
    [[nodiscard]] bool running() const;
    [[nodiscard]] pid_t postmaster() const { return postmaster_; }
    static void freeze(pid_t process); // SIGSTOP
    static void thaw(pid_t process);   // SIGCONT

    // What is in it, by a plain connection as the superuser through the socket.
    /// Text of every row; of several statements those of the last.
    rows sql(std::string_view database, const std::string& text) const;
    /// First field of the first row, "" when there is none.
    std::string value(std::string_view database, const std::string& text) const;
    void create_role(const std::string& name, const std::string& password = {},
                     const std::string& options = "LOGIN");
    void create_database(const std::string& name, const std::string& owner = "postgres");
    /// ALTER SYSTEM and reload; what needs a restart takes effect at the next start().
    void set(const std::string& setting, const std::string& value);
    /// Replaces pg_hba.conf below the lines that let `postgres` in through the socket, and reloads.
    void set_hba(const std::vector<std::string>& lines);
    /// SIGHUP; returns when the server has read its files.
    void reload();
    /// Backends of `application_name`, or of everyone but this helper.
    std::vector<pid_t> backends(const std::string& application_name = {}) const;

private:
    struct copy_of {
        temp_cluster& primary;
    };
    temp_cluster(cluster_options options, copy_of source);
    void prepare_data();
    void prepare_tls();
    void write_settings() const;
    [[nodiscard]] std::string last_log_lines() const;

    cluster_options options_;
    temp_directory home_{"hspg"};
    std::uint16_t port_ = 5432;
    pid_t postmaster_ = -1;
};

} // namespace headspace::test
