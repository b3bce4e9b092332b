// Debian's PgBouncer between a test and its cluster.
#pragma once

#include "support/process.hpp"
#include "support/temp_cluster.hpp"

#include <csignal>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace headspace::test {

/// PgBouncer in transaction mode before the world's cluster, on a Unix socket.
class pooler {
public:
    explicit pooler(const temp_cluster& cluster) {
        // As root PgBouncer wants to be somebody else.
        const bool root = ::geteuid() == 0;
        std::filesystem::permissions(home_.path(), std::filesystem::perms::all);
        write_file(home_.path() / "users.txt", "\"postgres\" \"\"\n\"app\" \"\"\n");
        write_file(
            home_.path() / "pgbouncer.ini",
            "[databases]\n* = host=" + cluster.socket_directory() +
                " port=" + std::to_string(cluster.port()) +
                "\n[pgbouncer]\npool_mode = transaction\nlisten_port = " + std::to_string(port) +
                "\nlisten_addr =\nunix_socket_dir = " + home_.path().string() +
                "\nauth_type = trust\nauth_file = " + (home_.path() / "users.txt").string() +
                "\nlogfile = " + (home_.path() / "log").string() +
                "\nmax_client_conn = 100\ndefault_pool_size = 10\n" +
                "ignore_startup_parameters = extra_float_digits\n");
        process_options options;
        options.user = root ? "postgres" : "";
        child_ = spawn({"pgbouncer", (home_.path() / "pgbouncer.ini").string()}, options);
        if (!eventually([this] { return answers(); }))
            throw std::runtime_error("pgbouncer does not start");
    }
    ~pooler() {
        ::kill(child_, SIGKILL);
        wait_for(child_, std::chrono::seconds(30));
    }
    pooler(const pooler&) = delete;
    pooler& operator=(const pooler&) = delete;

    [[nodiscard]] std::string url(const std::string& user = "postgres") const {
        return "postgresql://" + user + "@/postgres?host=" + home_.path().string() +
               "&port=" + std::to_string(port);
    }

private:
    /// The file is there before anybody listens.
    [[nodiscard]] bool answers() const {
        const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        socket().string().copy(address.sun_path, sizeof(address.sun_path) - 1);
        const bool connected =
            ::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0;
        ::close(fd);
        return connected;
    }
    [[nodiscard]] std::filesystem::path socket() const {
        return home_.path() / (".s.PGSQL." + std::to_string(port));
    }
    static constexpr int port = 6432;
    temp_directory home_{"hspb"};
    pid_t child_ = -1;
};

} // namespace headspace::test
