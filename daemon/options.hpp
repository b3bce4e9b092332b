// headspaced's command line.
#pragma once

#include "config/combine.hpp"

#include <optional>
#include <string>

namespace headspace::daemon {

struct options {
    config::request request;
    bool check_config = false;
    bool print_config = false;
    bool probe = false;
    /// --help, --version or a wrong option: what to print, and how to end.
    struct ending {
        std::string text;
        bool to_stderr = false;
        int status = 0; // 1 for a wrong option; 78 is for the configuration
    };
    std::optional<ending> end;
};

[[nodiscard]] options parse_options(int argc, const char* const* argv);

} // namespace headspace::daemon
