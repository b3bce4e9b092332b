#include "bench/seconds_of.hpp"

#include "support/temp_directory.hpp"

#include <algorithm>
#include <cerrno>
#include <stdexcept>
#include <sys/wait.h>

namespace headspace::bench {

double seconds_of(const std::vector<std::string>& argv, test::process_options options) {
    const test::temp_directory scratch;
    options.output = scratch.path() / "output";
    const time_point start = clock::now();
    const pid_t child = test::spawn(argv, options);
    int status = 0;
    while (::waitpid(child, &status, 0) < 0)
        if (errno != EINTR)
            throw std::runtime_error("cannot wait for " + argv.front());
    const double took = std::chrono::duration<double>(clock::now() - start).count();
    if (status != 0)
        throw std::runtime_error(argv.front() + " failed: " + test::read_file(options.output));
    return took;
}

double median(std::vector<double> of) {
    if (of.empty())
        return 0;
    std::sort(of.begin(), of.end());
    const std::size_t middle = of.size() / 2;
    return of.size() % 2 == 1 ? of[middle] : (of[middle - 1] + of[middle]) / 2;
}

} // namespace headspace::bench
