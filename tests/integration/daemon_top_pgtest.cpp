// headspacectl top on a real terminal (a pseudo terminal) beside a real headspaced.
#include "daemon_migrating.hpp"

#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>
#include <utmp.h>

using namespace headspace;
using namespace headspace::test;
using namespace std::chrono_literals;

namespace {

constexpr std::string_view enters = "\x1b[?1049h";
constexpr std::string_view leaves = "\x1b[?25h\x1b[?1049l";

class on_terminal {
public:
    on_terminal(const daemon_process& daemon, unsigned short width = 100) {
        winsize size{};
        size.ws_col = width;
        size.ws_row = 30;
        const std::string ctl = program("headspacectl").string();
        const std::string socket = daemon.socket().string();
        // Kept open on our side too: what a terminal's modes are can then be asked at any time.
        if (::openpty(&master_, &slave_, nullptr, nullptr, &size) != 0)
            throw std::runtime_error("no pseudo terminal");
        ::tcgetattr(slave_, &before_);
        child_ = ::fork();
        if (child_ == 0) {
            ::close(master_);
            ::login_tty(slave_);
            ::setenv("TERM", "xterm", 1);
            ::execl(ctl.c_str(), "headspacectl", "--socket", socket.c_str(), "top", "--interval",
                    "200ms", static_cast<char*>(nullptr));
            ::_exit(127);
        }
        ::fcntl(master_, F_SETFL, O_NONBLOCK);
    }
    ~on_terminal() {
        if (child_ > 0) {
            ::kill(child_, SIGKILL);
            ::waitpid(child_, nullptr, 0);
        }
        ::close(slave_);
        ::close(master_);
    }
    on_terminal(const on_terminal&) = delete;
    on_terminal& operator=(const on_terminal&) = delete;

    /// Everything it wrote since the last forget().
    const std::string& seen() {
        char buffer[4096];
        for (ssize_t n; (n = ::read(master_, buffer, sizeof buffer)) > 0;)
            seen_.append(buffer, static_cast<std::size_t>(n));
        return seen_;
    }
    void forget() {
        (void)seen();
        seen_.clear();
    }
    bool comes(std::string_view text) {
        return eventually([&] { return seen().find(text) != std::string::npos; }, 60s);
    }
    void press(char key) const { EXPECT_EQ(::write(master_, &key, 1), 1); }
    void resize(unsigned short width) const {
        winsize size{};
        size.ws_col = width;
        size.ws_row = 30;
        ::ioctl(master_, TIOCSWINSZ, &size);
    }
    /// waitpid's status; the terminal is read meanwhile, or the child might wait for us.
    int status(int options = 0) {
        int status = -1;
        EXPECT_TRUE(eventually(
            [&] {
                (void)seen();
                return ::waitpid(child_, &status, WNOHANG | options) == child_;
            },
            60s));
        if (WIFEXITED(status) || WIFSIGNALED(status))
            child_ = -1;
        return status;
    }
    [[nodiscard]] pid_t child() const { return child_; }
    [[nodiscard]] bool modes_are_as_before() const {
        termios now{};
        ::tcgetattr(slave_, &now);
        return now.c_lflag == before_.c_lflag && now.c_iflag == before_.c_iflag &&
               now.c_oflag == before_.c_oflag;
    }

private:
    int master_ = -1;
    int slave_ = -1;
    pid_t child_ = -1;
    termios before_{};
    std::string seen_;
};

using top_on_a_terminal = daemon_migrating;

} // namespace

TEST_F(top_on_a_terminal, shows_the_daemon_until_q_and_gives_the_terminal_back) {
    const auto daemon = start();
    on_terminal top(*daemon);
    ASSERT_TRUE(top.comes("q quits"));
    EXPECT_NE(top.seen().find(enters), std::string::npos);
    EXPECT_NE(top.seen().find("connected"), std::string::npos);
    EXPECT_FALSE(top.modes_are_as_before()) << "keys come at once";
    ASSERT_TRUE(top.comes("/s acquires")) << "rates from the second answer on";
    top.press('q');
    const int status = top.status();
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
    EXPECT_TRUE(top.comes(leaves));
    EXPECT_TRUE(top.modes_are_as_before());
}

TEST_F(top_on_a_terminal, gives_the_terminal_back_whatever_ends_it) {
    const auto daemon = start();
    for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGABRT}) {
        on_terminal top(*daemon);
        ASSERT_TRUE(top.comes("q quits"));
        if (number == SIGINT)
            top.press('\x03'); // as a person does it
        else
            ::kill(top.child(), number);
        const int status = top.status();
        EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == number) << number;
        EXPECT_TRUE(top.comes(leaves)) << number;
        EXPECT_TRUE(top.modes_are_as_before()) << number;
    }
}

TEST_F(top_on_a_terminal, gives_the_terminal_back_while_it_is_stopped) {
    const auto daemon = start();
    on_terminal top(*daemon);
    ASSERT_TRUE(top.comes("q quits"));
    top.forget();
    top.press('\x1a'); // Ctrl-Z
    EXPECT_TRUE(WIFSTOPPED(top.status(WUNTRACED)));
    EXPECT_TRUE(top.comes(leaves));
    EXPECT_TRUE(top.modes_are_as_before());
    top.forget();
    ::kill(top.child(), SIGCONT);
    EXPECT_TRUE(top.comes(enters));
    EXPECT_TRUE(top.comes("q quits"));
    top.press('q');
    EXPECT_EQ(top.status(), 0);
    EXPECT_TRUE(top.modes_are_as_before());
}

TEST_F(top_on_a_terminal, outlives_the_daemon_and_finds_the_next_one) {
    const auto daemon = start();
    on_terminal top(*daemon);
    ASSERT_TRUE(top.comes("q quits"));
    daemon->signal(SIGTERM);
    EXPECT_EQ(daemon->wait_exit(), 0);
    EXPECT_TRUE(top.comes("headspaced unreachable for"));
    EXPECT_TRUE(top.comes("retrying"));
    top.forget();
    daemon->start();
    EXPECT_TRUE(top.comes("healthy"));
    top.press('q');
    EXPECT_EQ(top.status(), 0);
}

TEST_F(top_on_a_terminal, follows_the_size_of_the_terminal) {
    const auto daemon = start();
    on_terminal top(*daemon, 200);
    ASSERT_TRUE(top.comes("q quits"));
    ASSERT_TRUE(top.comes("failed connects"));
    top.resize(30);
    EXPECT_TRUE(eventually([&] {
        top.forget();
        return top.comes("q quits") && top.seen().find("failed connects") == std::string::npos;
    }));
    top.press('q');
    EXPECT_EQ(top.status(), 0);
}
