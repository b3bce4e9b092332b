#include "problems/sqlstates.hpp"

#include <algorithm>
#include <array>

namespace headspace::problems {

namespace {

struct rule {
    std::string_view begins; // the SQLSTATE
    bool login_heals = false;
    bool query_heals = false;
    bool ends = false;
};

// The first that fits counts: a refused protocol stays refused until somebody changes it, though
// its class is the one of broken connections.
constexpr auto rules = std::to_array<rule>({
    {"08P01", false, false, true},
    {"08", true, false, true},
    {"25006", true, false, false},
    {"25P03", false, false, true},
    {"40001", true, true, false},
    {"40P01", true, true, false},
    {"40", true, false, false},
    {"53", true, false, false},
    {"55P03", true, true, false},
    {"57P", true, false, true},
    {"57", true, false, false},
    {"58", true, false, false},
    {"XX", true, false, false},
});

constexpr auto states = [] {
    std::array<std::string_view, rules.size()> all{};
    for (std::size_t i = 0; i < rules.size(); ++i)
        all[i] = rules[i].begins;
    return all;
}();

rule rule_of(std::string_view sqlstate) {
    const auto found = std::find_if(rules.begin(), rules.end(),
                                    [&](const rule& r) { return sqlstate.starts_with(r.begins); });
    return found == rules.end() ? rule{} : *found;
}

} // namespace

error_class classify_connect(std::string_view sqlstate) {
    return rule_of(sqlstate).login_heals ? error_class::retry : error_class::unavailable;
}

error_class classify_query(std::string_view sqlstate) {
    return rule_of(sqlstate).query_heals ? error_class::retry : error_class::refuse;
}

bool ends_session(std::string_view sqlstate) {
    return rule_of(sqlstate).ends;
}

std::span<const std::string_view> classified_states() noexcept {
    return states;
}

} // namespace headspace::problems
