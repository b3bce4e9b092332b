#include "schema/types.hpp"

#include <algorithm>

namespace headspace::schema {

std::vector<std::string> literals(std::string_view list) {
    std::vector<std::string> all;
    std::size_t at = 0;
    while (at < list.size()) {
        const std::size_t begin = at;
        const bool escapes = list[at] == 'E';
        for (at += escapes ? 2 : 1; at < list.size(); ++at) {
            if (escapes && list[at] == '\\')
                ++at;
            else if (list[at] == '\'' && at + 1 < list.size() && list[at + 1] == '\'')
                ++at;
            else if (list[at] == '\'')
                break;
        }
        at = std::min(at + 1, list.size());
        all.emplace_back(list.substr(begin, at - begin));
        at += 2; // the comma and the blank
    }
    return all;
}

bool retyped(const change& c) {
    if (c.before->id.what == kind::domain)
        return c.attributes.contains("base") || c.attributes.contains("collation");
    if (c.before->id.what != kind::enum_type)
        return false;
    // In place values can only be added: the old ones must stay, in their order.
    const auto after = literals(c.after->get("labels"));
    auto next = after.begin();
    for (const std::string& label : literals(c.before->get("labels"))) {
        next = std::find(next, after.end(), label);
        if (next == after.end())
            return true;
        ++next;
    }
    return false;
}

std::string old_name(const fact_id& type) {
    constexpr std::size_t longest = 63;
    constexpr std::string_view suffix = "__old";
    return type.path[1].substr(0, longest - suffix.size()) + std::string(suffix);
}

bool reshaped(const change& of) {
    if (of.before->id.what == kind::column)
        return of.attributes.contains("type") || of.attributes.contains("collation");
    return retyped(of);
}

} // namespace headspace::schema
