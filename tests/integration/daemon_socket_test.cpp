// The admin socket of a real headspaced: who gets it, and what hostile clients cannot do to it.
// Needs no database.
#include "support/daemon_process.hpp"

#include <boost/json/parse.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <csignal>
#include <cstring>
#include <pwd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

using namespace headspace;
using namespace headspace::test;
using namespace std::chrono_literals;
using testing::HasSubstr;

namespace {

constexpr const char* nowhere = "[database]\nurl = \"postgresql://u@127.0.0.1:1/d\"\n";

int connect_to(const std::filesystem::path& path) {
    const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, path.c_str(), sizeof(address.sun_path) - 1);
    if (::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) {
        ::close(fd);
        return -1;
    }
    return fd;
}

void send_text(int fd, const std::string& text) {
    [[maybe_unused]] const auto sent =
        ::send(fd, text.data(), text.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
}

/// What half of some GET /livez stay below: a machine that stands still for a moment is not the
/// clients' doing.
duration usual_livez(daemon_process& daemon, std::size_t times) {
    std::vector<duration> took;
    for (std::size_t i = 0; i < times; ++i) {
        const auto begin = clock::now();
        EXPECT_EQ(daemon.get("/livez").status, 200);
        took.push_back(clock::now() - begin);
    }
    std::sort(took.begin(), took.end());
    return took[times / 2];
}

} // namespace

TEST(daemon_socket, hostile_clients_hold_up_nobody) {
    daemon_process daemon({.config = nowhere});
    ASSERT_TRUE(daemon.wait_ready());
    std::vector<int> open;
    for (int i = 0; i < 200; ++i) // idle connections
        open.push_back(connect_to(daemon.socket()));
    const int header = connect_to(daemon.socket());
    send_text(header, "GET /health HTTP/1.1\r\nX-Big: " + std::string(1 << 20, 'a'));
    const int garbage = connect_to(daemon.socket());
    send_text(garbage, "\x16\x03\x01\x02garbage\r\n\r\n" + std::string(2, '\0'));
    const int slow = connect_to(daemon.socket());
    for (const char c : std::string("GET /heal")) { // a byte at a time, with questions in between
        send_text(slow, std::string(1, c));
        EXPECT_LT(usual_livez(daemon, 9), 100ms);
    }
    EXPECT_LT(usual_livez(daemon, 50), 100ms);
    for (const int fd : {header, garbage, slow})
        ::close(fd);
    for (const int fd : open)
        ::close(fd);
}

TEST(daemon_socket, a_stale_socket_file_is_replaced) {
    daemon_process daemon({.config = nowhere});
    ASSERT_TRUE(daemon.wait_ready());
    daemon.signal(SIGKILL);
    EXPECT_EQ(daemon.wait_exit(), 128 + SIGKILL);
    ASSERT_TRUE(std::filesystem::exists(daemon.socket()));
    daemon.start();
    EXPECT_TRUE(eventually([&] {
        try {
            return daemon.get("/livez").status == 200;
        } catch (const std::runtime_error&) {
            return false;
        }
    }));
}

TEST(daemon_socket, a_second_daemon_on_a_live_socket_ends_with_1_and_names_the_first) {
    daemon_process first({.config = nowhere});
    ASSERT_TRUE(first.wait_ready());
    const auto second =
        run({program("headspaced").string(), "--config", first.config_file().string()});
    EXPECT_EQ(second.exit_status, 1);
    EXPECT_THAT(second.output, HasSubstr(first.socket().string()));
    EXPECT_THAT(second.output, HasSubstr(std::to_string(first.pid())));
    EXPECT_EQ(first.get("/livez").status, 200);
}

TEST(daemon_socket, a_file_that_is_no_socket_is_never_touched) {
    temp_directory folder;
    write_file(folder.path() / "admin.sock", "precious");
    daemon_process daemon({.config = nowhere, .folder = folder.path()});
    EXPECT_EQ(daemon.wait_exit(), 1);
    EXPECT_EQ(read_file(folder.path() / "admin.sock"), "precious");
    EXPECT_THAT(daemon.log(), HasSubstr("admin.sock"));
}

TEST(daemon_socket, the_socket_has_the_mode_that_was_asked_for) {
    daemon_process daemon({.config = nowhere, .admin_lines = "mode = \"0600\"\n"});
    ASSERT_TRUE(daemon.wait_ready());
    struct stat info {};
    ASSERT_EQ(::stat(daemon.socket().c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 0777, 0600U);
}

TEST(daemon_socket, a_changing_request_is_logged_with_the_uid_of_who_asked) {
    daemon_process daemon({.config = nowhere});
    ASSERT_TRUE(daemon.wait_ready());
    EXPECT_EQ(daemon.post("/v1/log-level", R"({"level":"info"})").status, 200);
    EXPECT_THAT(daemon.log(), HasSubstr("/v1/log-level"));
    EXPECT_THAT(daemon.log(), HasSubstr("uid " + std::to_string(::getuid())));
}

TEST(daemon_socket, who_is_no_operator_reads_and_is_told_what_to_add) {
    const passwd* nobody = ::getpwnam("nobody");
    if (::geteuid() != 0 || nobody == nullptr)
        GTEST_SKIP() << "cannot run here: only root can become another user to try the socket";
    const std::string uid = std::to_string(nobody->pw_uid);
    temp_directory folder;
    std::filesystem::permissions(folder.path(), std::filesystem::perms(0755));
    // The build may be where others cannot look.
    std::filesystem::copy_file(program("headspacectl"), folder.path() / "headspacectl");
    const std::string who_may = "mode = \"0666\"\noperators = ";
    daemon_process daemon({.config = nowhere,
                           .admin_lines = who_may + "[\"nosuchuser\"]\n",
                           .folder = folder.path()});
    ASSERT_TRUE(daemon.wait_ready());
    EXPECT_THAT(daemon.log(), HasSubstr("there is no user \"nosuchuser\""));
    const auto as_nobody = [&](const std::vector<std::string>& arguments) {
        std::vector<std::string> all{(folder.path() / "headspacectl").string(), "--socket",
                                     daemon.socket().string()};
        all.insert(all.end(), arguments.begin(), arguments.end());
        return run(all, {.user = "nobody", .directory = "/"});
    };

    EXPECT_EQ(as_nobody({"ping"}).exit_status, 0);
    EXPECT_THAT(as_nobody({"status"}).output, HasSubstr("degraded"));
    for (const char* verb : {"reload", "log-level"}) {
        const auto refused =
            as_nobody(verb == std::string("reload") ? std::vector<std::string>{verb}
                                                    : std::vector<std::string>{verb, "debug"});
        EXPECT_EQ(refused.exit_status, 3) << refused.output;
        EXPECT_THAT(refused.output,
                    testing::AllOf(HasSubstr("\"" + uid + "\""), HasSubstr("[admin].operators")));
    }
    EXPECT_EQ(daemon.log_lines_with("POST /v1/log-level from uid " + uid), 1U);
    EXPECT_EQ(daemon.ctl({"log-level", "debug"}).exit_status, 0) << "root always may";

    for (const std::string& name : {std::string("nobody"), uid}) {
        write_file(daemon.config_file(), std::string(nowhere) + "[admin]\nsocket = \"" +
                                             daemon.socket().string() + "\"\n" + who_may + "[\"" +
                                             name + "\"]\n");
        EXPECT_EQ(daemon.ctl({"reload"}).exit_status, 0);
        EXPECT_EQ(as_nobody({"log-level", "debug"}).exit_status, 0) << name;
    }
    daemon.write_config(nowhere); // nosuchuser again
    EXPECT_EQ(daemon.ctl({"reload"}).exit_status, 0);
    EXPECT_EQ(as_nobody({"log-level", "debug"}).exit_status, 3);
}

TEST(daemon_socket, a_wrong_question_gets_a_problem_with_a_code) {
    daemon_process daemon({.config = nowhere});
    ASSERT_TRUE(daemon.wait_ready());
    const answer unknown = daemon.get("/v2/nothing");
    EXPECT_EQ(unknown.status, 404);
    EXPECT_EQ(unknown.json().at("code").as_string(), "not-found");
    EXPECT_EQ(daemon.post("/health").status, 405);
    EXPECT_EQ(daemon.post("/v1/log-level", "{not json").status, 400);
    EXPECT_EQ(daemon.post("/v1/log-level", R"({"level":"loud"})").status, 400);
    EXPECT_EQ(daemon.post("/v1/log-level", std::string(100000, ' ')).status, 413);
}
