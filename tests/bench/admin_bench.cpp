// GET /health on keep-alive connections: requests a second, the client's latency, and what one
// request costs the server's thread.
#include "admin/server.hpp"

#include <benchmark/benchmark.h>
#include <boost/json.hpp>

#include <algorithm>
#include <array>
#include <future>
#include <stdexcept>
#include <stdlib.h>
#include <string>
#include <sys/socket.h>
#include <sys/un.h>
#include <thread>
#include <time.h>
#include <unistd.h>
#include <vector>

using namespace headspace;

namespace {

admin::response health(const admin::request&) {
    return admin::json_response(
        {{"status", "healthy"},
         {"version", "0.1.0"},
         {"timestamp", "2026-11-21T10:00:00.123Z"},
         {"since", "2026-11-21T09:00:00.456Z"},
         {"database", "connected"},
         {"checks", {{"database", "ok"}, {"pool", "ok"}, {"migrations", "current"}}}});
}

/// A server in a thread of its own, as in the daemon.
class running_server {
public:
    running_server() {
        if (::mkdtemp(folder_.data()) == nullptr)
            throw std::runtime_error("mkdtemp");
        path = folder_ + "/admin.sock";
        admin::router routes;
        routes.add("GET", "/health", admin::scope::publicly, health);
        server_ = std::make_unique<admin::server>(context_.get_executor(), std::move(routes),
                                                  admin::limits{}, event_sink{});
        server_->serve(
            admin::listener::unix_socket(context_.get_executor(), {path, 0600, "", false}).value());
        std::promise<clockid_t> clock;
        thread_ = std::thread([&] {
            clockid_t mine{};
            ::pthread_getcpuclockid(::pthread_self(), &mine);
            clock.set_value(mine);
            context_.run();
        });
        cpu_clock_ = clock.get_future().get();
    }
    ~running_server() {
        context_.stop();
        thread_.join();
        server_.reset();
        ::rmdir(folder_.c_str());
    }
    /// Seconds of processor time that the server's thread has used.
    [[nodiscard]] double cpu() const {
        timespec now{};
        ::clock_gettime(cpu_clock_, &now);
        return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
    }

    std::string path;

private:
    std::string folder_ = "/tmp/hs-bench-XXXXXX";
    asio::io_context context_{1};
    std::unique_ptr<admin::server> server_;
    std::thread thread_;
    clockid_t cpu_clock_{};
};

constexpr std::string_view question = "GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n";

int connect_to(const std::string& path) {
    const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::copy(path.begin(), path.end(), address.sun_path);
    if (::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
        throw std::runtime_error("connect");
    return fd;
}

void ask(int fd) {
    if (::send(fd, question.data(), question.size(), MSG_NOSIGNAL) !=
        static_cast<ssize_t>(question.size()))
        throw std::runtime_error("send");
}

/// The size of one answer: all are alike.
std::size_t answer_size(int fd) {
    std::array<char, 4096> buffer{};
    ask(fd);
    const ssize_t count = ::recv(fd, buffer.data(), buffer.size(), 0);
    if (count <= 0 || std::string_view(buffer.data(), 15) != "HTTP/1.1 200 OK")
        throw std::runtime_error("no answer");
    return static_cast<std::size_t>(count);
}

void take(int fd, std::size_t size) {
    std::array<char, 4096> buffer{};
    while (size > 0) {
        const ssize_t count = ::recv(fd, buffer.data(), std::min(size, buffer.size()), 0);
        if (count <= 0)
            throw std::runtime_error("recv");
        size -= static_cast<std::size_t>(count);
    }
}

/// Each connection has one question open at a time; range(0) connections.
void admin_health(benchmark::State& state) {
    running_server server;
    std::vector<int> connections;
    for (std::int64_t i = 0; i < state.range(0); ++i)
        connections.push_back(connect_to(server.path));
    const std::size_t size = answer_size(connections.front());
    std::vector<time_point> asked(connections.size());
    std::vector<double> latencies;
    const double cpu_before = server.cpu();
    const time_point begin = clock::now();
    for (auto _ : state) {
        for (std::size_t i = 0; i < connections.size(); ++i) {
            asked[i] = clock::now();
            ask(connections[i]);
        }
        for (std::size_t i = 0; i < connections.size(); ++i) {
            take(connections[i], size);
            latencies.push_back(
                std::chrono::duration<double, std::milli>(clock::now() - asked[i]).count());
        }
    }
    const double took = std::chrono::duration<double>(clock::now() - begin).count();
    const auto requests = static_cast<double>(latencies.size());
    const double cpu = server.cpu() - cpu_before;
    std::sort(latencies.begin(), latencies.end());
    const auto percentile = [&](double p) {
        return latencies[static_cast<std::size_t>(p * (requests - 1))];
    };
    state.counters["requests_per_s"] = requests / took;
    state.counters["per_server_core_s"] = requests / cpu; // as if the server had a core to itself
    state.counters["p50_ms"] = percentile(0.5);
    state.counters["p99_ms"] = percentile(0.99);
    for (const int fd : connections)
        ::close(fd);
}

} // namespace

BENCHMARK(admin_health)->Arg(1)->Arg(16)->Arg(64)->UseRealTime()->Unit(benchmark::kMicrosecond);
