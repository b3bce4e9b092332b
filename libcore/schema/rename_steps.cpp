#include "schema/rename_steps.hpp"

#include <algorithm>
#include <map>
#include <tuple>

namespace headspace::schema {

namespace {

bool is_constraint(kind k) {
    return k == kind::primary_key || k == kind::unique || k == kind::check ||
           k == kind::exclusion || k == kind::foreign_key;
}

// What the path begins with: the whole object for what hangs on a relation or a domain.
std::size_t depth(const fact_id& id) {
    if (id.what == kind::schema)
        return 0;
    const bool routine =
        id.what == kind::function || id.what == kind::procedure || id.what == kind::aggregate;
    return !routine && id.path.size() > 2 ? 2 : 1;
}

// Where things are while the steps are carried out.
class places {
public:
    explicit places(const catalogue& from) : from_(from) {}

    std::vector<std::string> now(const fact& f) const {
        auto path = f.id.path;
        if (const auto own = moved_.find(f.id); own != moved_.end())
            return own->second;
        if (f.has_parent)
            if (const auto parent = moved_.find(holder(f)); parent != moved_.end()) {
                // Of a table's index only the schema is the table's.
                const std::size_t shared = depth(f.id) == 2 ? parent->second.size() : 1;
                std::copy_n(parent->second.begin(), shared, path.begin());
                return path;
            }
        if (const auto schema = moved_.find(fact_id(kind::schema, {path[0]}));
            schema != moved_.end() && f.id.what != kind::schema)
            path[0] = schema->second[0];
        return path;
    }
    void move(const fact& f, std::vector<std::string> path) { moved_[f.id] = std::move(path); }

private:
    // An owned sequence moves with its table.
    [[nodiscard]] fact_id holder(const fact& f) const {
        if (f.id.what == kind::sequence)
            for (const edge& e : from_.edges_from(f.id))
                if (e.strength == bond::swept)
                    return table_of(e.to);
        return f.parent;
    }

    const catalogue& from_;
    std::map<fact_id, std::vector<std::string>> moved_;
};

struct both {
    std::string forward, backward;
};

std::string target(const fact& f, std::vector<std::string> path) {
    fact there = f;
    there.id.path = std::move(path);
    const auto address = rule_of(f.id.what).address;
    return address ? address(there)
                   : std::string(word_of(f.id.what)) + " " + qualified(there.id.path);
}

both name_change(const fact& f, const std::vector<std::string>& was,
                 const std::vector<std::string>& is, std::size_t last) {
    const std::string a = quote_name(was[last]), b = quote_name(is[last]);
    if (f.id.what == kind::column || f.id.what == kind::view_column) {
        const std::string head = "ALTER TABLE " + qualified(was) + " RENAME COLUMN ";
        return {head + a + " TO " + b, head + b + " TO " + a};
    }
    if (is_constraint(f.id.what) || f.id.what == kind::domain_constraint) {
        const std::string head =
            (f.id.what == kind::domain_constraint ? "ALTER DOMAIN " : "ALTER TABLE ") +
            qualified(was) + " RENAME CONSTRAINT ";
        return {head + a + " TO " + b, head + b + " TO " + a};
    }
    return {"ALTER " + target(f, was) + " RENAME TO " + b,
            "ALTER " + target(f, is) + " RENAME TO " + a};
}

both part_change(const rename_step& s, const std::vector<std::string>& path) {
    if (s.what->id.what == kind::range_type) { // its multirange
        const std::string head = "ALTER TYPE " + quote_name(path[0]) + ".";
        return {head + s.part + " RENAME TO " + s.new_part,
                head + s.new_part + " RENAME TO " + s.part};
    }
    const std::string head =
        "ALTER TYPE " + qualified(path) +
        (s.what->id.what == kind::enum_type ? " RENAME VALUE " : " RENAME ATTRIBUTE ");
    return {head + s.part + " TO " + s.new_part, head + s.new_part + " TO " + s.part};
}

planned_statement statement(const fact& f, std::string sql) {
    planned_statement s;
    s.sql = std::move(sql);
    const bool on_relation = f.id.what == kind::column || is_constraint(f.id.what);
    if (f.id.what == kind::table || on_relation) {
        s.lock = lock_class::access_exclusive;
        s.locks.push_back(on_relation ? table_of(f.id) : f.id);
    }
    return s;
}

std::string line_of(const rename_step& s) {
    const std::string word(word_of(s.what->id.what));
    if (!s.part.empty())
        return "Detected rename of " + s.part + " to " + s.new_part + " in " + word + " '" +
               short_name(s.what->id) + "'";
    if (s.what->id.path[0] != s.names[0] && s.names.size() > 1)
        return "Detected move of " + word + " '" + short_name(s.what->id) + "' to '" +
               qualified(s.names, s.names.size()) + "'";
    return "Detected rename of " + word + " '" + short_name(s.what->id) + "' to '" +
           s.names.back() + "'";
}

// "users_name_key" of table users (and column name): the same of the new names, or "".
std::string follow(const std::string& name, const std::string& was, const std::string& is) {
    return name.starts_with(was + "_") ? is + name.substr(was.size()) : "";
}

// `public.x` without the schema; both are quoted names.
std::string last_name(std::string_view qualified_name) {
    const std::size_t quoted = qualified_name.rfind(".\"");
    const std::size_t dot = quoted == std::string_view::npos ? qualified_name.rfind('.') : quoted;
    return std::string(qualified_name.substr(dot + 1));
}

} // namespace

void add_implied_renames(std::vector<rename_step>& steps, const catalogue& from,
                         const catalogue& to) {
    std::map<fact_id, std::vector<std::string>> renamed;
    for (const rename_step& s : steps)
        if (s.part.empty())
            renamed.emplace(s.what->id, s.names);
    std::vector<rename_step> implied;
    const auto consider = [&](const fact& f, const fact_id& table,
                              const std::vector<std::string>& columns) {
        const auto moved = renamed.find(table);
        // What is declared under its name belongs to another table then.
        const bool makes_room = moved != renamed.end() && to.find(table);
        if (renamed.contains(f.id) || (to.find(f.id) && !makes_room))
            return;
        const auto table_now = moved == renamed.end() ? table.path : moved->second;
        std::string name = follow(f.id.path.back(), table.path[1], table_now[1]);
        for (const std::string& column : columns) {
            const auto found =
                renamed.find(fact_id(kind::column, {table.path[0], table.path[1], column}));
            if (found == renamed.end())
                continue;
            const std::string head = table_now[1] + "_" + column + "_";
            if (name.starts_with(head))
                name = table_now[1] + "_" + found->second.back() + name.substr(head.size() - 1);
        }
        if (name.empty() || name == f.id.path.back())
            return;
        std::vector<std::string> names = table_now;
        if (f.id.path.size() == 2)
            names = {table_now[0], name};
        else
            names.push_back(name);
        const fact_id wanted(f.id.what, names);
        if (to.find(wanted) && !from.find(wanted))
            implied.push_back({&f, std::move(names), false});
    };
    for (const auto& [id, f] : from.facts) {
        if (!is_constraint(id.what) && id.what != kind::index && id.what != kind::sequence)
            continue;
        std::vector<std::string> columns;
        const fact* table = f.has_parent ? from.find(f.parent) : nullptr;
        for (const edge& e : from.edges_from(id))
            if (e.to.what == kind::column) {
                columns.push_back(e.to.path[2]);
                if (id.what == kind::sequence)
                    table = from.find(table_of(e.to));
            }
        if (table && table->id.what == kind::table)
            consider(f, table->id, columns);
    }
    // A range's multirange has a name of its own in the same schema.
    for (const rename_step& s : steps)
        if (s.what->id.what == kind::range_type && s.part.empty())
            if (const fact* is = to.find(fact_id(kind::range_type, s.names))) {
                const std::string a = last_name(s.what->get("multirange"));
                const std::string b = last_name(is->get("multirange"));
                if (a != b)
                    implied.push_back({s.what, {}, false, a, b});
            }
    steps.insert(steps.end(), implied.begin(), implied.end());
}

result<rename_plan> write_renames(std::vector<rename_step> steps, const catalogue& from) {
    std::stable_sort(steps.begin(), steps.end(), [](const rename_step& a, const rename_step& b) {
        const auto place = [](const rename_step& s) {
            return std::tuple(depth(s.what->id), !s.part.empty(), !s.stated);
        };
        return place(a) < place(b);
    });
    rename_plan plan;
    places where(from);
    const auto say = [&](const fact& f, const both& sql) {
        plan.forward.push_back(statement(f, sql.forward));
        plan.backward.insert(plan.backward.begin(), statement(f, sql.backward));
    };
    for (const rename_step& s : steps) {
        const fact& f = *s.what;
        auto path = where.now(f);
        if (!s.part.empty()) {
            say(f, part_change(s, path));
            if (!s.stated)
                continue;
            plan.detected.push_back(line_of(s));
            continue;
        }
        const std::size_t last = s.names.size() - 1;
        if (depth(f.id) == 2 && !std::equal(s.names.begin(), s.names.end() - 1, path.begin()))
            return make_error(errc::conflict_here, error_class::refuse,
                              std::string(word_of(f.id.what)) + " " + to_string(f.id) +
                                  " cannot move to " + qualified(s.names, last),
                              "only its own name can change, and what it is part of by a rename "
                              "of that");
        if (depth(f.id) == 1 && last == 1 && path[0] != s.names[0]) {
            auto there = path;
            there[0] = s.names[0];
            say(f, {"ALTER " + target(f, path) + " SET SCHEMA " + quote_name(there[0]),
                    "ALTER " + target(f, there) + " SET SCHEMA " + quote_name(path[0])});
            path = std::move(there);
        }
        auto there = path;
        there[last] = s.names[last];
        if (there[last] != path[last])
            say(f, name_change(f, path, there, last));
        where.move(f, std::move(there));
        if (s.stated)
            plan.detected.push_back(line_of(s));
    }
    return plan;
}

void move_extensions(rename_plan& plan, const catalogue& from, const catalogue& to) {
    for (const auto& [id, f] : from.facts) {
        const fact* other = id.what == kind::extension ? to.find(id) : nullptr;
        if (!other || other->get("schema") == f.get("schema") || f.note("relocatable") != "true")
            continue;
        const fact_id schema(kind::schema, {std::string(other->get("schema"))});
        const std::string head = "ALTER EXTENSION " + quote_name(id.path[0]) + " SET SCHEMA ";
        const std::string create = "CREATE SCHEMA " + qualified(schema.path);
        const auto same = [&](const planned_statement& s) {
            return s.sql == create;
        };
        if (!from.find(schema) && to.find(schema) &&
            std::none_of(plan.forward.begin(), plan.forward.end(), same)) {
            plan.forward.push_back(plain(create));
            plan.backward.insert(plan.backward.begin(),
                                 plain("DROP SCHEMA " + qualified(schema.path)));
        }
        plan.forward.push_back(plain(head + quote_name(other->get("schema"))));
        plan.backward.insert(plan.backward.begin(), plain(head + quote_name(f.get("schema"))));
        plan.detected.push_back("Detected move of extension '" + id.path[0] + "' to schema '" +
                                std::string(other->get("schema")) + "'");
    }
}

} // namespace headspace::schema
