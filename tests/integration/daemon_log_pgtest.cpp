// A log that nobody reads must not hold up the daemon. Needs no database.
#include "admin/client.hpp"
#include "support/daemon_process.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace headspace;
using namespace headspace::test;
using namespace std::chrono_literals;
using testing::HasSubstr;

namespace {

/// A headspaced whose stderr is a pipe that is read only when the test says so.
class piped_daemon {
public:
    explicit piped_daemon(const std::string& log_lines) {
        const auto fifo = folder_.path() / "stderr";
        if (::mkfifo(fifo.c_str(), 0600) != 0)
            throw std::runtime_error("no fifo");
        pipe_ = ::open(fifo.c_str(), O_RDWR | O_NONBLOCK | O_CLOEXEC);
        write_file(folder_.path() / "headspaced.toml",
                   "[database]\nurl = \"postgresql://u@127.0.0.1:1/d\"\n[admin]\nsocket = \"" +
                       socket() + "\"\n[log]\nformat = \"json\"\n" + log_lines);
        pid_ = spawn({program("headspaced").string(), "--config",
                      (folder_.path() / "headspaced.toml").string()},
                     {.output = fifo});
    }
    ~piped_daemon() {
        if (pid_ > 0) {
            ::kill(pid_, SIGKILL);
            wait_for(pid_, 60s);
        }
        ::close(pipe_);
    }

    [[nodiscard]] std::string socket() const { return folder_.path() / "admin.sock"; }
    result<admin::reply> send(const std::string& method, const std::string& target,
                              const std::string& body = {}) {
        admin::client client({{socket(), false}});
        return client.send({method, target, body, 30s});
    }
    bool wait_alive() {
        return eventually([&] { return send("GET", "/livez").has_value(); }, 60s);
    }
    /// A line in the log for each.
    void make_lines(int count) {
        for (int i = 0; i < count; ++i) {
            const auto reply = send("POST", "/v1/log-level", R"({"level":"info"})");
            ASSERT_TRUE(reply.has_value()) << reply.error().text();
            ASSERT_EQ(reply->status, 200);
        }
    }
    /// What is in the pipe now.
    std::string read_some() {
        std::string out;
        char buffer[65536];
        for (ssize_t n; (n = ::read(pipe_, buffer, sizeof buffer)) > 0;)
            out.append(buffer, static_cast<std::size_t>(n));
        return out;
    }
    std::optional<int> terminate() {
        ::kill(pid_, SIGTERM);
        const auto status = wait_for(pid_, 60s);
        if (status)
            pid_ = -1;
        return status ? std::optional(WEXITSTATUS(*status)) : std::nullopt;
    }

private:
    temp_directory folder_{"hsp"};
    int pipe_ = -1;
    pid_t pid_ = -1;
};

/// More than a pipe and the buffer hold.
constexpr int too_many = 1000;

} // namespace

TEST(daemon_log, a_full_pipe_costs_lines_and_nothing_else) {
    piped_daemon daemon("buffer = 4096\n");
    ASSERT_TRUE(daemon.wait_alive());
    daemon.make_lines(too_many);
    std::string log;
    EXPECT_TRUE(eventually([&] {
        log += daemon.read_some();
        return log.find("log lines dropped") != std::string::npos;
    })) << log;
    EXPECT_THAT(log, HasSubstr("\"event\":\"log_dropped\""));
    EXPECT_THAT(log, HasSubstr("\"dropped\":\""));
    daemon.make_lines(1);
    EXPECT_EQ(daemon.terminate(), 0);
    EXPECT_THAT(daemon.read_some(), HasSubstr("\"event\":\"stopped\"")) << "written at the end";
}

TEST(daemon_log, a_full_pipe_does_not_keep_the_daemon_from_stopping) {
    piped_daemon daemon("buffer = 4096\nflush_timeout = \"200ms\"\n");
    ASSERT_TRUE(daemon.wait_alive());
    daemon.make_lines(too_many);
    EXPECT_EQ(daemon.terminate(), 0);
}
