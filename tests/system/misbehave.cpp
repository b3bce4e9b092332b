// Preloaded into headspaced by tests/system: makes its event loop block, or its memory grow, when a
// file /run/misbehave/block.PID or /run/misbehave/eat.PID appears. So the product needs no route
// that does such things.
#include <cstdlib>
#include <cstring>
#include <dlfcn.h>
#include <string>
#include <sys/epoll.h>
#include <unistd.h>

namespace {

bool told_to(const char* what) {
    const std::string file =
        std::string("/run/misbehave/") + what + "." + std::to_string(::getpid());
    return ::access(file.c_str(), F_OK) == 0;
}

void block() {
    for (;;)
        ::pause();
}

void eat() {
    constexpr std::size_t piece = 16U * 1024 * 1024;
    for (int i = 0; i < 40; ++i) // more than MemoryMax=
        if (void* memory = std::malloc(piece))
            std::memset(memory, 1, piece);
}

} // namespace

extern "C" int epoll_wait(int fd, epoll_event* events, int most, int timeout) {
    using function = int (*)(int, epoll_event*, int, int);
    static const auto real = reinterpret_cast<function>(::dlsym(RTLD_NEXT, "epoll_wait"));
    if (told_to("block"))
        block();
    if (told_to("eat"))
        eat();
    return real(fd, events, most, timeout);
}
