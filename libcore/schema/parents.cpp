#include "schema/parents.hpp"

#include "schema/rename_path.hpp"
#include "schema/rules.hpp"

#include <algorithm>
#include <set>

namespace headspace::schema {

namespace {

using names = std::set<std::string>;

// "public.a, public.\"b, c\"" at the commas between names.
std::vector<std::string> name_list(std::string_view text) {
    std::vector<std::string> out;
    std::string one;
    bool quoted = false;
    for (const char c : text) {
        if (c == '"')
            quoted = !quoted;
        if (c == ',' && !quoted) {
            out.push_back(std::move(one));
            one.clear();
        } else if (c != ' ' || quoted || !one.empty()) {
            one += c;
        }
    }
    if (!one.empty())
        out.push_back(std::move(one));
    return out;
}

// The columns, or checks, that stand in a table itself.
names own(const catalogue& in, const fact_id& table, kind k) {
    names out;
    const fact_id first(k, {table.path[0], table.path[1], ""});
    for (auto f = in.facts.lower_bound(first);
         f != in.facts.end() && f->first.what == k && table_of(f->first).path == table.path; ++f)
        out.insert(f->first.path[2]);
    return out;
}

// What its ancestors give it.
names inherited(const catalogue& in, const fact& table, kind k) {
    names out;
    for (const std::string& name : parents_of(table)) {
        const fact* parent = table_named(in, name);
        if (!parent)
            continue;
        for (const std::string& one : own(in, parent->id, k)) {
            const fact* f = in.find(fact_id(k, {parent->id.path[0], parent->id.path[1], one}));
            if (!f->get("definition").ends_with(" NO INHERIT"))
                out.insert(one);
        }
        out.merge(inherited(in, *parent, k));
    }
    return out;
}

// Inherited, and would stay when the parent's goes.
names merged(const fact& table, kind k) {
    const auto list = name_list(table.note(k == kind::column ? "merged_columns" : "merged_checks"));
    names out;
    for (const std::string& quoted : list)
        if (const auto path = parse_path(quoted); path.has_value())
            out.insert(path->names.front());
    return out;
}

bool any_in(const names& some, const names& others) {
    return std::any_of(some.begin(), some.end(),
                       [&](const std::string& one) { return others.contains(one); });
}

} // namespace

bool is_partition(const fact& table) {
    return table.has("partition_of");
}

std::vector<std::string> parents_of(const fact& table) {
    return name_list(table.get(is_partition(table) ? "partition_of" : "inherits"));
}

const fact* table_named(const catalogue& in, const std::string& sql_name) {
    const auto path = parse_path(sql_name);
    return path.has_error() ? nullptr : in.find(fact_id(kind::table, path->names));
}

bool crosses(const catalogue& from, const fact& before, const catalogue& to, const fact& after) {
    for (const kind k : {kind::column, kind::check}) {
        const names own_before = own(from, before.id, k), own_after = own(to, after.id, k);
        const names from_above = inherited(from, before, k), to_above = inherited(to, after, k);
        if (any_in(own_before, to_above) || any_in(own_after, from_above))
            return true;
        const auto stays = [](const names& some, const names& there) {
            return std::any_of(some.begin(), some.end(),
                               [&](const std::string& one) { return !there.contains(one); });
        };
        if (stays(merged(before, k), to_above) || stays(merged(after, k), from_above))
            return true;
    }
    return false;
}

bool made_anew(const catalogue& from, const catalogue& to, const std::string& parent) {
    const fact* before = table_named(from, parent);
    const fact* after = table_named(to, parent);
    return before && after && before->get("partition_key") != after->get("partition_key");
}

} // namespace headspace::schema
