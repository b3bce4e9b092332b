// Preloaded into a daemon under test: getaddrinfo answers from the file that TEST_RESOLVER names,
// read anew at each call. A line is a name and an address, or a name and "silent": that lookup
// never returns, as with a name server that is not there. Other names go to the system.
#include <cstdlib>
#include <dlfcn.h>
#include <fstream>
#include <netdb.h>
#include <string>
#include <unistd.h>

namespace {

std::string answer_for(const std::string& wanted) {
    const char* file = std::getenv("TEST_RESOLVER");
    std::ifstream lines(file != nullptr ? file : "");
    for (std::string name, address; lines >> name >> address;)
        if (name == wanted)
            return address;
    return "";
}

} // namespace

extern "C" int getaddrinfo(const char* name, const char* service, const addrinfo* hints,
                           addrinfo** found) {
    using function = decltype(&getaddrinfo);
    static const auto real = reinterpret_cast<function>(dlsym(RTLD_NEXT, "getaddrinfo"));
    const std::string answer = name != nullptr ? answer_for(name) : "";
    while (answer == "silent")
        pause();
    return real(answer.empty() ? name : answer.c_str(), service, hints, found);
}
