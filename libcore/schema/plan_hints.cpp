#include "schema/plan_hints.hpp"

#include <map>
#include <set>

namespace headspace::schema {

namespace {

// What must be equal for two things to be taken for one: their kind and place, and what they are.
std::string likeness(const fact& f, const std::map<fact_id, std::set<std::string>>& columns) {
    switch (f.id.what) {
    case kind::column:
        return "column of " + qualified(f.id.path) + " " + std::string(f.get("type"));
    case kind::table: {
        std::string all = "table " + qualified(f.id.path, 1);
        const auto found = columns.find(f.id);
        if (found == columns.end())
            return "";
        for (const std::string& column : found->second)
            all += "," + column;
        return all;
    }
    default:
        return "";
    }
}

std::map<fact_id, std::set<std::string>> columns_of(const catalogue& in) {
    std::map<fact_id, std::set<std::string>> all;
    for (const auto& [id, f] : in.facts)
        if (id.what == kind::column && f.has_parent)
            all[f.parent].insert(quote_name(id.path[2]) + " " + std::string(f.get("type")));
    return all;
}

} // namespace

std::vector<std::string> rename_hints(const difference& d, const plan_context& context) {
    const auto old_columns = columns_of(context.from);
    const auto new_columns = columns_of(context.to);
    std::multimap<std::string, const fact*> added;
    for (const fact* f : d.added)
        if (f->id.what == kind::table || !parent_is_new(*f, context))
            if (std::string alike = likeness(*f, new_columns); !alike.empty())
                added.emplace(std::move(alike), f);
    std::vector<std::string> hints;
    for (const fact* f : d.removed) {
        if (f->id.what != kind::table && parent_is_gone(*f, context))
            continue;
        const auto [first, last] = added.equal_range(likeness(*f, old_columns));
        for (auto found = first; found != last; ++found)
            hints.push_back("if " + std::string(word_of(f->id.what)) + " " + to_string(f->id) +
                            " is now " + to_string(found->second->id) +
                            ", say so in the schema files: -- @renamed " + to_string(f->id) +
                            " -> " + to_string(found->second->id));
    }
    return hints;
}

} // namespace headspace::schema
