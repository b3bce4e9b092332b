// Every rule, both ways, on a real server: the pairs of schemas in schema_pairs/TOPIC. To run some
// of them: HEADSPACE_SCHEMA_PAIR=tables/serial.
#include "integration/schema_random.hpp"
#include "integration/schema_world.hpp"

#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>

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

INSTANTIATE_TEST_SUITE_P(pairs, schema_plan,
                         testing::Values("tables", "types", "routines", "views", "others",
                                         "families", "renames"),
                         [](const auto& topic) { return std::string(topic.param); });

} // namespace
} // namespace headspace::test
