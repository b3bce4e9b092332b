// What each problem code and each SQLSTATE means to a person: `headspacectl explain`, and the hints
// of the daemon, which are made from the same rows. Pure data.
#pragma once

#include "problems/problems.hpp"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace headspace::problems {

/// One row. Lists hold one item a line.
struct explanation {
    std::string_view name;    // "lock-timeout", "28P01", or a class of SQLSTATEs: "53", "57P"
    std::string_view meaning; // a sentence or two
    std::string_view causes;
    std::string_view fixes;      // exact commands and configuration keys
    std::string_view heals;      // how headspaced mends it without anybody; "": it does not
    std::string_view title = {}; // of a SQLSTATE; a problem code has its own in the catalogue
    exit_code exit = exit_no;    // the same
};

enum class explained_kind { problem, sqlstate, sqlstate_class };

/// A row with everything filled in.
struct explained {
    explained_kind kind = explained_kind::problem;
    std::string name; // as it was found: a class for a SQLSTATE that has no row of its own
    std::string title;
    std::string meaning;
    std::vector<std::string> causes;
    std::vector<std::string> fixes;
    std::string heals;
    exit_code exit = exit_no;
};

/// By the name of a problem code, or a SQLSTATE in either case; a SQLSTATE without a row of its own
/// is explained by its class. Nothing when neither is known.
[[nodiscard]] std::optional<explained> explain(std::string_view name);

/// All of them: the problem codes in the order of the catalogue, then the SQLSTATEs.
[[nodiscard]] std::vector<explained> explain_all();

/// The nearest name that can be explained, or "".
[[nodiscard]] std::string nearest_explained(std::string_view name);

/// What the exit code of headspacectl says.
[[nodiscard]] std::string_view meaning_of(exit_code exit) noexcept;

// The rows, a file each.
[[nodiscard]] std::span<const explanation> service_explanations() noexcept;
[[nodiscard]] std::span<const explanation> migration_explanations() noexcept;
[[nodiscard]] std::span<const explanation> sqlstate_explanations() noexcept;

} // namespace headspace::problems
