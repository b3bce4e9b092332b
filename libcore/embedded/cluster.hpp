// The private PostgreSQL: finds the programs, makes the data directory, starts the server as a
// direct child, starts it again when it crashes, and stops it. Knows nothing of connections:
// whoever owns the pool connects to its place and creates the database there.
#pragma once

#include "base/error.hpp"
#include "base/event.hpp"
#include "base/time.hpp"
#include "config/settings.hpp"
#include "embedded/host.hpp"
#include "io/asio.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace headspace::embedded {

struct cluster_options {
    config::embedded_settings settings;
    config::reconnect_settings restart; // the delays between two starts
    /// Absolute: what config resolved. An ephemeral cluster is made in the folder for temporary
    /// files instead.
    std::string data_directory;
    /// The folder of the admin socket; the server's socket gets a folder in it. Made when missing.
    std::string runtime_directory;
    std::uint32_t pool_size = 10;
    std::string database = "postgres"; // named in the psql line of the log, nothing else
    embedded::host host;
};

/// Where to connect: over the Unix socket only, with the name of the OS user and no password. The
/// role is a superuser. The database for CREATE DATABASE is `postgres`.
struct connection_place {
    std::string socket_directory;
    std::uint16_t port = 5432;
    std::string user;
    std::string maintenance_database = "postgres";
};

enum class cluster_state : std::uint8_t {
    stopped,  // nothing was started, or stop() is done
    starting, // looking, initialising, waiting for the server to be ready
    running,
    waiting, // the server or its start failed, the next try comes after a delay
    stopping,
    refused, // only a person can help: another owner, another version, no rights
};

[[nodiscard]] std::string_view to_string(cluster_state state) noexcept;

/// Not thread-safe: everything happens on its executor, which the main thread must run (a child is
/// told of its parent's death by the thread that started it).
class cluster {
public:
    cluster(asio::any_io_executor executor, cluster_options options, event_sink events);
    /// Without stop() before it: the server is killed, and the next start recovers.
    ~cluster();
    cluster(const cluster&) = delete;
    cluster& operator=(const cluster&) = delete;

    /// Ends with the first outcome. An error of kind `refuse` is final (another headspaced owns the
    /// data directory, it is of another PostgreSQL version, ...): state `refused`. After any other
    /// error supervision goes on, with the backoff of `restart`, until stop(); place() and
    /// on_state_change tell when the server is there. To be called once.
    asio::awaitable<result<connection_place>> start();
    /// Fast shutdown, after fast_timeout an immediate one, after immediate_timeout SIGKILL; these
    /// waits are cut so that SIGKILL comes at `until` at the latest. The child is collected, an
    /// ephemeral cluster removed, the lock given back. May come at any time, also while start()
    /// waits (which then ends with `cancelled`).
    asio::awaitable<void> stop(time_point until = time_point::max());

    [[nodiscard]] cluster_state state() const noexcept;
    /// Known from the moment the socket directory was chosen; the same over all restarts.
    [[nodiscard]] std::optional<connection_place> place() const;
    /// Why it is `waiting` or `refused`; empty otherwise.
    [[nodiscard]] std::optional<error> last_error() const;
    [[nodiscard]] std::string data_directory() const;
    /// Of the server, 0 when there is none.
    [[nodiscard]] int server_pid() const noexcept;
    void on_state_change(std::function<void(cluster_state)> callback);

private:
    struct impl;
    std::shared_ptr<impl> impl_;
};

} // namespace headspace::embedded
