// What the kernel says of this process, for the metrics named process_*.
#pragma once

#include <cstdint>

namespace headspace::daemon {

struct process_numbers {
    double cpu_seconds = 0;
    std::uint64_t resident_bytes = 0;
    std::uint64_t virtual_bytes = 0;
    std::uint64_t open_descriptors = 0;
    std::uint64_t most_descriptors = 0; // the soft limit
};

/// From getrusage(2), getrlimit(2), /proc/self/statm and /proc/self/fd, which are there under
/// ProcSubset=pid too; 0 where the kernel does not say.
process_numbers read_process_numbers();

} // namespace headspace::daemon
