// How long a program runs.
#pragma once

#include "support/process.hpp"

#include <string>
#include <vector>

namespace headspace::bench {

/// Seconds until the child has ended, awaited without polling. Throws std::runtime_error with what
/// it said when it fails.
double seconds_of(const std::vector<std::string>& argv, test::process_options options = {});

double median(std::vector<double> of);

} // namespace headspace::bench
