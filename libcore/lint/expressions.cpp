// Names, types and expressions of the parser's tree.
#include "lint/tree.hpp"

#include <algorithm>
#include <array>

namespace headspace::lint::tree {

std::string string_of(const json::value& value) {
    const json::object* node = as(value, "String");
    return node == nullptr ? std::string() : text_at(*node, "sval");
}

std::vector<std::string> strings_of(const json::array& list) {
    std::vector<std::string> found;
    for (const json::value& one : list)
        found.push_back(string_of(one));
    return found;
}

object_name name_of(const json::array& parts) {
    if (parts.empty())
        return {};
    return {parts.size() > 1 ? string_of(parts[parts.size() - 2]) : std::string(),
            string_of(parts.back())};
}

object_name name_of(const json::value& value) {
    if (const json::object* list = as(value, "List"))
        return name_of(list_at(*list, "items"));
    if (const json::object* type = as(value, "TypeName"))
        return name_of(list_at(*type, "names"));
    if (const json::object* function = as(value, "ObjectWithArgs"))
        return name_of(list_at(*function, "objname"));
    return {{}, string_of(value)};
}

object_name relation_of(const json::object& range_var) {
    return {text_at(range_var, "schemaname"), text_at(range_var, "relname")};
}

type_name type_of(const json::object& node) {
    type_name type;
    const object_name name = name_of(list_at(node, "names"));
    type.name = name.schema == "pg_catalog" ? name.name : name.text();
    for (const json::value& one : list_at(node, "typmods")) {
        const std::string text = constant_of(one);
        type.modifiers.push_back(text.empty() ? 0 : std::strtol(text.c_str(), nullptr, 10));
    }
    type.array = !list_at(node, "arrayBounds").empty();
    return type;
}

std::string constant_of(const json::value& value) {
    const json::object* node = as(value, "A_Const");
    if (node == nullptr) {
        if (const json::object* cast = as(value, "TypeCast"))
            if (const json::value* inner = at(*cast, "arg"))
                return constant_of(*inner);
        return {};
    }
    if (at(*node, "ival") != nullptr) {
        const json::value* number = at(object_at(*node, "ival"), "ival"); // 0 is left out
        return number != nullptr && number->is_int64() ? std::to_string(number->get_int64()) : "0";
    }
    if (at(*node, "boolval") != nullptr)
        return flag_at(object_at(*node, "boolval"), "boolval") ? "true" : "false";
    if (at(*node, "fval") != nullptr)
        return text_at(object_at(*node, "fval"), "fval");
    return text_at(object_at(*node, "sval"), "sval");
}

bool is_volatile(const json::value& expression) {
    // Those that people use in defaults and that pg_proc.provolatile calls stable or immutable.
    constexpr std::array<std::string_view, 21> steady{"now",
                                                      "transaction_timestamp",
                                                      "statement_timestamp",
                                                      "current_setting",
                                                      "to_timestamp",
                                                      "to_char",
                                                      "to_date",
                                                      "lower",
                                                      "upper",
                                                      "coalesce",
                                                      "concat",
                                                      "md5",
                                                      "jsonb_build_object",
                                                      "jsonb_build_array",
                                                      "json_build_object",
                                                      "json_build_array",
                                                      "make_interval",
                                                      "date_trunc",
                                                      "timezone",
                                                      "length",
                                                      "repeat"};
    bool found = false;
    for_each_node(expression, [&](std::string_view type, const json::object& node) {
        if (type != "FuncCall")
            return;
        const object_name function = name_of(list_at(node, "funcname"));
        const bool own = function.schema.empty() || function.schema == "pg_catalog";
        found =
            found || !own || std::find(steady.begin(), steady.end(), function.name) == steady.end();
    });
    return found;
}

std::vector<std::string> not_null_columns(const json::value& expression) {
    if (const json::object* test = as(expression, "NullTest")) {
        const json::object* reference = member_as(*test, "arg", "ColumnRef");
        if (reference == nullptr || text_at(*test, "nulltesttype") != "IS_NOT_NULL")
            return {};
        return {name_of(list_at(*reference, "fields")).name};
    }
    const json::object* both = as(expression, "BoolExpr");
    if (both == nullptr || text_at(*both, "boolop") != "AND_EXPR")
        return {};
    std::vector<std::string> columns;
    for (const json::value& part : list_at(*both, "args"))
        for (std::string& name : not_null_columns(part))
            columns.push_back(std::move(name));
    return columns;
}

} // namespace headspace::lint::tree
