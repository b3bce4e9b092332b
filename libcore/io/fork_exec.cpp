#include "io/fork_exec.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <grp.h>
#include <limits>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <system_error>
#include <unistd.h>

namespace headspace::io {

namespace {

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

} // namespace

bool make_pipe(descriptor& reading, descriptor& writing) {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0)
        return false;
    reading.reset(ends[0]);
    writing.reset(ends[1]);
    return true;
}

error cannot(const std::string& what, const std::string& program, int number) {
    return make_error(errc::io_failed, error_class::retry,
                      "cannot " + what + " " + program + ": " +
                          std::error_code(number, std::generic_category()).message());
}

result<pid_t> fork_and_exec(child_options& options, int output) {
    const std::string program = options.argv.at(0);
    descriptor report;
    descriptor report_end;
    descriptor null(::open("/dev/null", O_RDWR | O_CLOEXEC));
    if (!make_pipe(report, report_end) || null.get() < 0)
        return cannot("start", program, errno);

    plan p;
    p.argv = pointers(options.argv);
    p.environment = pointers(options.environment);
    p.run_as = options.run_as ? &*options.run_as : nullptr;
    p.directory = options.directory.c_str();
    p.mask = options.umask;
    p.death_signal = options.death_signal;
    p.output = output;
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
        return cannot("start", program, fork_error);

    report_end.reset();
    failure told{};
    ssize_t n = 0;
    do
        n = ::read(report.get(), &told, sizeof told); // ends at once: exec closes the other end
    while (n < 0 && errno == EINTR);
    if (n != sizeof told)
        return pid;
    while (::waitpid(pid, nullptr, 0) < 0 && errno == EINTR)
        ;
    return cannot(steps.at(static_cast<std::size_t>(told.where)), program, told.number);
}

} // namespace headspace::io
