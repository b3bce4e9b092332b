#include "schema/fact.hpp"

#include <algorithm>
#include <array>

namespace headspace::schema {

namespace {

// Keywords that quote_ident() quotes: all but the unreserved ones (src/include/parser/kwlist.h of
// PostgreSQL 13 to 17). Sorted.
constexpr std::array keywords{
    "all",
    "analyse",
    "analyze",
    "and",
    "any",
    "array",
    "as",
    "asc",
    "asymmetric",
    "authorization",
    "between",
    "bigint",
    "binary",
    "bit",
    "boolean",
    "both",
    "case",
    "cast",
    "char",
    "character",
    "check",
    "coalesce",
    "collate",
    "collation",
    "column",
    "concurrently",
    "constraint",
    "create",
    "cross",
    "current_catalog",
    "current_date",
    "current_role",
    "current_schema",
    "current_time",
    "current_timestamp",
    "current_user",
    "dec",
    "decimal",
    "default",
    "deferrable",
    "desc",
    "distinct",
    "do",
    "else",
    "end",
    "except",
    "exists",
    "extract",
    "false",
    "fetch",
    "float",
    "for",
    "foreign",
    "freeze",
    "from",
    "full",
    "grant",
    "greatest",
    "group",
    "grouping",
    "having",
    "ilike",
    "in",
    "initially",
    "inner",
    "inout",
    "int",
    "integer",
    "intersect",
    "interval",
    "into",
    "is",
    "isnull",
    "join",
    "json",
    "json_array",
    "json_arrayagg",
    "json_exists",
    "json_object",
    "json_objectagg",
    "json_query",
    "json_scalar",
    "json_serialize",
    "json_table",
    "json_value",
    "lateral",
    "leading",
    "least",
    "left",
    "like",
    "limit",
    "localtime",
    "localtimestamp",
    "merge_action",
    "national",
    "natural",
    "nchar",
    "none",
    "normalize",
    "not",
    "notnull",
    "null",
    "nullif",
    "numeric",
    "offset",
    "on",
    "only",
    "or",
    "order",
    "out",
    "outer",
    "overlaps",
    "overlay",
    "placing",
    "position",
    "precision",
    "primary",
    "real",
    "references",
    "returning",
    "right",
    "row",
    "select",
    "session_user",
    "setof",
    "similar",
    "smallint",
    "some",
    "substring",
    "symmetric",
    "system_user",
    "table",
    "tablesample",
    "then",
    "time",
    "timestamp",
    "to",
    "trailing",
    "treat",
    "trim",
    "true",
    "union",
    "unique",
    "user",
    "using",
    "values",
    "varchar",
    "variadic",
    "verbose",
    "when",
    "where",
    "window",
    "with",
    "xmlattributes",
    "xmlconcat",
    "xmlelement",
    "xmlexists",
    "xmlforest",
    "xmlnamespaces",
    "xmlparse",
    "xmlpi",
    "xmlroot",
    "xmlserialize",
    "xmltable",
};

bool plain(std::string_view name) {
    const auto letter = [](char c) {
        return (c >= 'a' && c <= 'z') || c == '_';
    };
    if (name.empty() || !letter(name.front()))
        return false;
    if (!std::all_of(name.begin(), name.end(),
                     [&](char c) { return letter(c) || (c >= '0' && c <= '9'); }))
        return false;
    return !std::binary_search(keywords.begin(), keywords.end(), name);
}

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

std::string quote_name(std::string_view name) {
    if (plain(name))
        return std::string(name);
    std::string out = "\"";
    for (const char c : name) {
        if (c == '"')
            out += '"';
        out += c;
    }
    return out + '"';
}

std::string quote_text(std::string_view text) {
    std::string out;
    bool escaped = false;
    for (const char c : text) {
        if (c == '\'')
            out += '\'';
        if (c == '\\') {
            out += '\\';
            escaped = true;
        }
        out += c;
    }
    return (escaped ? "E'" : "'") + out + "'";
}

std::string qualified(const std::vector<std::string>& path, std::size_t count) {
    std::string out;
    for (std::size_t i = 0; i < std::min(count, path.size()); ++i)
        out += (i == 0 ? "" : ".") + quote_name(path[i]);
    return out;
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
