#include "schema/renames.hpp"

namespace headspace::schema {

result<rename_plan> plan_renames(const catalogue& /*from*/, const catalogue& /*to*/,
                                 const std::vector<stated_rename>& renames) {
    rename_plan plan;
    for (const stated_rename& r : renames)
        plan.notes.push_back(r.where + ": renames are not built yet, '" + r.from + "' stays");
    return plan;
}

} // namespace headspace::schema
