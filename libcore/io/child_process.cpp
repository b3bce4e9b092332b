#include "io/child_process.hpp"

#include "io/fork_exec.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <fcntl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>

namespace headspace::io {

namespace {

exit_status decode(int raw) {
    exit_status status;
    if (WIFSIGNALED(raw))
        status.signal = WTERMSIG(raw);
    else
        status.code = WEXITSTATUS(raw);
    return status;
}

} // namespace

struct child_process::state {
    state(const asio::any_io_executor& executor, pid_t child)
        : pid(child), output(executor), ended(executor) {}
    ~state() { kill_and_collect(); }

    pid_t pid;
    std::optional<exit_status> status;
    asio::posix::stream_descriptor output;
    asio::posix::stream_descriptor ended; // a pidfd
    std::function<void(std::string_view)> on_line;
    std::size_t line_limit = 0;
    std::string partial;
    std::vector<asio::steady_timer*> waiters;
    std::exception_ptr thrown;

    void hand_over(std::string_view line) const {
        if (on_line)
            on_line(line);
    }

    void take(std::string_view bytes) {
        for (const char c : bytes) {
            if (c != '\n')
                partial += c;
            if (c == '\n' || partial.size() >= line_limit) {
                hand_over(partial);
                partial.clear();
            }
        }
    }

    // Reads what is there; false at the end of the output. Bounded, since a grandchild may write
    // for ever.
    bool drain() {
        std::array<char, 4096> buffer{};
        for (int turn = 0; turn < 64 && output.is_open(); ++turn) {
            error_code ec;
            const std::size_t n = output.read_some(asio::buffer(buffer), ec);
            take({buffer.data(), n});
            if (ec == asio::error::would_block || ec == asio::error::interrupted)
                return true;
            if (ec)
                return false;
        }
        return output.is_open();
    }

    void flush() {
        if (!partial.empty())
            hand_over(std::exchange(partial, {}));
    }

    void collect(int options) {
        int raw = 0;
        pid_t got = 0;
        do
            got = ::waitpid(pid, &raw, options);
        while (got < 0 && errno == EINTR);
        if (got == 0)
            return;
        status = got == pid ? decode(raw) : exit_status{};
    }

    void kill_and_collect() {
        if (status)
            return;
        ::kill(-pid, SIGKILL);
        ::kill(pid, SIGKILL);
        collect(0);
    }

    void wake() {
        for (asio::steady_timer* waiter : waiters)
            waiter->cancel();
    }

    // An exception (of on_line, say): nobody here can be told, so the child is killed and wait()
    // throws it.
    void give_up(std::exception_ptr why) {
        if (!why)
            return;
        thrown = std::move(why);
        kill_and_collect();
        error_code ignored;
        output.close(ignored);
        ended.close(ignored);
        wake();
    }
    void check() const {
        if (thrown)
            std::rethrow_exception(thrown);
    }

    static asio::awaitable<void> read_output(std::shared_ptr<state> self) {
        for (bool more = true; more;) {
            const auto [ec] = co_await self->output.async_wait(
                asio::posix::stream_descriptor::wait_read, as_result);
            more = !ec && self->drain();
        }
        self->flush();
        error_code ignored;
        self->output.close(ignored);
    }

    static asio::awaitable<void> watch(std::shared_ptr<state> self) {
        while (!self->status) {
            const auto [ec] = co_await self->ended.async_wait(
                asio::posix::stream_descriptor::wait_read, as_result);
            if (ec)
                co_return; // the owner has gone, and its destructor collects
            self->collect(WNOHANG);
        }
        if (!self->drain())
            self->flush();
        self->wake();
        error_code ignored;
        self->ended.close(ignored);
    }
};

std::string exit_status::text() const {
    if (signal != 0)
        return "signal " + std::to_string(signal) + " (" + ::strsignal(signal) + ")";
    return "exit status " + std::to_string(code);
}

result<child_process> child_process::spawn(asio::any_io_executor executor, child_options options) {
    if (options.death_signal != 0 && ::syscall(SYS_gettid) != ::getpid())
        return make_error(errc::internal, error_class::bug,
                          "a child that dies with its parent was started from another thread than "
                          "the main one");
    const std::string program = options.argv.at(0);
    descriptor output;
    descriptor output_end;
    if (!make_pipe(output, output_end))
        return cannot("start", program, errno);
    const auto pid = fork_and_exec(options, output_end.get());
    if (!pid)
        return pid.error();
    output_end.reset();
    auto s = std::make_shared<state>(executor, *pid); // from here the child is always collected
    descriptor ended(static_cast<int>(::syscall(SYS_pidfd_open, *pid, 0)));
    if (ended.get() < 0)
        return cannot("watch", program, errno);
    ::fcntl(ended.get(), F_SETFD, FD_CLOEXEC);
    s->on_line = std::move(options.on_line);
    s->line_limit = std::max<std::size_t>(1, options.line_limit);
    s->output.assign(output.release());
    s->output.non_blocking(true);
    s->ended.assign(ended.release());
    const auto at_end = [s](std::exception_ptr thrown) {
        s->give_up(std::move(thrown));
    };
    asio::co_spawn(executor, state::read_output(s), at_end);
    asio::co_spawn(executor, state::watch(s), at_end);
    return child_process(std::move(s));
}

child_process::child_process(std::shared_ptr<state> s) : state_(std::move(s)) {}
child_process::child_process(child_process&&) noexcept = default;

child_process& child_process::operator=(child_process&& other) noexcept {
    if (this != &other) {
        child_process old(std::move(*this));
        state_ = std::move(other.state_);
    }
    return *this;
}

child_process::~child_process() {
    if (!state_)
        return;
    state_->on_line = nullptr; // what it would call may be gone
    state_->kill_and_collect();
    state_->wake();
    error_code ignored;
    state_->output.close(ignored);
    state_->ended.close(ignored);
}

pid_t child_process::pid() const noexcept {
    return state_->pid;
}

bool child_process::running() const noexcept {
    return !state_->status;
}

// Until its status is known the pid is ours, if only as a zombie's.
void child_process::signal(int number) noexcept {
    if (running())
        ::kill(state_->pid, number);
}

void child_process::signal_group(int number) noexcept {
    if (running())
        ::kill(-state_->pid, number);
}

namespace {

// On the list of waiters for as long as it lives.
class registration {
public:
    registration(std::vector<asio::steady_timer*>& list, asio::steady_timer& timer)
        : list_(list), timer_(&timer) {
        list_.push_back(timer_);
    }
    registration(const registration&) = delete;
    registration& operator=(const registration&) = delete;
    ~registration() { std::erase(list_, timer_); }

private:
    std::vector<asio::steady_timer*>& list_;
    asio::steady_timer* timer_;
};

} // namespace

asio::awaitable<std::optional<exit_status>> child_process::wait_for(duration longest) {
    const auto s = state_;
    asio::steady_timer timer(co_await asio::this_coro::executor);
    const registration registered(s->waiters, timer);
    if (!s->status) {
        timer.expires_after(std::chrono::duration_cast<clock::duration>(longest));
        co_await timer.async_wait(as_result);
    }
    s->check();
    co_return s->status;
}

asio::awaitable<exit_status> child_process::wait() {
    const auto s = state_;
    asio::steady_timer timer(co_await asio::this_coro::executor);
    const registration registered(s->waiters, timer);
    while (!s->status) {
        timer.expires_at(time_point::max());
        co_await timer.async_wait(as_result);
    }
    s->check();
    co_return *s->status;
}

std::vector<std::string> clean_environment() {
    std::vector<std::string> kept{"LC_MESSAGES=C"};
    const char* path = std::getenv("PATH");
    kept.push_back(std::string("PATH=") +
                   (path != nullptr ? path : "/usr/local/bin:/usr/bin:/bin"));
    for (const char* name : {"HOME", "TMPDIR", "LANG"})
        if (const char* value = std::getenv(name))
            kept.push_back(std::string(name) + "=" + value);
    return kept;
}

} // namespace headspace::io
