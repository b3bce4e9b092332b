// The command line as a whole: options, groups, exit codes.
#pragma once

#include "ctl/context.hpp"

#include <string>
#include <vector>

namespace headspace::ctl {

/// Parses `arguments` (without the program's name), runs the command and returns its exit code: 2
/// for wrong usage.
int run(std::vector<std::string> arguments, context& ctx);

/// The context's way to a real daemon: the socket that options and environment name.
result<std::unique_ptr<admin::caller>> connect_to_daemon(const global_options& options);

} // namespace headspace::ctl
