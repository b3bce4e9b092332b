// One child process: started from the main thread, told when its parent dies, its output read line
// by line, its end always collected. Knows nothing of what it runs.
#pragma once

#include "base/error.hpp"
#include "base/time.hpp"
#include "io/account.hpp"
#include "io/asio.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <sys/types.h>
#include <vector>

namespace headspace::io {

struct child_options {
    std::vector<std::string> argv; // argv[0] is the path of the program
    /// The whole environment, NAME=VALUE: nothing is inherited.
    std::vector<std::string> environment;
    std::optional<account> run_as;
    std::string directory = "/";
    mode_t umask = 0077;
    /// What the child gets when this process dies, however it dies; 0: nothing. Linux sends it when
    /// the *thread* that started the child ends, hence "from the main thread".
    int death_signal = 0;
    /// Each line of the child's standard output and error, without its newline; called on the
    /// executor. Longer lines are handed over in pieces of `line_limit` bytes.
    std::function<void(std::string_view)> on_line;
    std::size_t line_limit = 8192;
};

struct exit_status {
    int code = 0;   // of exit(), meaningless when `signal` is not 0
    int signal = 0; // that ended the child

    [[nodiscard]] bool success() const { return code == 0 && signal == 0; }
    /// "exit status 1", "signal 9 (Killed)".
    [[nodiscard]] std::string text() const;
};

/// Not thread-safe: use it on its executor.
class child_process {
public:
    /// Errors: io_failed with the step and the system's reason (no such program, may not change the
    /// user, ...); `bug` when death_signal is wanted from another thread than the main one.
    static result<child_process> spawn(asio::any_io_executor executor, child_options options);

    child_process(child_process&&) noexcept;
    child_process& operator=(child_process&&) noexcept;
    /// A child that still runs is killed (its whole group, SIGKILL) and collected.
    ~child_process();

    [[nodiscard]] pid_t pid() const noexcept;
    [[nodiscard]] bool running() const noexcept;
    /// To the child alone, never to a recycled pid; nothing happens after its end.
    void signal(int number) noexcept;
    /// To the child's process group.
    void signal_group(int number) noexcept;

    /// Until the child has ended, was collected, and all output that it had written by then was
    /// handed over. Any number may wait. The coroutine keeps the child's state alive. Throws what
    /// on_line threw; the child was killed then.
    asio::awaitable<exit_status> wait();
    /// The same for at most `longest`; nothing when the child still runs then.
    asio::awaitable<std::optional<exit_status>> wait_for(duration longest);

private:
    struct state;
    explicit child_process(std::shared_ptr<state> s);
    std::shared_ptr<state> state_;
};

/// PATH and, where ours has them, HOME, TMPDIR and LANG; messages in English. Everything else stays
/// here: NOTIFY_SOCKET, LISTEN_*, WATCHDOG_*, DATABASE_* and PG* are nobody else's business.
std::vector<std::string> clean_environment();

} // namespace headspace::io
