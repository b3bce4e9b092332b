#include "integration/schema_random.hpp"

#include <algorithm>
#include <random>

namespace headspace::test {

namespace {

struct column {
    std::string name, type, value; // value: default, "" none
    bool not_null = false;
    std::string generated; // expression
    std::string identity;  // "ALWAYS" or "BY DEFAULT"
    std::string comment;
};

struct table {
    std::string name;
    std::vector<column> columns;
    std::vector<std::string> keys;    // "CONSTRAINT ..." of the table
    std::vector<std::string> indexes; // whole statements
    std::string refers;               // to a table, by its id
    std::string comment, grant;
    bool serial = false;
};

class maker {
public:
    explicit maker(std::uint32_t seed) : random_(seed) {}

    std::vector<table> schema() {
        std::vector<table> all;
        for (int i = 0, n = 2 + pick(4); i < n; ++i)
            all.push_back(make_table("t" + std::to_string(i)));
        link(all);
        return all;
    }

    std::vector<table> mutated(std::vector<table> all) {
        if (one_in(3))
            all.erase(all.begin() + 1 + pick(static_cast<int>(all.size()) - 1));
        if (one_in(3))
            all.push_back(make_table("n" + std::to_string(pick(3))));
        for (table& t : all)
            if (one_in(2))
                mutate(t);
        link(all);
        return all;
    }

private:
    int pick(int n) { return static_cast<int>(random_() % static_cast<std::uint32_t>(n)); }
    bool one_in(int n) { return pick(n) == 0; }
    std::string any(std::initializer_list<const char*> of) {
        return *(of.begin() + pick(static_cast<int>(of.size())));
    }

    column make_column(const std::string& name) {
        column c;
        c.name = name;
        change_type(c);
        c.not_null = c.not_null || one_in(3);
        give_default(c);
        if (one_in(4))
            c.comment = "about " + name;
        return c;
    }

    // Types between which there are casts, with defaults of each.
    void change_type(column& c) {
        c.type = any({"int", "bigint", "smallint", "numeric(10,2)", "numeric", "text",
                      "varchar(20)", "varchar(40)", "real"});
        c.value = one_in(2) ? any({"1", "2"}) : "";
        c.generated.clear();
        c.identity.clear();
        if (c.type.starts_with("int") && one_in(4)) {
            c.generated = any({"id * 2", "id + 1"});
            c.value.clear();
        } else if (c.type == "bigint" && one_in(4)) {
            c.identity = any({"ALWAYS", "BY DEFAULT"});
            c.value.clear();
            c.not_null = true;
        }
        give_default(c);
    }

    // A column that rows cannot have would be refused by the server, and rightly.
    static void give_default(column& c) {
        if (c.not_null && c.value.empty() && c.generated.empty() && c.identity.empty())
            c.value = "1";
    }

    table make_table(const std::string& name) {
        table t;
        t.name = name;
        t.serial = one_in(2);
        for (int i = 0, n = 1 + pick(5); i < n; ++i)
            t.columns.push_back(make_column("c" + std::to_string(i)));
        things_on(t);
        return t;
    }

    void things_on(table& t) {
        t.keys.clear();
        t.indexes.clear();
        for (const column& c : t.columns) {
            if (one_in(5))
                t.keys.push_back("CONSTRAINT " + t.name + "_" + c.name + "_key UNIQUE (" + c.name +
                                 ", id)");
            if (one_in(5))
                t.keys.push_back("CONSTRAINT " + t.name + "_" + c.name + "_check CHECK (" + c.name +
                                 " IS NOT NULL OR id " + any({">= 0", "> -1"}) + ")");
            if (one_in(4))
                t.indexes.push_back("CREATE INDEX " + t.name + "_" + c.name + "_idx ON " + t.name +
                                    " (" + any({"id, ", ""}) + c.name + any({" DESC", ""}) + ")" +
                                    any({"", " WHERE id > 5"}));
        }
        t.comment = one_in(3) ? any({"one", "two"}) : "";
        t.grant = one_in(3) ? any({"SELECT", "ALL", "INSERT, UPDATE"}) : "";
    }

    void mutate(table& t) {
        if (one_in(3) && !t.columns.empty())
            t.columns.erase(t.columns.begin() + pick(static_cast<int>(t.columns.size())));
        if (one_in(3))
            t.columns.insert(t.columns.begin(), make_column("x" + std::to_string(pick(3))));
        for (column& c : t.columns) {
            if (one_in(3))
                change_type(c);
            if (one_in(5) && c.identity.empty())
                c.not_null = !c.not_null;
            give_default(c);
        }
        if (one_in(4))
            t.serial = !t.serial;
        if (one_in(2))
            things_on(t);
        else
            t.keys.clear();
        // Columns that are gone take their indexes along.
        std::erase_if(t.indexes, [&](const std::string& sql) {
            return std::none_of(t.columns.begin(), t.columns.end(), [&](const column& c) {
                return sql.find("_" + c.name + "_idx") != std::string::npos;
            });
        });
    }

    // Only to tables that are in both schemas, for a new one has no rows to refer to.
    void link(std::vector<table>& all) {
        for (table& t : all)
            t.refers = one_in(2) ? one_in(2) ? "t0" : t.name : "";
    }

    std::mt19937 random_;
};

// One row; its values are of every type.
std::string row_of(const table& t) {
    std::string names = " (id", values = " VALUES (1";
    for (const column& c : t.columns)
        if (c.generated.empty() && c.identity.empty()) {
            names += ", " + c.name;
            values += ", '1'";
        }
    return names + ")" + values + ")";
}

std::string sql_of(const std::vector<table>& all) {
    std::string sql, later;
    for (const table& t : all) {
        sql += "CREATE TABLE " + t.name + " (id " + (t.serial ? "serial" : "int") + " PRIMARY KEY";
        for (const column& c : t.columns) {
            sql += ", " + c.name + " " + c.type;
            if (!c.generated.empty())
                sql += " GENERATED ALWAYS AS (" + c.generated + ") STORED";
            if (!c.identity.empty())
                sql += " GENERATED " + c.identity + " AS IDENTITY";
            if (!c.value.empty())
                sql += " DEFAULT " + c.value;
            if (c.not_null)
                sql += " NOT NULL";
            if (!c.comment.empty())
                later +=
                    "COMMENT ON COLUMN " + t.name + "." + c.name + " IS '" + c.comment + "';\n";
        }
        for (const std::string& key : t.keys)
            sql += ", " + key;
        sql += ");\n";
        sql += "INSERT INTO " + t.name + row_of(t) + ";\n";
        for (const std::string& index : t.indexes)
            sql += index + ";\n";
        if (!t.comment.empty())
            later += "COMMENT ON TABLE " + t.name + " IS '" + t.comment + "';\n";
        if (!t.grant.empty())
            later += "GRANT " + t.grant + " ON " + t.name + " TO pg_monitor;\n";
        if (!t.refers.empty())
            later += "ALTER TABLE " + t.name + " ADD CONSTRAINT " + t.name +
                     "_fk FOREIGN KEY (id) "
                     "REFERENCES " +
                     t.refers + ";\n";
    }
    return sql + later;
}

} // namespace

schema_pair random_pair(std::uint32_t seed) {
    maker m(seed);
    const auto a = m.schema();
    const auto b = m.mutated(a);
    schema_pair pair;
    pair.name = "seed " + std::to_string(seed);
    pair.a = sql_of(a);
    pair.b = sql_of(b);
    return pair;
}

} // namespace headspace::test
