// What `db check` finds between the files and the ledger, and how it says what the catalogues do
// not share. Pure.
#pragma once

#include "migrate/ledger_row.hpp"
#include "revisions/directory.hpp"
#include "schema/diff.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace headspace::migrate {

enum class finding_kind : std::uint8_t {
    pending,
    out_of_order,
    edited,
    unfinished, // half applied or half reverted
    gone,       // applied, and without a file
    several_heads,
    drift,     // the database is not what the migrations say
    roundtrip, // a down does not restore what was before its up
    unmodelled,
};

[[nodiscard]] std::string_view to_string(finding_kind kind) noexcept;

/// One line for people, and what scripts look at.
struct finding {
    finding_kind what = finding_kind::pending;
    std::string text;
    std::string revision;
    std::string file;
    std::string diff; // edited: as of edit_diff(); drift of several lines: from what is
};

/// In the order of the graph; rows of edited files should have their stored texts.
[[nodiscard]] std::vector<finding> compare_with_ledger(const revisions::directory& files,
                                                       const ledger_state& ledger);

/// Takes these tables of `live` ({schema, name}) and all that goes with them out of what `d` finds
/// to be too much.
void leave_out(schema::difference& d, const schema::catalogue& live,
               const std::vector<std::vector<std::string>>& tables);

/// `all` without these tables and what goes with them; all of it when something else needs them.
[[nodiscard]] schema::catalogue without(const schema::catalogue& all,
                                        const std::vector<std::vector<std::string>>& tables);

/// One for each line of schema::explain(): `from` is what is, `to` what the migrations say. What
/// has several lines, a function's body for instance, becomes one line and a diff.
[[nodiscard]] std::vector<finding> drift_findings(const schema::difference& d);

/// Objects that no rule knows, on either side.
[[nodiscard]] std::vector<std::string> unmodelled_names(const schema::catalogue& a,
                                                        const schema::catalogue& b);

/// Equal for catalogues that compare() finds equal, and as good as never for others.
[[nodiscard]] std::string fingerprint(const schema::catalogue& c);

} // namespace headspace::migrate
