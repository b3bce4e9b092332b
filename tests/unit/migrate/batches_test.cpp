#include "migrate/batches.hpp"

#include <gtest/gtest.h>

#include <vector>

using namespace headspace::migrate;

namespace {

using texts = std::vector<std::string_view>;

} // namespace

TEST(batches, hold_what_means_the_same_in_one_message) {
    EXPECT_EQ(batch_length(texts{"CREATE TABLE a ()", "alter table a add b int", "COMMENT ON ..."}),
              3U);
    EXPECT_EQ(batch_length({}), 0U);
}

TEST(batches, end_before_and_after_what_could_change_how_the_rest_is_read) {
    const texts all{"CREATE TABLE a ()", "SET standard_conforming_strings = off",
                    "CREATE TABLE b ()"};
    EXPECT_EQ(batch_length(all), 1U);
    EXPECT_EQ(batch_length(texts(all.begin() + 1, all.end())), 1U);
    EXPECT_EQ(batch_length(texts{"DROP TABLE a", "SELECT set_config('a', 'b', false)"}), 1U);
    EXPECT_EQ(batch_length(texts{"DROP TABLE a", "DO $$ BEGIN END $$"}), 1U);
}

TEST(batches, have_an_end) {
    EXPECT_EQ(batch_length(texts(1000, "DROP TABLE a")), 50U);
    const std::string large = "INSERT INTO a VALUES ('" + std::string(60000, 'x') + "')";
    EXPECT_EQ(batch_length(texts{large, large, large}), 1U);
}

TEST(batches, survive_a_comment_at_the_end_of_a_statement) {
    const texts all{"DROP TABLE a -- the old one", "DROP TABLE b"};
    EXPECT_EQ(batch_text(all, 2), "DROP TABLE a -- the old one\n;\nDROP TABLE b\n;\n");
}
