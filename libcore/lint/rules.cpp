#include "lint/rules.hpp"

namespace headspace::lint {

const std::vector<const rule*>& rules() {
    static const std::vector<const rule*> all = [] {
        std::vector<const rule*> rows;
        for (const auto& some :
             {lock_rules(), breaking_rules(), correctness_rules(), style_rules()})
            for (const rule& one : some)
                rows.push_back(&one);
        return rows;
    }();
    return all;
}

std::vector<rule_summary> all_rules() {
    std::vector<rule_summary> rows;
    for (const rule* one : rules())
        rows.push_back({one->name, one->level, one->on_request, one->why});
    rows.push_back({syntax_error, severity::note, false,
                    "the parser of PostgreSQL 15 does not know the statement"});
    rows.push_back({not_checked, severity::note, false, "the statement is too large to look at"});
    rows.push_back({parser_failed, severity::error, false, "the parser failed"});
    return rows;
}

} // namespace headspace::lint
