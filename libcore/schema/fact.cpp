#include "schema/fact.hpp"

#include <algorithm>
#include <array>

namespace headspace::schema {

namespace {

std::string_view look_up(const attributes& in, std::string_view name) {
    const auto found = in.find(std::string(name));
    return found == in.end() ? std::string_view() : std::string_view(found->second);
}

bool has_arguments(kind k) {
    return k == kind::function || k == kind::procedure || k == kind::aggregate;
}

} // namespace

std::string_view word_of(kind k) {
    switch (k) {
    case kind::schema:
        return "schema";
    case kind::extension:
        return "extension";
    case kind::collation:
        return "collation";
    case kind::enum_type:
        return "enum";
    case kind::composite_type:
        return "composite type";
    case kind::domain:
        return "domain";
    case kind::domain_constraint:
        return "domain constraint";
    case kind::range_type:
        return "range type";
    case kind::fdw:
        return "foreign-data wrapper";
    case kind::server:
        return "server";
    case kind::user_mapping:
        return "user mapping";
    case kind::sequence:
        return "sequence";
    case kind::sequence_owner:
        return "owner of sequence";
    case kind::table:
        return "table";
    case kind::foreign_table:
        return "foreign table";
    case kind::column:
        return "column";
    case kind::default_value:
        return "default";
    case kind::inherited_column:
        return "inherited column";
    case kind::primary_key:
        return "primary key";
    case kind::unique:
        return "unique constraint";
    case kind::check:
        return "check constraint";
    case kind::exclusion:
        return "exclusion constraint";
    case kind::index:
        return "index";
    case kind::function:
        return "function";
    case kind::procedure:
        return "procedure";
    case kind::aggregate:
        return "aggregate";
    case kind::view:
        return "view";
    case kind::materialized_view:
        return "materialized view";
    case kind::view_column:
        return "column";
    case kind::statistics:
        return "statistics";
    case kind::foreign_key:
        return "foreign key";
    case kind::rule:
        return "rule";
    case kind::trigger:
        return "trigger";
    case kind::policy:
        return "policy";
    case kind::event_trigger:
        return "event trigger";
    case kind::publication:
        return "publication";
    case kind::publication_table:
        return "table of a publication";
    case kind::subscription:
        return "subscription";
    case kind::default_privilege:
        return "default privilege";
    case kind::privilege:
        return "privilege";
    case kind::comment:
        return "comment";
    }
    return "object";
}

std::optional<kind> kind_named(std::string_view name) {
    static constexpr std::array<std::string_view, kinds> names{"schema",
                                                               "extension",
                                                               "collation",
                                                               "enum_type",
                                                               "composite_type",
                                                               "domain",
                                                               "domain_constraint",
                                                               "range_type",
                                                               "fdw",
                                                               "server",
                                                               "user_mapping",
                                                               "sequence",
                                                               "sequence_owner",
                                                               "table",
                                                               "foreign_table",
                                                               "column",
                                                               "default_value",
                                                               "inherited_column",
                                                               "primary_key",
                                                               "unique",
                                                               "check",
                                                               "exclusion",
                                                               "index",
                                                               "function",
                                                               "procedure",
                                                               "aggregate",
                                                               "view",
                                                               "materialized_view",
                                                               "view_column",
                                                               "statistics",
                                                               "foreign_key",
                                                               "rule",
                                                               "trigger",
                                                               "policy",
                                                               "event_trigger",
                                                               "publication",
                                                               "publication_table",
                                                               "subscription",
                                                               "default_privilege",
                                                               "privilege",
                                                               "comment"};
    for (std::size_t i = 0; i < names.size(); ++i)
        if (names[i] == name)
            return static_cast<kind>(i);
    return std::nullopt;
}

std::string to_string(const fact_id& id) {
    const bool with_arguments = has_arguments(id.on) && id.path.size() >= 3;
    const std::size_t names = with_arguments ? 2 : id.path.size() - (id.what == kind::privilege);
    std::string out = qualified(id.path, names);
    if (with_arguments)
        out += "(" + id.path[2] + ")";
    if (id.what == kind::privilege && !id.path.empty())
        out += " for " + (id.path.back().empty() ? "PUBLIC" : quote_name(id.path.back()));
    return out;
}

std::string_view fact::get(std::string_view attribute) const {
    return look_up(payload, attribute);
}

std::string_view fact::note(std::string_view name) const {
    return look_up(aside, name);
}

bool fact::has(std::string_view attribute) const {
    return payload.contains(std::string(attribute));
}

const fact* catalogue::find(const fact_id& id) const {
    const auto found = facts.find(id);
    return found == facts.end() ? nullptr : &found->second;
}

std::span<const edge> catalogue::edges_from(const fact_id& id) const {
    const auto first =
        std::lower_bound(edges.begin(), edges.end(), id,
                         [](const edge& e, const fact_id& wanted) { return e.from < wanted; });
    auto last = first;
    while (last != edges.end() && last->from == id)
        ++last;
    return {first, last};
}

} // namespace headspace::schema
