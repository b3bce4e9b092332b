#include "sd/kept_text.hpp"

#include "sd/notify.hpp"

#include <cstdlib>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace headspace::sd {

kept_text::kept_text(std::optional<int> passed) {
    if (passed) {
        fd_ = *passed;
        return;
    }
    if (std::getenv("NOTIFY_SOCKET") == nullptr) // NOLINT(concurrency-mt-unsafe)
        return;
    const std::string called(name);
    fd_ = ::memfd_create(called.c_str(), MFD_CLOEXEC);
    if (fd_ >= 0)
        notify("FDSTORE=1\nFDNAME=" + called, fd_);
}

kept_text::~kept_text() {
    if (fd_ >= 0)
        ::close(fd_);
}

kept_text::kept_text(kept_text&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

kept_text& kept_text::operator=(kept_text&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
}

std::string kept_text::read() const {
    struct stat info {};
    if (fd_ < 0 || ::fstat(fd_, &info) != 0 || info.st_size <= 0)
        return {};
    std::string text(static_cast<std::size_t>(info.st_size), '\0');
    const ssize_t count = ::pread(fd_, text.data(), text.size(), 0);
    text.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
    return text;
}

void kept_text::write(std::string_view text) noexcept {
    if (fd_ < 0)
        return;
    // What cannot be kept is only forgotten.
    const ssize_t count = ::pwrite(fd_, text.data(), text.size(), 0);
    if (count >= 0)
        (void)!::ftruncate(fd_, count);
}

void kept_text::forget() noexcept {
    if (fd_ < 0)
        return;
    notify("FDSTOREREMOVE=1\nFDNAME=" + std::string(name));
    ::close(std::exchange(fd_, -1));
}

} // namespace headspace::sd
