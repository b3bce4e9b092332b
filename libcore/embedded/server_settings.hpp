// What the private server is told: the arguments of initdb and postgres, who may log in, and how
// the next start is delayed. Pure.
#pragma once

#include "base/backoff.hpp"
#include "base/error.hpp"
#include "base/time.hpp"
#include "config/settings.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace headspace::embedded {

/// Bytes that a Unix socket's path may have (sun_path without its final zero).
inline constexpr std::size_t longest_socket_path = 107;

/// True when the server's socket in `folder` has a path that the system can take.
bool fits_socket(std::string_view folder, std::uint16_t port);

/// Arguments after the program's name. `superuser` is the one role of the new cluster.
std::vector<std::string> initdb_arguments(const std::string& data_directory,
                                          const std::string& superuser);

struct server_plan {
    std::string data_directory;
    std::string socket_directory;
    std::uint16_t port = 5432;
    std::uint32_t max_connections = 30;
    std::string shared_buffers = "32MB";
    bool ephemeral = false; // no durability at all
    int major = 15;
};

/// Arguments after the program's name. Settings go on the command line, so that they beat whatever
/// a person wrote into postgresql.conf and change with ours.
std::vector<std::string> server_arguments(const server_plan& plan);

/// pg_hba.conf: the Unix socket, peer authentication, nothing else.
std::string hba_file();

/// pg_ident.conf: every OS user may be the role of the same name; the one who runs headspaced, the
/// one who runs the server and root may also be the superuser.
std::string ident_file(const std::string& superuser, const std::string& server_user);

/// The delay before the next start. An outage that follows `stable_after` of service is a new one.
class restart_delays {
public:
    explicit restart_delays(const config::reconnect_settings& settings)
        : settings_(settings), backoff_(settings.initial, settings.max) {}

    void server_is_ready(time_point now) { ready_at_ = now; }
    duration after_failure(time_point now, error_class kind, double jitter);

private:
    config::reconnect_settings settings_;
    backoff backoff_;
    std::optional<time_point> ready_at_;
};

/// How long the two gentle ways to stop the server may take, before SIGKILL.
struct stop_waits {
    duration fast{};
    duration immediate{};
};

/// `wanted`, cut so that both fit into what is left until `until`: the immediate shutdown keeps a
/// quarter of it, as far as it wants that much. Nothing is left: none waits.
stop_waits waits_until(stop_waits wanted, time_point now, time_point until);

/// psql "host=/run/headspace/postgres dbname=app": what a person can paste into a shell.
std::string psql_line(const std::string& socket_directory, const std::string& database);

/// True once the text of postmaster.pid is that of the server `pid` and says that it is ready
/// (line 8, "ready", padded with blanks; "standby" for a server in recovery that answers).
bool says_ready(std::string_view postmaster_pid, std::int64_t pid);

/// True when a datagram of the notify protocol has READY=1 among its lines.
bool is_ready_message(std::string_view datagram);

} // namespace headspace::embedded
