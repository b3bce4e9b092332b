#include "integration/schema_world.hpp"

#include "base/text.hpp"
#include "integration/migrate_world.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace headspace::test {

namespace {

std::string lines_of(const std::vector<std::string>& lines) {
    std::string out;
    for (const std::string& line : lines)
        out += line + "\n";
    return out;
}

bool mentions(const std::vector<schema::fact_id>& ids, const std::string& table) {
    return std::any_of(ids.begin(), ids.end(), [&](const schema::fact_id& id) {
        return schema::qualified(id.path) == table;
    });
}

template<class Member>
bool any_says(const schema::schema_plan& plan, Member list, const std::string& table) {
    return std::any_of(plan.statements.begin(), plan.statements.end(),
                       [&](const auto& s) { return mentions(s.*list, table); });
}

void expect_kept(const std::map<std::string, schema_world::table_state>& before,
                 const std::map<std::string, schema_world::table_state>& after,
                 const schema::schema_plan& plan) {
    for (const auto& [table, was] : before) {
        const auto is = std::find_if(after.begin(), after.end(), [&](const auto& entry) {
            return entry.second.oid == was.oid;
        });
        const bool dropped = any_says(plan, &schema::planned_statement::loses, table);
        if (is == after.end()) {
            EXPECT_TRUE(dropped) << table << " is gone, and the plan did not say so";
            continue;
        }
        EXPECT_EQ(is->second.rows, was.rows) << "rows of " << table;
        if (!any_says(plan, &schema::planned_statement::rewrites, table) && !dropped) {
            EXPECT_EQ(is->second.file, was.file) << table << " was rewritten unannounced";
        }
    }
}

using statement_list = std::vector<schema::planned_statement>;

schema::schema_plan around(const statement_list& first, schema::schema_plan plan,
                           const statement_list& last) {
    plan.statements.insert(plan.statements.begin(), first.begin(), first.end());
    plan.statements.insert(plan.statements.end(), last.begin(), last.end());
    return plan;
}

// Carries out the plan, the first statements of which rename, and expects `to`.
void one_way(schema_world& world, const schema::catalogue& to, schema::schema_plan plan,
             std::size_t renames, const std::string& expected) {
    if (!expected.empty()) {
        EXPECT_EQ(script_of(plan), expected);
    }
    schema::schema_plan first;
    const auto rest = plan.statements.begin() + static_cast<std::ptrdiff_t>(renames);
    first.statements.assign(plan.statements.begin(), rest);
    plan.statements.erase(plan.statements.begin(), rest);
    const auto begun = world.apply("pair_a", first);
    ASSERT_TRUE(begun.has_value()) << begun.error().text() << "\n" << script_of(first);
    const auto before = world.tables("pair_a");
    const auto done = world.apply("pair_a", plan);
    ASSERT_TRUE(done.has_value()) << done.error().text() << "\n" << script_of(plan);
    const auto now = world.read("pair_a");
    const auto left = schema::compare(now, to);
    EXPECT_TRUE(left.empty()) << lines_of(schema::explain(left)) << "\n" << script_of(plan);
    expect_kept(before, world.tables("pair_a"), plan);
}

} // namespace

schema_world::schema_world(cluster_options options) : cluster(std::move(options)) {}

void schema_world::make(const std::string& database, const std::string& sql) {
    cluster.sql("postgres", "DROP DATABASE IF EXISTS " + database + " WITH (FORCE)");
    cluster.sql("postgres", "CREATE DATABASE " + database + " TEMPLATE template0");
    cluster.sql(database, sql);
}

std::unique_ptr<pg::session> schema_world::connect(const std::string& database) {
    const auto connector = connector_to(io, cluster.url(database));
    return std::move(run_on(io, connector->connect(clock::now() + 20s)).value());
}

schema::catalogue schema_world::read(const std::string& database) {
    const auto session = connect(database);
    return run_on(io, schema::read_catalogue(*session, {}, clock::now() + 60s), 60s).value();
}

result<void> schema_world::apply(const std::string& database, const schema::schema_plan& plan) {
    const auto session = connect(database);
    const auto run = [&](const std::string& sql) -> result<void> {
        auto done = run_on(io, session->execute(sql, clock::now() + 60s), 60s);
        if (done.has_value())
            return {};
        error e = done.error();
        e.message += "\nin: " + sql;
        return e;
    };
    bool open = false;
    const auto wanted = [&](bool transaction) -> result<void> {
        if (open == transaction)
            return {};
        open = transaction;
        return run(transaction ? "BEGIN" : "COMMIT");
    };
    for (const auto& s : plan.statements) {
        if (auto ready = wanted(s.transactional); ready.has_error())
            return ready;
        if (auto done = run(s.sql); done.has_error())
            return done;
    }
    return wanted(false);
}

std::map<std::string, schema_world::table_state> schema_world::tables(const std::string& database) {
    std::map<std::string, table_state> found;
    const auto all = cluster.sql(
        database,
        "SELECT quote_ident(nspname) || '.' || quote_ident(relname), relfilenode, c.oid FROM "
        "pg_class c JOIN pg_namespace n ON n.oid = relnamespace WHERE relkind = 'r' AND "
        "nspname !~ '^pg_' AND nspname <> 'information_schema' AND relpersistence <> 't'");
    for (const auto& row : all)
        found[row[0]] = {cluster.value(database, "SELECT count(*) FROM " + row[0]), row[1], row[2]};
    return found;
}

std::string script_of(const schema::schema_plan& plan) {
    std::string out;
    for (const auto& s : plan.statements) {
        if (!s.destructive.empty())
            out += "-- DESTRUCTIVE: " + s.destructive + "\n";
        out += s.sql + ";\n";
    }
    return out;
}

std::vector<schema_pair> pairs_of(const std::string& topic) {
    namespace fs = std::filesystem;
    std::vector<schema_pair> pairs;
    for (const auto& entry : fs::directory_iterator(fs::path(HEADSPACE_SOURCE_DIR) /
                                                    "tests/integration/schema_pairs" / topic)) {
        schema_pair pair;
        pair.name = topic + "/" + entry.path().stem().string();
        std::string nowhere, renames;
        std::string* section = &nowhere;
        std::ifstream in(entry.path());
        for (std::string line; std::getline(in, line);) {
            if (line == "-- A")
                section = &pair.a;
            else if (line == "-- B")
                section = &pair.b;
            else if (line == "-- RENAMES")
                section = &renames;
            else if (line == "-- UP")
                section = &pair.up;
            else if (line == "-- DOWN")
                section = &pair.down;
            else
                *section += line + "\n";
        }
        for (const std::string& line : split(renames, '\n'))
            if (const auto arrow = line.find(" -> "); arrow != std::string::npos)
                pair.renames.push_back({line.substr(0, arrow), line.substr(arrow + 4), "the pair"});
        pairs.push_back(std::move(pair));
    }
    std::sort(pairs.begin(), pairs.end(),
              [](const auto& a, const auto& b) { return a.name < b.name; });
    return pairs;
}

result<pair_way> way_between(schema_world& world, const schema::catalogue& a,
                             const schema::catalogue& b,
                             const std::vector<schema::stated_rename>& renames,
                             const schema::plan_options& options) {
    const auto run = [&](const char* database, const statement_list& all) -> result<void> {
        schema::schema_plan plan;
        plan.statements = all;
        return world.apply(database, plan);
    };
    pair_way way{a, b, {}, {}, 0};
    const auto renaming = schema::plan_renames(a, b, renames);
    if (renaming.has_error())
        return renaming.error();
    way.head.append({renaming->forward, renaming->backward});
    way.renames = renaming->forward.size();
    if (auto done = run("pair_a", way.head.forward); done.has_error())
        return done.error();
    if (!renaming->empty())
        way.start = world.read("pair_a");
    const schema::link_plan links = schema::plan_links(way.start, b, options);
    if (!links.empty()) {
        if (auto done = run("pair_a", links.head.forward); done.has_error())
            return done.error();
        if (auto done = run("pair_b", links.tail.backward); done.has_error())
            return done.error();
        const schema::catalogue cut = world.read("pair_a");
        way.end = world.read("pair_b");
        const auto named = schema::plan_link_names({way.start, cut, way.end, b}, links);
        if (auto done = run("pair_a", named.forward); done.has_error())
            return done.error();
        way.start = named.forward.empty() ? cut : world.read("pair_a");
        way.head.append(links.head);
        way.head.append(named);
        way.tail = links.tail;
    }
    if (auto done = run("pair_a", way.head.backward); done.has_error())
        return done.error();
    return way;
}

void expect_both_ways(schema_world& world, const schema_pair& pair,
                      const schema::plan_options& options) {
    SCOPED_TRACE(pair.name);
    world.make("pair_a", pair.a);
    world.make("pair_b", pair.b);
    const auto a = world.read("pair_a");
    const auto b = world.read("pair_b");
    const auto way = way_between(world, a, b, pair.renames, options);
    ASSERT_TRUE(way.has_value()) << way.error().text();
    {
        SCOPED_TRACE("up");
        const auto plan = schema::plan_changes(way->start, way->end, options);
        ASSERT_TRUE(plan.has_value()) << plan.error().text();
        one_way(world, b, around(way->head.forward, *plan, way->tail.forward), way->renames,
                pair.up);
    }
    if (testing::Test::HasFatalFailure())
        return;
    SCOPED_TRACE("down");
    const auto plan = schema::plan_changes(
        way->tail.forward.empty() ? world.read("pair_a") : way->end, way->start, options);
    ASSERT_TRUE(plan.has_value()) << plan.error().text();
    one_way(world, a, around(way->tail.backward, *plan, way->head.backward), 0, pair.down);
}

} // namespace headspace::test
