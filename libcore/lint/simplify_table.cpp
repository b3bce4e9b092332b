// CREATE TABLE and ALTER TABLE of the parser's tree.
#include "lint/tree.hpp"

#include <array>
#include <utility>

namespace headspace::lint::tree {

namespace {

using sort = constraint::sort;

constexpr std::array<std::pair<std::string_view, sort>, 9> sorts{{
    {"CONSTR_CHECK", sort::check},
    {"CONSTR_NOTNULL", sort::not_null},
    {"CONSTR_UNIQUE", sort::unique},
    {"CONSTR_PRIMARY", sort::primary_key},
    {"CONSTR_EXCLUSION", sort::exclusion},
    {"CONSTR_FOREIGN", sort::foreign_key},
    {"CONSTR_DEFAULT", sort::default_value},
    {"CONSTR_GENERATED", sort::generated},
    {"CONSTR_IDENTITY", sort::identity},
}};

constexpr std::array<std::pair<std::string_view, verb>, 13> commands{{
    {"AT_AddColumn", verb::add_column},
    {"AT_DropColumn", verb::drop_column},
    {"AT_AlterColumnType", verb::alter_type},
    {"AT_SetNotNull", verb::set_not_null},
    {"AT_DropNotNull", verb::drop_not_null},
    {"AT_AddConstraint", verb::add_constraint},
    {"AT_ValidateConstraint", verb::validate_constraint},
    {"AT_DropConstraint", verb::drop_constraint},
    {"AT_DetachPartition", verb::detach_partition},
    {"AT_SetLogged", verb::rewrite_table},
    {"AT_SetUnLogged", verb::rewrite_table},
    {"AT_SetTableSpace", verb::rewrite_table},
    {"AT_SetAccessMethod", verb::rewrite_table},
}};

/// NULL, DEFERRABLE and their like say nothing that a rule asks for.
bool is_known(const json::object& node) {
    const std::string type = text_at(node, "contype");
    for (const auto& [word, what] : sorts)
        if (word == type)
            return true;
    return false;
}

verb verb_of(std::string_view subtype) {
    for (const auto& [word, what] : commands)
        if (word == subtype)
            return what;
    return verb::alter_table;
}

void add_command(std::vector<fact>& facts, fact f, const json::object& command) {
    f.what = verb_of(text_at(command, "subtype"));
    f.name = text_at(command, "name");
    f.if_exists = flag_at(command, "missing_ok");
    f.cascade = text_at(command, "behavior") == "DROP_CASCADE";
    if (const json::object* definition = member_as(command, "def", "ColumnDef")) {
        f.column = column_of(*definition);
        f.offset = offset_of(*definition);
        f.converts = at(*definition, "raw_default") != nullptr;
        if (f.what == verb::add_column)
            f.name = f.column.name;
        else
            f.column.name = f.name;
    }
    if (const json::object* definition = member_as(command, "def", "Constraint")) {
        f.constraint = constraint_of(*definition);
        f.name = f.constraint.name;
        f.offset = f.constraint.offset;
    }
    if (const json::object* partition = member_as(command, "def", "PartitionCmd")) {
        f.name = relation_of(object_at(*partition, "name")).text();
        f.concurrently = flag_at(*partition, "concurrent");
    }
    facts.push_back(std::move(f));
}

} // namespace

constraint constraint_of(const json::object& node) {
    constraint c;
    const std::string type = text_at(node, "contype");
    for (const auto& [word, what] : sorts)
        if (word == type)
            c.what = what;
    c.name = text_at(node, "conname");
    c.references = relation_of(object_at(node, "pktable"));
    c.not_valid = flag_at(node, "skip_validation");
    c.using_index = !text_at(node, "indexname").empty();
    c.offset = offset_of(node);
    if (const json::value* expression = at(node, "raw_expr")) {
        c.volatile_value = is_volatile(*expression);
        if (c.what == sort::check)
            c.not_null = not_null_columns(*expression);
    }
    return c;
}

column column_of(const json::object& node) {
    column c;
    c.name = text_at(node, "colname");
    c.type = type_of(object_at(node, "typeName"));
    for (const json::value& one : list_at(node, "constraints"))
        if (const json::object* found = as(one, "Constraint"); found != nullptr && is_known(*found))
            c.constraints.push_back(constraint_of(*found));
    return c;
}

void add_alter_table(std::vector<fact>& facts, const json::object& statement) {
    if (text_at(statement, "objtype") != "OBJECT_TABLE")
        return; // of an index, a view, a sequence, a type
    fact f;
    f.target = relation_of(object_at(statement, "relation"));
    f.object = object_kind::table;
    for (const json::value& one : list_at(statement, "cmds"))
        if (const json::object* command = as(one, "AlterTableCmd"))
            add_command(facts, f, *command);
}

void add_create_table(std::vector<fact>& facts, const json::object& statement) {
    fact table;
    table.what = verb::create_table;
    table.object = object_kind::table;
    table.target = relation_of(object_at(statement, "relation"));
    table.if_exists = flag_at(statement, "if_not_exists");
    facts.push_back(table);
    for (const json::value& element : list_at(statement, "tableElts")) {
        const json::object* definition = as(element, "ColumnDef");
        if (definition == nullptr)
            continue;
        fact f;
        f.what = verb::table_column;
        f.target = table.target;
        f.column = column_of(*definition);
        f.name = f.column.name;
        f.offset = offset_of(*definition);
        facts.push_back(std::move(f));
    }
}

} // namespace headspace::lint::tree
