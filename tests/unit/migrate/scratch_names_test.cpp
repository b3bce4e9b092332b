#include "migrate/scratch_names.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

using namespace headspace;
using namespace headspace::migrate;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

namespace {

const scratch_run run{0x0A1B2C3D, wall_time(std::chrono::seconds(1'795'255'200)), "web1", 4711};

} // namespace

TEST(scratch_name, carries_its_time_and_the_key_of_its_run) {
    const std::string name = scratch_name(run, 'a');
    EXPECT_EQ(name, "headspace_scratch_20261121100000_0a1b2c3d_a");
    EXPECT_EQ(key_of_scratch(name), 0x0A1B2C3DU);
    EXPECT_LT(name.size(), 63U);
}

TEST(scratch_name, is_not_read_from_databases_that_only_look_like_one) {
    for (const char* name :
         {"headspace_scratch_", "headspace_scratch_mine", "headspace_scratch_20261121100000",
          "headspace_scratch_20261121100000_0a1b2c3d",
          "headspace_scratch_20261121100000_0a1b2c3x_a",
          "headspace_scratch_2026112110000x_0a1b2c3d_a",
          "xheadspace_scratch_20261121100000_0a1b2c3d_a",
          "headspace_scratch_20261121100000_0a1b2c3d_ab"})
        EXPECT_EQ(key_of_scratch(name), std::nullopt) << name;
}

TEST(orphans, are_the_databases_whose_run_holds_no_lock) {
    scratch_run other = run;
    other.key = 7;
    const std::vector<std::string> all{scratch_name(run, 'a'), scratch_name(run, 'b'),
                                       scratch_name(other, 'a'), "headspace_scratch_by_hand"};
    EXPECT_THAT(orphans_of(all, {7}), ElementsAre(all[0], all[1]));
    EXPECT_THAT(orphans_of(all, {7, run.key}), ElementsAre());
}

TEST(scratch_comment, says_whose_it_is) {
    EXPECT_THAT(scratch_comment(run),
                HasSubstr("2026-11-21T10:00:00.000Z by process 4711 on web1"));
}

TEST(create_scratch, takes_encoding_and_locale_of_the_target) {
    database_locale like{150000, "UTF8", "en_US.utf8", "C", "c", "", ""};
    EXPECT_EQ(create_scratch_sql("x", like),
              "CREATE DATABASE \"x\" TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'en_US.utf8' "
              "LC_CTYPE 'C'");
    like.provider = "i";
    like.icu_locale = "de-AT";
    EXPECT_THAT(create_scratch_sql("x", like),
                HasSubstr(" LOCALE_PROVIDER icu ICU_LOCALE 'de-AT'"));
    like.icu_rules = "&a < b";
    EXPECT_THAT(create_scratch_sql("x", like), HasSubstr(" ICU_RULES '&a < b'"));
    like.provider = "b";
    EXPECT_THAT(create_scratch_sql("x", like), HasSubstr(" BUILTIN_LOCALE 'de-AT'"));
}

TEST(locale_query, asks_only_for_columns_that_the_server_has) {
    EXPECT_THAT(locale_query(140000), Not(HasSubstr("datlocprovider")));
    EXPECT_THAT(locale_query(150000), HasSubstr("daticulocale"));
    EXPECT_THAT(locale_query(150000), Not(HasSubstr("daticurules")));
    EXPECT_THAT(locale_query(160000), HasSubstr("daticurules"));
    EXPECT_THAT(locale_query(170000), HasSubstr("datlocale"));
}
