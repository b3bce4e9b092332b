#include "ctl/program.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <system_error>
#include <unistd.h>

namespace headspace::ctl {

namespace {

namespace fs = std::filesystem;

struct descriptor {
    int fd = -1;
    descriptor() = default;
    descriptor(const descriptor&) = delete;
    descriptor& operator=(const descriptor&) = delete;
    ~descriptor() { close(); }
    void close() {
        if (fd >= 0)
            ::close(fd);
        fd = -1;
    }
};

struct channel {
    descriptor read, write;
    bool open() {
        std::array<int, 2> ends{-1, -1};
        const bool made = ::pipe2(ends.data(), O_CLOEXEC) == 0;
        read.fd = ends[0];
        write.fd = ends[1];
        return made;
    }
};

std::string path_of(const std::string& name) {
    std::error_code ec;
    const fs::path here = fs::read_symlink("/proc/self/exe", ec).parent_path();
    std::vector<fs::path> places{here / name, here.parent_path() / "sbin" / name};
    const char* path = std::getenv("PATH");
    for (const std::string& folder : split(path == nullptr ? "/usr/bin:/bin" : path, ':'))
        if (folder.starts_with('/'))
            places.push_back(fs::path(folder) / name);
    for (const fs::path& place : places)
        if (::access(place.c_str(), X_OK) == 0 && !fs::is_directory(place, ec))
            return place.string();
    return {};
}

error failed(const std::string& name, const std::string& why) {
    return make_error(errc::io_failed, error_class::refuse, name + " " + why,
                      "install it, or add its folder to PATH");
}

int milliseconds_until(time_point until) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - clock::now()).count();
    return static_cast<int>(std::clamp<std::int64_t>(left, 0, 60'000));
}

/// What is there to be read; closes the end at its end.
void drain(descriptor& from, std::string& into) {
    std::array<char, 4096> buffer{};
    const ssize_t count = ::read(from.fd, buffer.data(), buffer.size());
    if (count > 0)
        into.append(buffer.data(), static_cast<std::size_t>(count));
    else if (count == 0 || errno != EINTR)
        from.close();
}

/// False when time was up before both ends were closed.
bool listen(channel& out, channel& err, program_outcome& heard, time_point until) {
    while (out.read.fd >= 0 || err.read.fd >= 0) {
        std::array<pollfd, 2> wanted{{{out.read.fd, POLLIN, 0}, {err.read.fd, POLLIN, 0}}};
        const int ready = ::poll(wanted.data(), wanted.size(), milliseconds_until(until));
        if (ready == 0 && clock::now() >= until)
            return false;
        if (ready > 0 && wanted[0].revents != 0)
            drain(out.read, heard.out);
        if (ready > 0 && wanted[1].revents != 0)
            drain(err.read, heard.err);
    }
    return true;
}

int wait_for(pid_t child) {
    int status = 0;
    while (::waitpid(child, &status, 0) < 0)
        if (errno != EINTR)
            return -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

} // namespace

result<program_outcome> run_program(const std::vector<std::string>& argv, duration limit) {
    const std::string& name = argv.front();
    const std::string path = path_of(name);
    if (path.empty())
        return failed(name, "was found neither beside headspacectl nor in PATH");
    channel out, err;
    if (!out.open() || !err.open())
        return failed(name, "cannot be listened to");
    posix_spawn_file_actions_t actions;
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    ::posix_spawn_file_actions_adddup2(&actions, out.write.fd, STDOUT_FILENO);
    ::posix_spawn_file_actions_adddup2(&actions, err.write.fd, STDERR_FILENO);
    std::vector<std::string> copies = argv;
    std::vector<char*> pointers;
    for (std::string& one : copies)
        pointers.push_back(one.data());
    pointers.push_back(nullptr);
    pid_t child = -1;
    const int reason =
        ::posix_spawn(&child, path.c_str(), &actions, nullptr, pointers.data(), environ);
    ::posix_spawn_file_actions_destroy(&actions);
    if (reason != 0)
        return failed(path, "cannot be run: " + std::generic_category().message(reason));
    out.write.close();
    err.write.close();
    program_outcome heard;
    const bool ended = listen(out, err, heard, clock::now() + limit);
    if (!ended)
        ::kill(child, SIGKILL);
    heard.status = wait_for(child);
    if (!ended)
        return make_error(errc::timed_out, error_class::retry,
                          path + " did not end within " + format_elapsed(limit));
    return heard;
}

} // namespace headspace::ctl
