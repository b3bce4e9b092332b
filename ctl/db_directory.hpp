// Which migrations directory a verb of `db` means.
#pragma once

#include "base/error.hpp"
#include "revisions/directory.hpp"

#include <filesystem>
#include <functional>
#include <optional>
#include <string>

namespace headspace::ctl {

struct context;

struct directory_choice {
    std::filesystem::path path;
    std::string source; // "-d", "HEADSPACE_MIGRATIONS", "headspaced", "the working directory"
};

/// -d, else HEADSPACE_MIGRATIONS, else the daemon's own when it names one that is visible here,
/// else ./migrations. `daemon` is asked only when the first two are empty.
[[nodiscard]] directory_choice
choose_directory(const std::string& option, const std::string& variable,
                 const std::function<std::optional<std::string>()>& daemon);

/// The same with the context's option, environment and daemon; one that does not answer is passed
/// over.
[[nodiscard]] directory_choice migrations_directory(context& ctx);

/// Without the daemon: for `init`.
[[nodiscard]] directory_choice new_migrations_directory(context& ctx);

/// Reads it; says every problem through context::fail() and returns nothing when there are any.
[[nodiscard]] std::optional<revisions::directory> read_migrations(context& ctx,
                                                                  const directory_choice& where);

} // namespace headspace::ctl
