#include "schema/rules.hpp"

#include <array>

namespace headspace::schema {

namespace {

struct rule_table {
    std::array<rule, kinds> rules;
    std::array<bool, kinds> known{};

    rule_table() {
        for (auto share : {schema_rules(), table_rules(), column_rules(), constraint_rules(),
                           index_rules(), type_rules(), routine_rules(), view_rules(),
                           hanging_rules(), foreign_rules(), other_rules(), attached_rules()})
            for (rule& r : share) {
                const auto where = static_cast<std::size_t>(r.what);
                known[where] = true;
                rules[where] = std::move(r);
            }
    }
};

const rule_table& table() {
    static const rule_table all;
    return all;
}

} // namespace

const rule& rule_of(kind k) {
    return table().rules[static_cast<std::size_t>(k)];
}

bool has_rule(kind k) {
    return table().known[static_cast<std::size_t>(k)];
}

planned_statement plain(std::string sql) {
    planned_statement s;
    s.sql = std::move(sql);
    return s;
}

fact_id table_of(const fact_id& id) {
    return fact_id(kind::table, {id.path.begin(), id.path.begin() + 2});
}

planned_statement on_table(const plan_context& context, const fact_id& table, lock_class lock,
                           std::string sql) {
    planned_statement s = plain(std::move(sql));
    if (context.existed(table)) {
        s.lock = lock;
        s.locks.push_back(table);
    }
    return s;
}

std::string short_name(const fact_id& id) {
    if (id.path.size() < 2 || id.path.front() != "public")
        return to_string(id);
    const std::string full = to_string(id);
    return full.substr(std::string_view("public.").size());
}

bool parent_is_new(const fact& f, const plan_context& context) {
    return f.has_parent && !context.from.find(f.parent);
}

bool parent_is_gone(const fact& f, const plan_context& context) {
    return f.has_parent && !context.to.find(f.parent);
}

std::string relation_claim(const std::vector<std::string>& path) {
    return "relation " + qualified(path);
}

std::string type_claim(const std::vector<std::string>& path) {
    return "type " + qualified(path);
}

} // namespace headspace::schema
