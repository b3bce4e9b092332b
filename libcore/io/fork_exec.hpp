// The low half of child_process: descriptors, fork and exec. Nothing here waits for a child that
// runs.
#pragma once

#include "base/error.hpp"
#include "io/child_process.hpp"

#include <string>
#include <sys/types.h>
#include <utility>

namespace headspace::io {

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

/// Both ends are closed by exec.
bool make_pipe(descriptor& reading, descriptor& writing);

/// "cannot WHAT PROGRAM: reason" of a system error.
error cannot(const std::string& what, const std::string& program, int number);

/// The pid of a child that has begun to execute argv[0], its standard output and error going to
/// `output`. Errors: io_failed with the step that failed; the child is collected then.
result<pid_t> fork_and_exec(child_options& options, int output);

} // namespace headspace::io
