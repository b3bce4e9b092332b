// In place of the module when HEADSPACE_LINT is off.
#include "lint/lint.hpp"

namespace headspace::lint {

std::string_view name_of(severity) {
    return "note";
}

std::string finding::message() const {
    return subject.empty() ? why : subject + ": " + why;
}

bool available() noexcept {
    return false;
}

std::vector<rule_summary> all_rules() {
    return {};
}

result<std::vector<finding>> check(std::span<const input>, const options&) {
    return make_error(errc::usage, error_class::refuse,
                      "this headspacectl was built without the linter",
                      "build it with -DHEADSPACE_LINT=ON, which needs libpg_query");
}

result<std::vector<finding>> check(const revisions::graph&, const options& how) {
    return check(std::span<const input>(), how);
}

} // namespace headspace::lint
