#include "schema/plan.hpp"

#include "schema/diff.hpp"

namespace headspace::schema {

std::string_view to_string(lock_class l) {
    switch (l) {
    case lock_class::none:
        return "";
    case lock_class::share_update_exclusive:
        return "SHARE UPDATE EXCLUSIVE";
    case lock_class::share:
        return "SHARE";
    case lock_class::share_row_exclusive:
        return "SHARE ROW EXCLUSIVE";
    case lock_class::access_exclusive:
        return "ACCESS EXCLUSIVE";
    }
    return "";
}

result<schema_plan> plan_changes(const catalogue& from, const catalogue& to,
                                 const plan_options& /*options*/) {
    if (compare(from, to).empty())
        return schema_plan{};
    return make_error(errc::conflict_here, error_class::refuse,
                      "statements for these changes cannot be written yet");
}

} // namespace headspace::schema
