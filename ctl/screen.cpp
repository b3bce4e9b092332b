#include "ctl/screen.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <poll.h>
#include <string_view>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

namespace headspace::ctl {

namespace {

// Alternate screen and no cursor, and the way back: xterm's private modes 1049 and 25.
constexpr std::string_view enter_text = "\x1b[?1049h\x1b[?25l\x1b[2J";
constexpr std::string_view leave_text = "\x1b[?25h\x1b[?1049l";

constexpr std::array ending_signals{SIGINT,  SIGTERM, SIGHUP, SIGQUIT,
                                    SIGABRT, SIGSEGV, SIGBUS, SIGFPE};

// What the handlers need: they may only call what is async-signal-safe (tcsetattr and write are).
termios before_us{};
termios during_us{};
bool keyboard = false;
volatile std::sig_atomic_t shown = 0;

void put(std::string_view text) noexcept {
    while (!text.empty()) {
        const ssize_t n = ::write(STDOUT_FILENO, text.data(), text.size());
        if (n < 0 && errno != EINTR)
            return; // the terminal is gone
        if (n > 0)
            text.remove_prefix(static_cast<std::size_t>(n));
    }
}

void enter() noexcept {
    shown = 1;
    if (keyboard)
        ::tcsetattr(STDIN_FILENO, TCSANOW, &during_us);
    put(enter_text);
}

void leave() noexcept {
    if (shown == 0)
        return;
    shown = 0;
    put(leave_text);
    if (keyboard)
        ::tcsetattr(STDIN_FILENO, TCSANOW, &before_us);
}

extern "C" void end_by(int number) {
    leave();
    ::raise(number); // SA_RESETHAND: the default now
}

extern "C" void stop_by(int) {
    const int saved = errno;
    leave();
    ::raise(SIGSTOP);
    enter(); // continued
    errno = saved;
}

extern "C" void wake_up(int) {} // poll() returns

class terminal_screen final : public screen {
public:
    terminal_screen() {
        keyboard = ::isatty(STDIN_FILENO) == 1 && ::tcgetattr(STDIN_FILENO, &before_us) == 0;
        during_us = before_us;
        during_us.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO);
        during_us.c_cc[VMIN] = 1;
        during_us.c_cc[VTIME] = 0;
        // From here on there is something to put back.
        for (std::size_t i = 0; i < ending_signals.size(); ++i)
            handle(ending_signals[i], end_by, SA_RESETHAND, before_[i]);
        handle(SIGTSTP, stop_by, SA_RESTART, before_stop_);
        handle(SIGWINCH, wake_up, 0, before_resize_);
        enter();
    }
    ~terminal_screen() override {
        leave();
        for (std::size_t i = 0; i < ending_signals.size(); ++i)
            ::sigaction(ending_signals[i], &before_[i], nullptr);
        ::sigaction(SIGTSTP, &before_stop_, nullptr);
        ::sigaction(SIGWINCH, &before_resize_, nullptr);
    }
    terminal_screen(const terminal_screen&) = delete;
    terminal_screen& operator=(const terminal_screen&) = delete;

    [[nodiscard]] screen_size size() const override {
        winsize seen{};
        if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &seen) != 0 || seen.ws_col == 0 || seen.ws_row == 0)
            return {80, 24};
        return {seen.ws_col, seen.ws_row};
    }

    void show(const std::vector<std::string>& lines) override {
        // One write, each line's rest erased behind it: nothing flickers.
        std::string out = "\x1b[H";
        for (std::size_t i = 0; i < lines.size(); ++i)
            out += (i == 0 ? "" : "\r\n") + lines[i] + "\x1b[K";
        put(out + "\x1b[J");
    }

    char wait(duration limit) override {
        pollfd keys{keyboard && !input_ended_ ? STDIN_FILENO : -1, POLLIN, 0};
        const auto ms = std::chrono::ceil<std::chrono::milliseconds>(limit).count();
        const int ready = ::poll(&keys, 1, static_cast<int>(std::clamp<long>(ms, 0, 60'000)));
        if (ready <= 0)
            return '\0';
        char key = '\0';
        const ssize_t n = ::read(STDIN_FILENO, &key, 1);
        input_ended_ = n == 0 || (n < 0 && errno != EINTR && errno != EAGAIN);
        return n == 1 ? key : '\0';
    }

private:
    static void handle(int number, void (*handler)(int), int flags, struct sigaction& before) {
        struct sigaction action = {};
        action.sa_handler = handler;
        action.sa_flags = flags;
        ::sigaction(number, &action, &before);
        if (before.sa_handler == SIG_IGN) // as nohup wants it
            ::sigaction(number, &before, nullptr);
    }

    std::array<struct sigaction, ending_signals.size()> before_{};
    struct sigaction before_stop_ = {};
    struct sigaction before_resize_ = {};
    bool input_ended_ = false;
};

} // namespace

std::unique_ptr<screen> open_terminal_screen() {
    return std::make_unique<terminal_screen>();
}

} // namespace headspace::ctl
