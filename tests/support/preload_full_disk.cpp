// Preloaded into a PostgreSQL under test: while the file that TEST_FULL_DISK names exists, no file
// below base/ becomes longer (ENOSPC), as on a full disk. What it has it may overwrite.
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <dlfcn.h>
#include <string>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

namespace {

bool is_full(int file, off_t end) {
    const char* name = std::getenv("TEST_FULL_DISK");
    struct stat found {};
    if (name == nullptr || stat(name, &found) != 0 || fstat(file, &found) != 0 ||
        end <= found.st_size)
        return false;
    char path[4096];
    const ssize_t length =
        readlink(("/proc/self/fd/" + std::to_string(file)).c_str(), path, sizeof path - 1);
    if (length <= 0)
        return false;
    path[length] = '\0';
    return std::strstr(path, "/base/") != nullptr;
}

template<class Function>
Function real(const char* name) {
    return reinterpret_cast<Function>(dlsym(RTLD_NEXT, name));
}

} // namespace

extern "C" ssize_t pwrite(int file, const void* from, size_t length, off_t at) {
    static const auto call = real<ssize_t (*)(int, const void*, size_t, off_t)>("pwrite");
    if (is_full(file, at + static_cast<off_t>(length))) {
        errno = ENOSPC;
        return -1;
    }
    return call(file, from, length, at);
}

extern "C" ssize_t pwrite64(int file, const void* from, size_t length, off64_t at) {
    return pwrite(file, from, length, at);
}

extern "C" int posix_fallocate(int file, off_t at, off_t length) {
    static const auto call = real<int (*)(int, off_t, off_t)>("posix_fallocate");
    return is_full(file, at + length) ? ENOSPC : call(file, at, length);
}

extern "C" int posix_fallocate64(int file, off64_t at, off64_t length) {
    return posix_fallocate(file, at, length);
}
