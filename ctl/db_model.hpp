// --model-url: a database that is the declared model. Its password is seen nowhere.
#pragma once

#include "base/error.hpp"
#include "base/secret.hpp"

#include <string>

namespace headspace::ctl {

struct context;

/// What --model-url says: a URL, `-` for the first line of standard input, or `env:NAME`. Errors:
/// usage; what was given is not repeated.
result<secret> read_model_url(context& ctx, const std::string& given);

/// Overwrites the values of options and commands that take a URL, so that `ps` does not show them.
void blank_url_arguments(int argc, char** argv);

/// The user that a URL without one means.
std::string operating_system_user();

} // namespace headspace::ctl
