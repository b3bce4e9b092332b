// Health over loopback TCP ([http].listen) of a real headspaced: what is there, and that nothing
// else is, whatever a web page or another program of this host sends.
#include "support/daemon_process.hpp"
#include "support/temp_cluster.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <arpa/inet.h>
#include <csignal>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

using namespace headspace;
using namespace headspace::test;
using namespace std::chrono_literals;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

namespace {

const std::string nowhere = "[database]\nurl = \"postgresql://someone@127.0.0.1:1/d\"\n";

std::string listen_at(const std::string& address) {
    return "[http]\nlisten = \"" + address + "\"\n";
}

int connected_to(std::uint16_t port) {
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(port);
    if (::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0)
        return fd;
    ::close(fd);
    return -1;
}

/// What comes back until the end of the connection; "" when nobody listens.
std::string ask(std::uint16_t port, const std::string& bytes) {
    const int fd = connected_to(port);
    if (fd < 0)
        return {};
    std::string out;
    if (::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL) ==
        static_cast<ssize_t>(bytes.size())) {
        char buffer[4096];
        pollfd wanted{fd, POLLIN, 0};
        for (ssize_t n;
             ::poll(&wanted, 1, 60'000) > 0 && (n = ::recv(fd, buffer, sizeof buffer, 0)) > 0;)
            out.append(buffer, static_cast<std::size_t>(n));
    }
    ::close(fd);
    return out;
}

std::string request(const std::string& method, const std::string& path,
                    const std::string& host = "localhost", const std::string& more = {}) {
    return method + " " + path + " HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n" + more +
           "\r\n";
}

int status_of(const std::string& answer) {
    return answer.starts_with("HTTP/1.1 ") ? std::stoi(answer.substr(9, 3)) : 0;
}

int status(std::uint16_t port, const std::string& method, const std::string& path) {
    return status_of(ask(port, request(method, path)));
}

/// Where the daemon says that it listens, once it has said so `times` times.
std::uint16_t port_of(daemon_process& daemon, std::size_t times = 1) {
    static constexpr std::string_view words = "HTTP on 127.0.0.1:";
    if (!eventually([&] { return daemon.log_lines_with(words) >= times; }))
        throw std::runtime_error("headspaced does not listen over TCP: " + daemon.log());
    const std::string log = daemon.log();
    return static_cast<std::uint16_t>(std::stoi(log.substr(log.rfind(words) + words.size())));
}

std::uint16_t free_port() {
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    ::bind(fd, reinterpret_cast<const sockaddr*>(&address), size);
    ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size);
    ::close(fd);
    return ntohs(address.sin_port);
}

} // namespace

TEST(daemon_http, health_is_there_and_nothing_else) {
    daemon_process daemon({.config = nowhere + listen_at("127.0.0.1:0")});
    ASSERT_TRUE(daemon.wait_ready());
    const std::uint16_t port = port_of(daemon);
    EXPECT_EQ(status(port, "GET", "/health"), 200);
    EXPECT_EQ(status(port, "HEAD", "/health"), 200);
    EXPECT_EQ(status(port, "GET", "/livez"), 200);
    EXPECT_EQ(status(port, "GET", "/readyz"), 503);
    EXPECT_EQ(status(port, "GET", "/health/db"), 503);
    for (const char* path :
         {"/", "/v1/status", "/v1/pool", "/v1/config", "/v1/version", "/v1/events", "/v1/reload",
          "/v1/migrations", "/v1/operations/1", "/v1/migrations/upgrade", "/health/", "//health",
          "/v1/../v1/config", "/%76%31/config"})
        EXPECT_EQ(status(port, "GET", path), 404) << path;
}

TEST(daemon_http, nothing_can_be_changed) {
    daemon_process daemon({.config = nowhere + listen_at("127.0.0.1:0")});
    ASSERT_TRUE(daemon.wait_ready());
    const std::uint16_t port = port_of(daemon);
    for (const char* method : {"POST", "PUT", "DELETE", "PATCH", "OPTIONS", "CONNECT", "TRACE"})
        for (const char* path : {"/health", "/v1/reload", "/v1/log-level", "/v1/probe",
                                 "/v1/pool/recycle", "/v1/migrations/upgrade"})
            EXPECT_EQ(status(port, method, path), 405) << method << " " << path;
    const std::string body = R"({"level":"trace"})";
    const std::string length = "Content-Length: " + std::to_string(body.size()) + "\r\n";
    EXPECT_EQ(status_of(ask(port, request("POST", "/v1/log-level", "localhost", length) + body)),
              405);
    EXPECT_EQ(status_of(ask(port, request("GET", "/v1/log-level", "localhost",
                                          "X-HTTP-Method-Override: POST\r\n"))),
              404);
    EXPECT_THAT(daemon.log(), Not(HasSubstr("/v1/log-level"))) << "not even a line in the log";
    EXPECT_EQ(daemon.get("/livez").status, 200);
}

TEST(daemon_http, a_web_page_is_refused_by_its_origin_and_by_a_name_that_was_rebound) {
    daemon_process daemon({.config = nowhere + listen_at("localhost:0")});
    ASSERT_TRUE(daemon.wait_ready());
    const std::uint16_t port = port_of(daemon);
    const std::string ours = "127.0.0.1:" + std::to_string(port);
    EXPECT_EQ(status_of(ask(port, request("GET", "/health", ours))), 200);
    EXPECT_EQ(status_of(ask(port, request("GET", "/health", "[::1]:80"))), 200);
    for (const char* origin : {"http://evil.example", "null", "http://localhost", ""})
        EXPECT_EQ(status_of(ask(port, request("GET", "/health", ours,
                                              "Origin: " + std::string(origin) + "\r\n"))),
                  403)
            << origin;
    for (const char* host : {"evil.example", "127.0.0.1.evil.example", "localhost.evil.example",
                             "evil.example:8433", "", "127.0.0.1:x", "192.168.0.1"})
        EXPECT_EQ(status_of(ask(port, request("GET", "/health", host))), 421) << host;
    EXPECT_EQ(status_of(ask(port, request("GET", "/health", ours, "Host: evil.example\r\n"))), 400);
    EXPECT_EQ(status_of(ask(port, "GET /health HTTP/1.1\r\nConnection: close\r\n\r\n")), 400);
    EXPECT_EQ(status_of(ask(port, "GET /health HTTP/1.0\r\n\r\n")), 421) << "no name is no ours";
    EXPECT_EQ(status_of(ask(port, request("GET", "http://evil.example/health"))), 400);
}

TEST(daemon_http, the_error_names_neither_host_nor_user) {
    temp_cluster cluster({.auth = "reject", .tcp = true});
    cluster.create_role("secretive");
    const std::string place = "127.0.0.1:" + std::to_string(cluster.port());
    daemon_process daemon({.config = "[database]\nurl = \"postgresql://secretive@" + place +
                                     "/postgres\"\n" + listen_at("127.0.0.1:0")});
    ASSERT_TRUE(daemon.wait_ready());
    const std::uint16_t port = port_of(daemon);
    ASSERT_TRUE(eventually([&] {
        return ask(port, request("GET", "/health")).find("28000") != std::string::npos;
    })) << daemon.log();
    EXPECT_THAT(daemon.get("/health").body, AllOf(HasSubstr("secretive"), HasSubstr(place)))
        << "those of the admin socket may know";
    for (const char* path : {"/health", "/health/db", "/readyz", "/livez", "/metrics"})
        EXPECT_THAT(ask(port, request("GET", path)),
                    AllOf(Not(HasSubstr("secretive")), Not(HasSubstr("127.0.0.1")),
                          Not(HasSubstr(std::to_string(cluster.port())))))
            << path;
}

TEST(daemon_http, hostile_clients_meet_the_limits_of_the_socket) {
    daemon_process daemon({.config = nowhere + listen_at("127.0.0.1:0"),
                           .admin_lines = "request_timeout = \"300ms\"\nmax_connections = 8\n"});
    ASSERT_TRUE(daemon.wait_ready());
    const std::uint16_t port = port_of(daemon);
    EXPECT_EQ(status_of(ask(port, request("GET", "/health", "localhost",
                                          "X: " + std::string(10'000, 'a') + "\r\n"))),
              431);
    EXPECT_EQ(status_of(ask(port, "\x16\x03\x01\x02garbage\r\n\r\n")), 400);
    EXPECT_EQ(status_of(ask(port, "GET /health HTTP/1.1\r\n")), 408) << "it never ends";
    std::vector<int> many;
    for (int i = 0; i < 40; ++i) {
        many.push_back(connected_to(port));
        [[maybe_unused]] const auto sent = ::send(many.back(), "GET /h", 6, MSG_NOSIGNAL);
    }
    EXPECT_EQ(daemon.get("/livez").status, 200) << "the admin socket has places of its own";
    for (const int fd : many)
        ::close(fd);
    EXPECT_TRUE(eventually([&] { return status(port, "GET", "/livez") == 200; }));
}

TEST(daemon_http, an_address_that_others_can_reach_is_a_mistake_of_the_configuration) {
    for (const char* address :
         {"0.0.0.0:8433", "[::]:8433", "192.0.2.7:8433", "db.example:8433", "127.0.0.1", "8433"}) {
        temp_directory folder;
        const auto file = folder.path() / "headspaced.toml";
        write_file(file, listen_at(address));
        const auto outcome =
            run({program("headspaced").string(), "--config", file.string(), "--check-config"});
        EXPECT_EQ(outcome.exit_status, 78) << address;
        EXPECT_THAT(outcome.output,
                    AllOf(HasSubstr("headspaced.toml:2:"), HasSubstr("[http].listen"),
                          HasSubstr(address), HasSubstr("127.0.0.1:8433")));
    }
}

TEST(daemon_http, it_comes_moves_and_goes_with_a_reload) {
    daemon_process daemon({.config = nowhere});
    ASSERT_TRUE(daemon.wait_ready());
    const std::uint16_t first = free_port();
    const std::string first_text = listen_at("127.0.0.1:" + std::to_string(first));
    daemon.write_config(nowhere + first_text);
    EXPECT_THAT(daemon.ctl({"reload"}).output, HasSubstr("http.listen"));
    EXPECT_EQ(status(first, "GET", "/livez"), 200);

    const std::uint16_t second = free_port();
    daemon.write_config(nowhere + listen_at("127.0.0.1:" + std::to_string(second)));
    EXPECT_EQ(daemon.ctl({"reload"}).exit_status, 0);
    EXPECT_EQ(status(second, "GET", "/livez"), 200);
    EXPECT_EQ(connected_to(first), -1);

    // The same address in other words is no change of the listener.
    daemon.write_config(nowhere + listen_at("localhost:" + std::to_string(second)));
    EXPECT_EQ(daemon.ctl({"reload"}).exit_status, 0);
    EXPECT_EQ(status(second, "GET", "/livez"), 200);
    EXPECT_EQ(daemon.log_lines_with("HTTP on"), 3U) << "two addresses, and leaving the first";

    daemon.write_config(nowhere);
    EXPECT_EQ(daemon.ctl({"reload"}).exit_status, 0);
    EXPECT_EQ(connected_to(second), -1);
}

TEST(daemon_http, a_reload_to_an_address_that_is_taken_is_refused_whole) {
    daemon_process other({.config = nowhere + listen_at("127.0.0.1:0")});
    ASSERT_TRUE(other.wait_ready());
    const std::string taken = "127.0.0.1:" + std::to_string(port_of(other));
    daemon_process daemon({.config = nowhere + listen_at("127.0.0.1:0")});
    ASSERT_TRUE(daemon.wait_ready());
    const std::uint16_t port = port_of(daemon);
    daemon.write_config(nowhere + listen_at(taken) + "[health]\ntimeout = \"7s\"\n");
    const auto outcome = daemon.ctl({"reload"});
    EXPECT_EQ(outcome.exit_status, 3);
    EXPECT_THAT(outcome.output, AllOf(HasSubstr(taken), HasSubstr("in use")));
    EXPECT_EQ(status(port, "GET", "/livez"), 200) << "the old one goes on";
    EXPECT_THAT(daemon.ctl({"config"}).output, Not(HasSubstr(" 7s"))) << "nothing of it counts";
}
