// Other programs that headspacectl runs and listens to: headspaced --probe, systemctl.
#pragma once

#include "base/error.hpp"
#include "base/time.hpp"

#include <string>
#include <vector>

namespace headspace::ctl {

struct program_outcome {
    int status = 0; // 128 + signal when it was killed
    std::string out;
    std::string err;
};

/// Runs argv[0], a name that is looked for beside this program, in the folder sbin beside that,
/// then in PATH; standard input is empty. Errors: io_failed when there is none, or it cannot be
/// run; timed_out (it is killed).
result<program_outcome> run_program(const std::vector<std::string>& argv, duration limit);

} // namespace headspace::ctl
