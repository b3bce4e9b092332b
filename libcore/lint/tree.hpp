// Small readers of the parser's JSON (pg_query.proto): a node is an object with one member, its
// type; members that have their default are left out. Private to this module.
#pragma once

#include "lint/fact.hpp"

#include <boost/json.hpp>

#include <string>
#include <string_view>

namespace headspace::lint::tree {

namespace json = boost::json;

/// The member, or null.
inline const json::value* at(const json::object& node, std::string_view key) {
    return node.if_contains(key);
}
inline const json::object& object_at(const json::object& node, std::string_view key) {
    static const json::object none;
    const json::value* found = node.if_contains(key);
    return found != nullptr && found->is_object() ? found->get_object() : none;
}
inline const json::array& list_at(const json::object& node, std::string_view key) {
    static const json::array none;
    const json::value* found = node.if_contains(key);
    return found != nullptr && found->is_array() ? found->get_array() : none;
}
inline std::string text_at(const json::object& node, std::string_view key) {
    const json::value* found = node.if_contains(key);
    return found != nullptr && found->is_string() ? std::string(found->get_string())
                                                  : std::string();
}
inline bool flag_at(const json::object& node, std::string_view key) {
    const json::value* found = node.if_contains(key);
    return found != nullptr && found->is_bool() && found->get_bool();
}
inline std::size_t offset_of(const json::object& node) {
    const json::value* found = node.if_contains("location");
    return found != nullptr && found->is_int64() && found->get_int64() > 0
               ? static_cast<std::size_t>(found->get_int64())
               : 0;
}
/// The node under its type; null when `value` is of another one.
inline const json::object* as(const json::value& value, std::string_view type) {
    if (!value.is_object())
        return nullptr;
    const json::value* found = value.get_object().if_contains(type);
    return found != nullptr && found->is_object() ? &found->get_object() : nullptr;
}
/// The same for a member.
inline const json::object* member_as(const json::object& node, std::string_view key,
                                     std::string_view type) {
    const json::value* found = node.if_contains(key);
    return found == nullptr ? nullptr : as(*found, type);
}

/// A String node.
[[nodiscard]] std::string string_of(const json::value& value);
[[nodiscard]] std::vector<std::string> strings_of(const json::array& list);
/// A list of String nodes, or a List, TypeName or ObjectWithArgs that has one.
[[nodiscard]] object_name name_of(const json::value& value);
[[nodiscard]] object_name name_of(const json::array& parts);
/// A RangeVar, without its type.
[[nodiscard]] object_name relation_of(const json::object& range_var);
/// A TypeName, without its type.
[[nodiscard]] type_name type_of(const json::object& node);
/// A constant as text: strings, numbers, true and false.
[[nodiscard]] std::string constant_of(const json::value& value);

/// Whether a default has to be computed for every row: it calls a function that is not known to
/// give the same value for a whole statement.
[[nodiscard]] bool is_volatile(const json::value& expression);
/// The columns of which `expression` says that they are not null, if it says nothing else.
[[nodiscard]] std::vector<std::string> not_null_columns(const json::value& expression);
/// Calls `visit(type, node)` for every typed node of the tree.
template<class Visit>
void for_each_node(const json::value& root, Visit visit) {
    std::vector<const json::value*> open{&root};
    while (!open.empty()) {
        const json::value* now = open.back();
        open.pop_back();
        if (now->is_array())
            for (const json::value& one : now->get_array())
                open.push_back(&one);
        else if (now->is_object())
            for (const auto& [key, value] : now->get_object()) {
                if (value.is_object())
                    visit(std::string_view(key), value.get_object());
                open.push_back(&value);
            }
    }
}

[[nodiscard]] constraint constraint_of(const json::object& node);
/// A ColumnDef.
[[nodiscard]] column column_of(const json::object& node);
/// The facts of an ALTER TABLE, one for each of its commands.
void add_alter_table(std::vector<fact>& facts, const json::object& statement);
/// Those of a CREATE TABLE: the table and each of its columns.
void add_create_table(std::vector<fact>& facts, const json::object& statement);

} // namespace headspace::lint::tree
