// Every rule, both ways, on a real server: the pairs of schemas in schema_pairs/TOPIC. To run some
// of them: HEADSPACE_SCHEMA_PAIR=tables/serial.
#include "integration/schema_random.hpp"
#include "integration/schema_world.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <regex>

namespace headspace::test {
namespace {

class schema_plan : public testing::TestWithParam<const char*> {};

TEST_P(schema_plan, leads_from_either_schema_to_the_other_and_says_what_it_costs) {
    schema_world world;
    const char* wanted = std::getenv("HEADSPACE_SCHEMA_PAIR");
    const auto pairs = pairs_of(GetParam());
    ASSERT_FALSE(pairs.empty());
    for (const schema_pair& pair : pairs)
        if (!wanted || pair.name.find(wanted) != std::string::npos)
            expect_both_ways(world, pair);
}

TEST(schema_plan_online, builds_and_validates_outside_of_transactions_and_leads_to_the_same) {
    schema_world world;
    const auto pairs = pairs_of("online");
    ASSERT_FALSE(pairs.empty());
    schema::plan_options options;
    options.online = true;
    for (const schema_pair& pair : pairs)
        expect_both_ways(world, pair, options);
}

TEST(schema_plan_newer_servers, know_what_18_brought) {
    constexpr int needed = 18;
    if (postgres_major() < needed) {
        std::cout << "this is PostgreSQL " << postgres_major()
                  << ": what 18 brought was not tried (HEADSPACE_TEST_PG_BINDIR)\n";
        return;
    }
    schema_world world;
    for (const schema_pair& pair : pairs_of("since_18")) {
        expect_both_ways(world, pair);
        for (const auto& object : world.read("pair_a").unmodelled)
            ADD_FAILURE() << "not compared: " << object.type << " " << object.identity;
    }
}

TEST(schema_plan_random, leads_from_any_tables_to_others_and_back) {
    schema_world world;
    // HEADSPACE_SCHEMA_SEEDS=1000-1200 tries others.
    std::uint32_t first = 1, last = 8;
    if (const char* seeds = std::getenv("HEADSPACE_SCHEMA_SEEDS")) {
        ASSERT_EQ(std::sscanf(seeds, "%u-%u", &first, &last), 2);
    }
    for (std::uint32_t seed = first; seed <= last; ++seed)
        expect_both_ways(world, random_pair(seed));
}

TEST(schema_catalogue, names_what_hangs_on_inherited_columns_and_is_not_compared) {
    schema_world world;
    world.make("heirs", "CREATE TABLE p (id int, a int); CREATE TABLE h () INHERITS (p); "
                        "COMMENT ON COLUMN p.a IS 'compared'; COMMENT ON COLUMN h.a IS 'not'; "
                        "GRANT SELECT (id) ON h TO PUBLIC; GRANT SELECT (a) ON p TO PUBLIC");
    const auto read = world.read("heirs");
    std::vector<std::string> named;
    for (const schema::unmodelled_object& o : read.unmodelled)
        named.push_back(o.type + " " + o.identity);
    EXPECT_EQ(named, (std::vector<std::string>{"comment on inherited column public.h.a",
                                               "privileges on inherited column public.h.id"}));
}

// Pairs of schemas that others wrote: any folder below HEADSPACE_CORPORA with an a.sql and a b.sql.
// Roles are of the whole server: they are made first, and their statements taken out.
std::string without_roles(schema_world& world, const std::string& sql) {
    static const std::regex block(
        R"re(DO\s+\$\$(?:(?!\$\$)[\s\S])*?CREATE\s+(?:ROLE|USER)(?:(?!\$\$)[\s\S])*?\$\$\s*;)re",
        std::regex::icase);
    static const std::regex statement(
        R"re((?:CREATE|DROP)\s+(?:ROLE|USER)\s+(?!MAPPING)(?:IF\s+EXISTS\s+)?("[^"]+"|\w+)[^;]*;)re",
        std::regex::icase);
    for (std::sregex_iterator m(sql.begin(), sql.end(), statement), end; m != end; ++m) {
        const std::string name = (*m)[1];
        world.cluster.sql("postgres", "DO $$ BEGIN CREATE ROLE " + name +
                                          "; EXCEPTION WHEN duplicate_object THEN NULL; END $$");
    }
    static const std::regex inside(R"re(CREATE\s+(?:ROLE|USER)\s+(?!MAPPING)("[^"]+"|\w+))re",
                                   std::regex::icase);
    for (std::sregex_iterator m(sql.begin(), sql.end(), inside), end; m != end; ++m)
        world.cluster.sql("postgres", "DO $$ BEGIN CREATE ROLE " + std::string((*m)[1]) +
                                          "; EXCEPTION WHEN duplicate_object THEN NULL; END $$");
    return std::regex_replace(std::regex_replace(sql, block, ""), statement, "");
}

std::string contents(const std::filesystem::path& file) {
    std::ifstream in(file);
    return {std::istreambuf_iterator<char>(in), {}};
}

TEST(schema_plan_corpora, leads_from_either_of_two_schemas_of_other_projects_to_the_other) {
    const char* folder = std::getenv("HEADSPACE_CORPORA");
    if (!folder) {
        std::cout << "HEADSPACE_CORPORA is not set: only the repository's own pairs were tried\n";
        return;
    }
    schema_world world;
    const char* wanted = std::getenv("HEADSPACE_SCHEMA_PAIR");
    std::vector<std::filesystem::path> folders;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder))
        if (entry.path().filename() == "a.sql" && exists(entry.path().parent_path() / "b.sql"))
            folders.push_back(entry.path().parent_path());
    std::sort(folders.begin(), folders.end());
    int tried = 0;
    for (const auto& place : folders) {
        schema_pair pair;
        pair.name = place.filename().string();
        if (wanted && pair.name.find(wanted) == std::string::npos)
            continue;
        try {
            pair.a = without_roles(world, contents(place / "a.sql"));
            pair.b = without_roles(world, contents(place / "b.sql"));
            if ((pair.a + pair.b).find("CREATE SUBSCRIPTION") != std::string::npos)
                throw std::runtime_error("subscriptions are named and not compared");
            world.make("pair_a", pair.a);
            world.make("pair_b", pair.b);
        } catch (const std::exception& e) {
            std::cout << "excluded: " << pair.name << " does not load: " << e.what() << '\n';
            continue;
        }
        const auto way = way_between(world, world.read("pair_a"), world.read("pair_b"), {});
        ASSERT_TRUE(way.has_value()) << pair.name << ": " << way.error().text();
        const auto plan = schema::plan_changes(way->start, way->end, {});
        if (plan.has_error() && plan.error().code == errc::conflict_here) {
            std::cout << "refused: " << pair.name << ": " << plan.error().text() << '\n';
            continue;
        }
        expect_both_ways(world, pair);
        ++tried;
    }
    EXPECT_GT(tried, 0) << "a folder without any pair that loads";
    std::cout << tried << " of " << folders.size() << " pairs tried\n";
}

INSTANTIATE_TEST_SUITE_P(pairs, schema_plan,
                         testing::Values("tables", "types", "routines", "views", "others",
                                         "families", "renames"),
                         [](const auto& topic) { return std::string(topic.param); });

} // namespace
} // namespace headspace::test
