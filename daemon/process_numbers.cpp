#include "daemon/process_numbers.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sys/resource.h>
#include <system_error>
#include <unistd.h>

namespace headspace::daemon {

namespace {

double seconds(const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
}

std::uint64_t open_descriptors() {
    std::error_code ec;
    const std::filesystem::directory_iterator all("/proc/self/fd", ec);
    if (ec)
        return 0;
    // One of them is the look itself.
    const auto count = std::distance(begin(all), end(all));
    return count > 0 ? static_cast<std::uint64_t>(count) - 1 : 0;
}

} // namespace

process_numbers read_process_numbers() {
    process_numbers out;
    rusage used{};
    if (::getrusage(RUSAGE_SELF, &used) == 0)
        out.cpu_seconds = seconds(used.ru_utime) + seconds(used.ru_stime);
    const auto page = static_cast<std::uint64_t>(std::max(::sysconf(_SC_PAGESIZE), 0L));
    std::ifstream statm("/proc/self/statm");
    std::uint64_t total = 0;
    std::uint64_t resident = 0;
    if (statm >> total >> resident) {
        out.virtual_bytes = total * page;
        out.resident_bytes = resident * page;
    }
    out.open_descriptors = open_descriptors();
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) == 0)
        out.most_descriptors = limit.rlim_cur;
    return out;
}

} // namespace headspace::daemon
