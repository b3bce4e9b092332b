#include "lint/parser.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <limits>
#include <poll.h>
#include <pthread.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

namespace headspace::lint {

namespace {

// Both directions: a head, then `size` bytes. Sender and receiver are the same program.
struct question {
    std::uint64_t size = 0;
};
struct answer {
    std::uint64_t size = 0;
    std::uint32_t position = 0;
    bool accepted = false;
};

bool read_all(int socket, void* into, std::size_t size) {
    auto* to = static_cast<char*>(into);
    while (size > 0) {
        const ssize_t n = ::recv(socket, to, size, 0);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        to += n;
        size -= static_cast<std::size_t>(n);
    }
    return true;
}

bool write_all(int socket, const void* from, std::size_t size) {
    const auto* at = static_cast<const char*>(from);
    while (size > 0) {
        const ssize_t n = ::send(socket, at, size, MSG_NOSIGNAL);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        at += n;
        size -= static_cast<std::size_t>(n);
    }
    return true;
}

struct child_work {
    int socket;
    parse_function parse;
};

void* serve(void* argument) {
    const auto& work = *static_cast<const child_work*>(argument);
    question asked;
    while (read_all(work.socket, &asked, sizeof asked)) {
        std::string sql(asked.size, '\0');
        if (!read_all(work.socket, sql.data(), sql.size()))
            break;
        const parsed said = work.parse(sql);
        const answer head{said.text.size(), said.position, said.accepted};
        if (!write_all(work.socket, &head, sizeof head) ||
            !write_all(work.socket, said.text.data(), said.text.size()))
            break;
    }
    return nullptr;
}

void limit(int which, std::size_t to) {
    struct rlimit now {};
    if (::getrlimit(static_cast<__rlimit_resource>(which), &now) != 0)
        return;
    now.rlim_cur = std::min<rlim_t>(now.rlim_max, to);
    ::setrlimit(static_cast<__rlimit_resource>(which), &now);
}

void bound_resources([[maybe_unused]] const limits& bounds) {
    limit(RLIMIT_CORE, 0);
    const auto seconds =
        std::chrono::ceil<std::chrono::seconds>(bounds.statement_timeout).count() * 60;
    limit(RLIMIT_CPU, static_cast<std::size_t>(seconds)); // should nobody be there to end it
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__) // which reserve terabytes
    limit(RLIMIT_AS, bounds.child_memory);
#endif
}

/// The trees of long expressions are written by recursion, so the parser gets a thread with a stack
/// as large as this system gives; the pages that it does not use cost nothing.
void serve_with_a_large_stack(child_work& work, std::size_t stack) {
    for (; stack >= (std::size_t{8} << 20); stack /= 2) {
        pthread_attr_t attributes;
        pthread_t thread{};
        ::pthread_attr_init(&attributes);
        ::pthread_attr_setstacksize(&attributes, stack);
        const int failed = ::pthread_create(&thread, &attributes, serve, &work);
        ::pthread_attr_destroy(&attributes);
        if (failed == 0) {
            ::pthread_join(thread, nullptr);
            return;
        }
    }
    serve(&work);
}

[[noreturn]] void become_child(int socket, parse_function parse, const limits& bounds,
                               pid_t parent) {
    ::prctl(PR_SET_PDEATHSIG, static_cast<unsigned long>(SIGKILL), 0UL, 0UL, 0UL);
    if (::getppid() != parent)
        ::_exit(0);
    for (const int number : {SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGILL, SIGTERM, SIGINT})
        ::signal(number, SIG_DFL); // a sanitizer's or a test's handler has no business here
    // The daemon's socket and whatever else is open stays the parent's alone.
    if (socket > 3)
        ::close_range(3, static_cast<unsigned>(socket) - 1, 0);
    ::close_range(static_cast<unsigned>(socket) + 1, std::numeric_limits<unsigned>::max(), 0);
    bound_resources(bounds);
    child_work work{socket, parse};
    serve_with_a_large_stack(work, bounds.child_stack);
    ::_exit(0);
}

/// Milliseconds for poll(); 0 when the time is over.
int left_until(time_point until) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - clock::now()).count();
    return static_cast<int>(std::clamp<std::int64_t>(left, 0, 3'600'000));
}

/// Whether the socket became ready in time; a hang-up is ready too, the next call tells.
bool wait_for(int socket, short events, time_point until) {
    for (;;) {
        pollfd one{socket, events, 0};
        const int n = ::poll(&one, 1, left_until(until));
        if (n >= 0 || errno != EINTR)
            return n > 0;
    }
}

} // namespace

parser::~parser() {
    stop();
}

bool parser::start() {
    std::array<int, 2> ends{};
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0)
        return false;
    const pid_t parent = ::getpid();
    const pid_t pid = ::fork();
    if (pid == 0) {
        ::close(ends[0]);
        become_child(ends[1], parse_, limits_, parent);
    }
    ::close(ends[1]);
    if (pid < 0) {
        ::close(ends[0]);
        return false;
    }
    child_ = pid;
    socket_ = ends[0];
    return true;
}

/// Ends the child, and says how it ended as waitpid() does; SIGKILL is ours unless it came first.
int parser::stop() {
    if (child_ < 0)
        return 0;
    ::close(socket_);
    ::kill(child_, SIGKILL);
    int status = 0;
    while (::waitpid(child_, &status, 0) < 0)
        if (errno != EINTR) {
            status = 0; // somebody ignores SIGCHLD: the kernel has collected it
            break;
        }
    child_ = -1;
    socket_ = -1;
    return status;
}

bool parser::send(std::string_view bytes, time_point until) const {
    while (!bytes.empty()) {
        if (!wait_for(socket_, POLLOUT, until))
            return false;
        const ssize_t n = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n < 0 && (errno == EINTR || errno == EAGAIN))
            continue;
        if (n <= 0)
            return false;
        bytes.remove_prefix(static_cast<std::size_t>(n));
    }
    return true;
}

bool parser::receive(char* into, std::size_t size, time_point until) const {
    while (size > 0) {
        if (!wait_for(socket_, POLLIN, until))
            return false;
        const ssize_t n = ::recv(socket_, into, size, MSG_DONTWAIT);
        if (n < 0 && (errno == EINTR || errno == EAGAIN))
            continue;
        if (n <= 0)
            return false;
        into += n;
        size -= static_cast<std::size_t>(n);
    }
    return true;
}

no_answer parser::explain(time_point until) {
    if (clock::now() >= until) {
        stop();
        return {"the parser took longer than " + format_duration(limits_.statement_timeout)};
    }
    // It has closed its end, so it is dying: how, is worth the moment until it has.
    siginfo_t ended{};
    while (::waitid(P_PID, static_cast<id_t>(child_), &ended, WEXITED | WNOWAIT) != 0 &&
           errno == EINTR)
        ;
    const int status = stop();
    if (WIFSIGNALED(status))
        return {"the parser was ended by signal " + std::to_string(WTERMSIG(status)) + " (" +
                ::strsignal(WTERMSIG(status)) + ")"};
    return {"the parser ended with exit status " + std::to_string(WEXITSTATUS(status))};
}

std::variant<parsed, no_answer> parser::parse(std::string_view sql) {
    if (child_ < 0 && !start())
        return no_answer{std::string("the parser could not be started: ") + std::strerror(errno)};
    const time_point until = clock::now() + limits_.statement_timeout;
    const question head{sql.size()};
    std::array<char, sizeof head> head_bytes{};
    std::memcpy(head_bytes.data(), &head, sizeof head);
    if (!send({head_bytes.data(), head_bytes.size()}, until) || !send(sql, until))
        return explain(until);
    answer reply;
    std::array<char, sizeof reply> reply_bytes{};
    if (!receive(reply_bytes.data(), reply_bytes.size(), until))
        return explain(until);
    std::memcpy(&reply, reply_bytes.data(), sizeof reply);
    if (reply.size > limits_.answer_size) {
        stop();
        return no_answer{"the statement's tree is too large to be looked at"};
    }
    parsed said;
    said.accepted = reply.accepted;
    said.position = reply.position;
    said.text.resize(reply.size);
    if (!receive(said.text.data(), said.text.size(), until))
        return explain(until);
    return said;
}

} // namespace headspace::lint
