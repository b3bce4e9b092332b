#include "lint/simplify.hpp"

#include "lint/tree.hpp"
#include "revisions/lexer.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <utility>

namespace headspace::lint {

using namespace tree;

namespace {

using facts_list = std::vector<fact>;
using reader = void (*)(facts_list&, const json::object&);

fact make(verb what, object_name target = {}) {
    fact f;
    f.what = what;
    f.target = std::move(target);
    return f;
}

object_kind kind_of(std::string_view type) {
    constexpr std::array<std::pair<std::string_view, object_kind>, 10> kinds{{
        {"OBJECT_TABLE", object_kind::table},
        {"OBJECT_FOREIGN_TABLE", object_kind::table},
        {"OBJECT_VIEW", object_kind::view},
        {"OBJECT_MATVIEW", object_kind::view},
        {"OBJECT_INDEX", object_kind::index},
        {"OBJECT_COLUMN", object_kind::column},
        {"OBJECT_SCHEMA", object_kind::schema},
        {"OBJECT_DATABASE", object_kind::database},
        {"OBJECT_TABCONSTRAINT", object_kind::constraint},
        {"OBJECT_DOMCONSTRAINT", object_kind::constraint},
    }};
    for (const auto& [word, kind] : kinds)
        if (word == type)
            return kind;
    return object_kind::other;
}

void create_index(facts_list& facts, const json::object& node) {
    fact f = make(verb::create_index, relation_of(object_at(node, "relation")));
    f.name = text_at(node, "idxname");
    f.concurrently = flag_at(node, "concurrent");
    f.if_exists = flag_at(node, "if_not_exists");
    f.unique = flag_at(node, "unique");
    f.width = list_at(node, "indexParams").size();
    facts.push_back(std::move(f));
}

void drop(facts_list& facts, const json::object& node) {
    for (const json::value& object : list_at(node, "objects")) {
        fact f = make(verb::drop, name_of(object));
        f.object = kind_of(text_at(node, "removeType"));
        f.cascade = text_at(node, "behavior") == "DROP_CASCADE";
        f.if_exists = flag_at(node, "missing_ok");
        f.concurrently = flag_at(node, "concurrent");
        facts.push_back(std::move(f));
    }
}

void drop_database(facts_list& facts, const json::object& node) {
    fact f = make(verb::drop, {{}, text_at(node, "dbname")});
    f.object = object_kind::database;
    facts.push_back(std::move(f));
}

void rename(facts_list& facts, const json::object& node) {
    fact f = make(verb::rename, relation_of(object_at(node, "relation")));
    f.object = kind_of(text_at(node, "renameType"));
    f.name = text_at(node, "subname");
    f.value = text_at(node, "newname");
    if (f.target.name.empty())
        f.target =
            at(node, "object") != nullptr ? name_of(*at(node, "object")) : object_name{{}, f.name};
    facts.push_back(std::move(f));
}

void reindex(facts_list& facts, const json::object& node) {
    fact f = make(verb::reindex, relation_of(object_at(node, "relation")));
    f.object =
        text_at(node, "kind") == "REINDEX_OBJECT_INDEX" ? object_kind::index : object_kind::table;
    if (f.target.name.empty())
        f.target.name = text_at(node, "name");
    for (const json::value& one : list_at(node, "params"))
        if (const json::object* option = as(one, "DefElem");
            option != nullptr && text_at(*option, "defname") == "concurrently")
            f.concurrently = true;
    facts.push_back(std::move(f));
}

void create_domain(facts_list& facts, const json::object& node) {
    fact f = make(verb::create_domain, name_of(list_at(node, "domainname")));
    for (const json::value& one : list_at(node, "constraints"))
        if (const json::object* found = as(one, "Constraint"))
            f.column.constraints.push_back(constraint_of(*found));
    facts.push_back(std::move(f));
}

void alter_domain(facts_list& facts, const json::object& node) {
    fact f = make(verb::other, name_of(list_at(node, "typeName")));
    if (const json::object* added = member_as(node, "def", "Constraint")) {
        f.what = verb::add_domain_constraint;
        f.constraint = constraint_of(*added);
        f.name = f.constraint.name;
    }
    facts.push_back(std::move(f));
}

void alter_enum(facts_list& facts, const json::object& node) {
    const std::string old = text_at(node, "oldVal");
    fact f = make(old.empty() ? verb::add_enum_value : verb::rename_enum_value,
                  name_of(list_at(node, "typeName")));
    f.value = old.empty() ? text_at(node, "newVal") : old;
    f.placed = !text_at(node, "newValNeighbor").empty();
    f.if_exists = flag_at(node, "skipIfNewValExists");
    facts.push_back(std::move(f));
}

void truncate(facts_list& facts, const json::object& node) {
    for (const json::value& one : list_at(node, "relations"))
        if (const json::object* table = as(one, "RangeVar")) {
            fact f = make(verb::truncate, relation_of(*table));
            f.cascade = text_at(node, "behavior") == "DROP_CASCADE";
            facts.push_back(std::move(f));
        }
}

void update(facts_list& facts, const json::object& node) {
    fact f = make(verb::update, relation_of(object_at(node, "relation")));
    f.filtered = at(node, "whereClause") != nullptr || !list_at(node, "fromClause").empty();
    facts.push_back(f);
    std::set<std::string> assigned;
    for (const json::value& one : list_at(node, "targetList"))
        if (const json::object* target = as(one, "ResTarget");
            target != nullptr && list_at(*target, "indirection").empty() &&
            !assigned.insert(text_at(*target, "name")).second) {
            fact twice = make(verb::assign_twice, f.target);
            twice.name = text_at(*target, "name");
            twice.offset = offset_of(*target);
            facts.push_back(std::move(twice));
        }
}

void remove(facts_list& facts, const json::object& node) {
    fact f = make(verb::remove, relation_of(object_at(node, "relation")));
    f.filtered = at(node, "whereClause") != nullptr || !list_at(node, "usingClause").empty();
    facts.push_back(std::move(f));
}

void set_variable(facts_list& facts, const json::object& node) {
    fact f = make(verb::set_variable);
    f.name = text_at(node, "name");
    std::vector<std::string> values;
    for (const json::value& one : list_at(node, "args"))
        values.push_back(constant_of(one));
    for (const std::string& value : values)
        f.value += (f.value.empty() ? "" : ", ") + value;
    facts.push_back(std::move(f));
}

void transaction(facts_list& facts, const json::object& node) {
    const std::string kind = text_at(node, "kind");
    facts.push_back(make(kind == "TRANS_STMT_BEGIN" || kind == "TRANS_STMT_START" ? verb::begin
                         : kind == "TRANS_STMT_COMMIT"                            ? verb::end
                                                       : verb::other_control));
}

void vacuum(facts_list& facts, const json::object& node) {
    bool full = false;
    for (const json::value& one : list_at(node, "options"))
        if (const json::object* option = as(one, "DefElem"))
            full = full || text_at(*option, "defname") == "full";
    if (!full)
        return;
    for (const json::value& one : list_at(node, "rels"))
        if (const json::object* relation = as(one, "VacuumRelation"))
            facts.push_back(make(verb::full_vacuum, relation_of(object_at(*relation, "relation"))));
    if (facts.empty())
        facts.push_back(make(verb::full_vacuum, {{}, "every table"}));
}

void cluster(facts_list& facts, const json::object& node) {
    facts.push_back(make(verb::full_vacuum, relation_of(object_at(node, "relation"))));
}

void alter_extension(facts_list& facts, const json::object& node) {
    facts.push_back(make(verb::alter_extension, {{}, text_at(node, "extname")}));
}

void grant(facts_list& facts, const json::object& node) {
    for (const json::value& one : list_at(node, "objects")) {
        const json::object* table = as(one, "RangeVar");
        facts.push_back(
            make(verb::privileges, table != nullptr ? relation_of(*table) : name_of(one)));
    }
    if (facts.empty())
        facts.push_back(make(verb::privileges));
}

void create_table_as(facts_list& facts, const json::object& node) {
    fact f = make(verb::create_table, relation_of(object_at(object_at(node, "into"), "rel")));
    f.if_exists = flag_at(node, "if_not_exists");
    facts.push_back(std::move(f));
}

void select(facts_list& facts, const json::object& node) {
    if (const json::object& into = object_at(node, "intoClause"); !into.empty())
        facts.push_back(make(verb::create_table, relation_of(object_at(into, "rel"))));
}

constexpr std::array<std::pair<std::string_view, reader>, 24> readers{{
    {"CreateStmt", add_create_table},
    {"AlterTableStmt", add_alter_table},
    {"CreateTableAsStmt", create_table_as},
    {"SelectStmt", select},
    {"IndexStmt", create_index},
    {"DropStmt", drop},
    {"DropdbStmt", drop_database},
    {"RenameStmt", rename},
    {"ReindexStmt", reindex},
    {"CreateDomainStmt", create_domain},
    {"AlterDomainStmt", alter_domain},
    {"AlterEnumStmt", alter_enum},
    {"TruncateStmt", truncate},
    {"UpdateStmt", update},
    {"DeleteStmt", remove},
    {"VariableSetStmt", set_variable},
    {"TransactionStmt", transaction},
    {"VacuumStmt", vacuum},
    {"ClusterStmt", cluster},
    {"AlterExtensionStmt", alter_extension},
    {"GrantStmt", grant},
    {"AlterDefaultPrivilegesStmt",
     [](facts_list& facts, const json::object&) {
         facts.push_back(make(verb::privileges));
     }},
    {"CreateSchemaStmt",
     [](facts_list& facts, const json::object& node) {
         fact f = make(verb::create_other, {{}, text_at(node, "schemaname")});
         f.if_exists = flag_at(node, "if_not_exists");
         f.object = object_kind::schema;
         facts.push_back(std::move(f));
     }},
    {"CreateSeqStmt",
     [](facts_list& facts, const json::object& node) {
         fact f = make(verb::create_other, relation_of(object_at(node, "sequence")));
         f.if_exists = flag_at(node, "if_not_exists");
         facts.push_back(std::move(f));
     }},
}};

/// What may stand anywhere in a statement: constants, and calls of set_config().
void look_everywhere(simplified& found, const json::value& root) {
    std::set<std::string> strings;
    for_each_node(root, [&](std::string_view type, const json::object& node) {
        if (type == "sval")
            strings.insert(text_at(node, "sval"));
        if (type != "FuncCall" || name_of(list_at(node, "funcname")).name != "set_config")
            return;
        const json::array& arguments = list_at(node, "args");
        if (arguments.size() < 2)
            return;
        fact f = make(verb::set_variable);
        f.name = constant_of(arguments[0]);
        f.value = constant_of(arguments[1]);
        f.offset = offset_of(node);
        found.facts.push_back(std::move(f));
    });
    found.strings.assign(strings.begin(), strings.end());
}

/// The parser cuts names to 63 bytes before anybody sees them, so the text is asked.
void look_for_long_names(facts_list& facts, std::string_view sql) {
    constexpr std::size_t longest = 63; // NAMEDATALEN - 1
    revisions::lexer tokens(sql, "", 1);
    for (;;) {
        const result<revisions::token> next = tokens.next();
        if (!next || next->kind == revisions::token_kind::end)
            return;
        if (next->kind != revisions::token_kind::word &&
            next->kind != revisions::token_kind::quoted_identifier)
            continue;
        std::string name = revisions::folded(next->in(sql));
        if (name.size() <= longest)
            continue;
        fact f = make(verb::long_identifier);
        f.name = std::move(name);
        f.offset = next->offset;
        facts.push_back(std::move(f));
    }
}

} // namespace

result<simplified> simplify(std::string_view text, std::string_view sql, std::size_t depth) {
    json::parse_options options;
    options.max_depth = depth;
    boost::system::error_code ec;
    json::monotonic_resource memory;
    const json::value root = json::parse({text.data(), text.size()}, ec, &memory, options);
    if (ec == json::error::too_deep)
        return make_error(errc::io_failed, error_class::refuse,
                          "the statement is nested too deeply to be looked at");
    if (ec || !root.is_object())
        return make_error(errc::io_failed, error_class::bug,
                          "the parser's answer is no tree: " + ec.message());
    simplified found;
    for (const json::value& one : list_at(root.get_object(), "stmts")) {
        const json::object& statement = object_at(one.get_object(), "stmt");
        for (const auto& [type, node] : statement)
            for (const auto& [word, read] : readers)
                if (word == type && node.is_object())
                    read(found.facts, node.get_object());
    }
    look_everywhere(found, root);
    look_for_long_names(found.facts, sql);
    if (found.facts.empty())
        found.facts.emplace_back();
    return found;
}

} // namespace headspace::lint
