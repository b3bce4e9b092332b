#include "lint/fact.hpp"

#include <algorithm>
#include <array>

namespace headspace::lint {

std::string object_name::text() const {
    return schema.empty() ? name : schema + "." + name;
}

bool object_name::matches(const object_name& other) const {
    return name == other.name && (schema.empty() || other.schema.empty() || schema == other.schema);
}

bool type_name::is_serial() const {
    constexpr std::array<std::string_view, 6> serials{"serial",  "serial4",     "bigserial",
                                                      "serial8", "smallserial", "serial2"};
    return !array && std::find(serials.begin(), serials.end(), name) != serials.end();
}

const constraint* column::find(constraint::sort what) const {
    const auto found = std::find_if(constraints.begin(), constraints.end(),
                                    [&](const constraint& c) { return c.what == what; });
    return found == constraints.end() ? nullptr : &*found;
}

namespace {

std::string on(std::string_view kind, const std::string& name, const object_name& table) {
    return std::string(kind) + (name.empty() ? "" : " " + name) +
           (table.name.empty() ? "" : " on " + table.text());
}

std::string_view word_of(object_kind kind) {
    switch (kind) {
    case object_kind::table:
        return "table";
    case object_kind::view:
        return "view";
    case object_kind::index:
        return "index";
    case object_kind::column:
        return "column";
    case object_kind::schema:
        return "schema";
    case object_kind::database:
        return "database";
    case object_kind::constraint:
        return "constraint";
    case object_kind::other:
        break;
    }
    return "";
}

} // namespace

std::string subject_of(const fact& f) {
    switch (f.what) {
    case verb::create_index:
        return on("index", f.name, f.target);
    case verb::add_constraint:
    case verb::validate_constraint:
    case verb::drop_constraint:
        return on("constraint", f.name, f.target);
    case verb::detach_partition:
        return on("partition", f.name, f.target);
    case verb::create_domain:
    case verb::add_domain_constraint:
        return "domain " + f.target.text();
    case verb::add_enum_value:
    case verb::rename_enum_value:
    case verb::use_of_enum_value:
        return "'" + f.value + "' of " + f.target.text();
    case verb::rename:
        if (f.object == object_kind::column)
            return f.target.text() + "." + f.name + " to " + f.value;
        return std::string(word_of(f.object)) + " " + f.target.text() + " to " + f.value;
    case verb::drop:
        if (f.object != object_kind::other)
            return std::string(word_of(f.object)) + " " + f.target.text();
        break;
    case verb::set_variable:
        return f.name + (f.value.empty() ? "" : " = " + f.value);
    case verb::begin:
        return "BEGIN";
    case verb::end:
        return "COMMIT";
    case verb::long_identifier:
        return f.name;
    default:
        break;
    }
    return f.target.text() + (f.name.empty() ? "" : "." + f.name);
}

bool locks_table(const fact& f) {
    switch (f.what) {
    case verb::create_index:
    case verb::detach_partition:
        return !f.concurrently;
    case verb::add_column:
    case verb::drop_column:
    case verb::alter_type:
    case verb::set_not_null:
    case verb::drop_not_null:
    case verb::add_constraint:
    case verb::drop_constraint:
    case verb::rewrite_table:
    case verb::alter_table:
    case verb::truncate:
    case verb::full_vacuum:
        return true;
    case verb::drop:
        return f.object == object_kind::table;
    case verb::rename:
        return f.object == object_kind::table || f.object == object_kind::column;
    default:
        return false;
    }
}

} // namespace headspace::lint
