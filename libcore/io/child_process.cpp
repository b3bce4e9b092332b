#include "io/child_process.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <grp.h>
#include <limits>
#include <pwd.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>

namespace headspace::io {

namespace {

class descriptor {
public:
    explicit descriptor(int fd = -1) : fd_(fd) {}
    descriptor(descriptor&& other) noexcept : fd_(other.release()) {}
    descriptor& operator=(descriptor&& other) noexcept {
        reset(other.release());
        return *this;
    }
    ~descriptor() { reset(); }
    [[nodiscard]] int get() const { return fd_; }
    int release() { return std::exchange(fd_, -1); }
    void reset(int fd = -1) {
        if (fd_ >= 0)
            ::close(fd_);
        fd_ = fd;
    }

private:
    int fd_;
};

std::string reason(int number) {
    return std::error_code(number, std::generic_category()).message();
}

// What the child needs, made before the fork: after it only async-signal-safe calls are allowed.
struct plan {
    std::vector<char*> argv;
    std::vector<char*> environment;
    const account* run_as = nullptr;
    const char* directory = nullptr;
    mode_t mask = 0;
    int death_signal = 0;
    int output = -1;
    int null = -1;
    int report = -1;
    pid_t parent = 0;
};

constexpr std::array steps{"redirect the output of", "change the user of", "set up",
                           "enter the folder of", "execute"};
enum step : int { redirecting, changing_user, setting_up, entering, executing };

struct failure {
    int where;
    int number;
};

[[noreturn]] void give_up(int report, step where) {
    const failure told{where, errno};
    [[maybe_unused]] const auto written = ::write(report, &told, sizeof told);
    ::_exit(127);
}

[[noreturn]] void become_child(const plan& p) {
    struct sigaction standard {};
    standard.sa_handler = SIG_DFL;
    for (int number = 1; number < NSIG; ++number)
        ::sigaction(number, &standard, nullptr);
    sigset_t none;
    sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);

    ::setsid();
    ::umask(p.mask);
    if (::dup2(p.null, 0) < 0 || ::dup2(p.output, 1) < 0 || ::dup2(p.output, 2) < 0)
        give_up(p.report, redirecting);
    if (p.run_as != nullptr &&
        (::setgroups(p.run_as->groups.size(), p.run_as->groups.data()) != 0 ||
         ::setresgid(p.run_as->gid, p.run_as->gid, p.run_as->gid) != 0 ||
         ::setresuid(p.run_as->uid, p.run_as->uid, p.run_as->uid) != 0))
        give_up(p.report, changing_user);
    // After the change of user, which clears it. The parent may be gone already, and then nothing
    // would ever come.
    if (p.death_signal != 0 &&
        ::prctl(PR_SET_PDEATHSIG, static_cast<unsigned long>(p.death_signal), 0UL, 0UL, 0UL) != 0)
        give_up(p.report, setting_up);
    if (::getppid() != p.parent)
        ::_exit(127);
    if (::chdir(p.directory) != 0)
        give_up(p.report, entering);
    // Whatever some library opened without O_CLOEXEC stays here; older kernels lack the flag.
    ::close_range(3, std::numeric_limits<unsigned>::max(), CLOSE_RANGE_CLOEXEC);
    ::execve(p.argv[0], p.argv.data(), p.environment.data());
    give_up(p.report, executing);
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
    std::vector<char*> all;
    all.reserve(texts.size() + 1);
    for (std::string& text : texts)
        all.push_back(text.data());
    all.push_back(nullptr);
    return all;
}

// A SIGCHLD that is ignored (inherited from whoever started us) makes the kernel collect children
// itself, and their status is lost.
void keep_exit_statuses() {
    struct sigaction now {};
    if (::sigaction(SIGCHLD, nullptr, &now) == 0 && now.sa_handler == SIG_IGN) {
        now.sa_handler = SIG_DFL;
        ::sigaction(SIGCHLD, &now, nullptr);
    }
}

bool make_pipe(descriptor& reading, descriptor& writing) {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0)
        return false;
    reading.reset(ends[0]);
    writing.reset(ends[1]);
    return true;
}

exit_status decode(int raw) {
    exit_status status;
    if (WIFSIGNALED(raw))
        status.signal = WTERMSIG(raw);
    else
        status.code = WEXITSTATUS(raw);
    return status;
}

error system_error(const std::string& what, int number) {
    return make_error(errc::io_failed, error_class::retry, what + ": " + reason(number));
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
    descriptor report;
    descriptor report_end;
    descriptor null(::open("/dev/null", O_RDWR | O_CLOEXEC));
    if (!make_pipe(output, output_end) || !make_pipe(report, report_end) || null.get() < 0)
        return system_error("cannot start " + program, errno);

    plan p;
    p.argv = pointers(options.argv);
    p.environment = pointers(options.environment);
    p.run_as = options.run_as ? &*options.run_as : nullptr;
    p.directory = options.directory.c_str();
    p.mask = options.umask;
    p.death_signal = options.death_signal;
    p.output = output_end.get();
    p.null = null.get();
    p.report = report_end.get();
    p.parent = ::getpid();
    keep_exit_statuses();

    // No handler of ours may run in the child before it has reset them.
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &before);
    const pid_t pid = ::fork();
    if (pid == 0)
        become_child(p);
    const int fork_error = errno;
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
    if (pid < 0)
        return system_error("cannot start " + program, fork_error);

    auto s = std::make_shared<state>(executor, pid); // from here the child is always collected
    output_end.reset();
    report_end.reset();
    failure told{};
    ssize_t n = 0;
    do
        n = ::read(report.get(), &told, sizeof told); // ends at once: exec closes the other end
    while (n < 0 && errno == EINTR);
    if (n == sizeof told)
        return system_error(
            "cannot " + std::string(steps.at(static_cast<std::size_t>(told.where))) + " " + program,
            told.number);

    descriptor ended(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
    if (ended.get() < 0)
        return system_error("cannot watch " + program, errno);
    ::fcntl(ended.get(), F_SETFD, FD_CLOEXEC);
    s->on_line = std::move(options.on_line);
    s->line_limit = std::max<std::size_t>(1, options.line_limit);
    s->output.assign(output.release());
    s->output.non_blocking(true);
    s->ended.assign(ended.release());
    asio::co_spawn(executor, state::read_output(s), asio::detached);
    asio::co_spawn(executor, state::watch(s), asio::detached);
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
    co_return *s->status;
}

namespace {

result<account> from_entry(int number, const passwd* entry, const std::string& who) {
    if (entry == nullptr)
        return make_error(errc::io_failed, error_class::refuse,
                          number != 0 ? who + ": " + reason(number) : "there is no " + who);
    account found{entry->pw_name, entry->pw_uid, entry->pw_gid, std::vector<gid_t>(16)};
    int count = static_cast<int>(found.groups.size());
    while (::getgrouplist(entry->pw_name, entry->pw_gid, found.groups.data(), &count) < 0)
        found.groups.resize(std::max(static_cast<std::size_t>(count), found.groups.size() * 2));
    found.groups.resize(static_cast<std::size_t>(count));
    return found;
}

} // namespace

result<account> find_account(const std::string& name) {
    std::vector<char> buffer(16384);
    passwd entry{};
    passwd* found = nullptr;
    const int number = ::getpwnam_r(name.c_str(), &entry, buffer.data(), buffer.size(), &found);
    return from_entry(number, found, "user '" + name + "'");
}

result<account> find_account(uid_t uid) {
    std::vector<char> buffer(16384);
    passwd entry{};
    passwd* found = nullptr;
    const int number = ::getpwuid_r(uid, &entry, buffer.data(), buffer.size(), &found);
    return from_entry(number, found, "user with the id " + std::to_string(uid));
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
