// What a soak run plays with: a server, a proxy in front of it, a headspaced behind the proxy, and
// a directory of migrations each of which leaves a mark.
#pragma once

#include "support/background.hpp"
#include "support/daemon_process.hpp"
#include "support/fault_proxy.hpp"
#include "support/temp_cluster.hpp"

#include <memory>
#include <shared_mutex>
#include <string>

namespace headspace::soak {

using namespace std::chrono_literals;

/// Delays of a day are played in ten minutes: backoff, recycling and stability are shortened by it.
inline constexpr int factor = 24 * 60 / 10;
inline constexpr int pool_size = 5;
inline constexpr int revisions = 30;

class world {
public:
    world();

    test::temp_cluster cluster;
    test::background<test::fault_proxy> proxy;
    test::temp_directory home{"soak"};
    std::string password = std::string(test::canary); // that the server wants
    test::daemon_process daemon;
    /// Whoever asks the daemon all the time holds it shared; who stops the daemon, or counts what
    /// it holds while nobody asks, takes it alone.
    std::shared_mutex quiet;

    void set_server_password(const std::string& to);
    /// In the file of headspaced, as the server wants it now.
    void set_our_password() const;
    /// How often the daemon was started.
    [[nodiscard]] int lives() const { return lives_; }
    void write_settings(const std::string& more_of_database = {});
    void terminate_all();
    [[nodiscard]] std::string value(const std::string& sql) const;
    /// Until it is ready and connected; throws std::runtime_error when it does not come.
    void restart_daemon(int signal);
    /// The one that began with the daemon's present process.
    [[nodiscard]] std::string log() const;

private:
    /// All that the daemon finds when it starts.
    test::daemon_options prepare();

    std::size_t log_begins_ = 0;
    int lives_ = 1;
};

} // namespace headspace::soak
