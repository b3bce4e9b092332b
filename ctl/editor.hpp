// The person's own editor.
#pragma once

#include "base/error.hpp"

#include <filesystem>

namespace headspace::ctl {

struct context;

/// Runs $VISUAL, else $EDITOR, through the shell (they may have options), on the terminal that we
/// have, until it ends. Errors: usage when neither is set, io_failed when it cannot be run or does
/// not end with 0.
result<void> run_editor(context& ctx, const std::filesystem::path& file);

} // namespace headspace::ctl
