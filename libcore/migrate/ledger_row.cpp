#include "migrate/ledger_row.hpp"

#include "revisions/formats/format.hpp"

#include <set>

namespace headspace::migrate {

std::string_view to_string(row_state state) noexcept {
    switch (state) {
    case row_state::applied:
        return "applied";
    case row_state::stamped:
        return "stamped";
    case row_state::partial:
        return "partial";
    case row_state::reverting:
        return "reverting";
    }
    return "";
}

std::vector<std::string> current_heads(const std::vector<ledger_row>& rows) {
    std::set<std::string, std::less<>> followed;
    for (const ledger_row& row : rows)
        if (row.state != row_state::partial)
            followed.insert(row.parents.begin(), row.parents.end());
    std::vector<std::string> heads;
    for (const ledger_row& row : rows)
        if (row.state != row_state::partial && !followed.contains(row.revision) &&
            !revisions::is_repeatable(row.revision))
            heads.push_back(row.revision);
    return heads;
}

} // namespace headspace::migrate
