#include "embedded/locate.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

using namespace headspace;
using namespace headspace::embedded;
using testing::ElementsAre;
using testing::HasSubstr;

TEST(locate, the_major_version_is_read_from_what_the_program_says) {
    EXPECT_EQ(major_of_version("postgres (PostgreSQL) 15.20 (Debian 15.20-0+deb12u1)"), 15);
    EXPECT_EQ(major_of_version("postgres (PostgreSQL) 17beta1"), 17);
    EXPECT_EQ(major_of_version("postgres (PostgreSQL) 9.6.24"), 9);
    EXPECT_EQ(major_of_version("bash: postgres: command not found"), std::nullopt);
    EXPECT_EQ(major_of_version("postgres (PostgreSQL) devel"), std::nullopt);
}

TEST(locate, the_major_version_of_data_is_that_of_PG_VERSION) {
    EXPECT_EQ(major_of_data("15\n"), 15);
    EXPECT_EQ(major_of_data("9.6\n"), 9);
    EXPECT_EQ(major_of_data(""), std::nullopt);
    EXPECT_EQ(major_of_data("-3"), std::nullopt);
}

TEST(locate, versions_are_sorted_as_numbers_newest_first) {
    EXPECT_THAT(newest_first({"/usr/lib/postgresql/9.6/bin", "/usr/lib/postgresql/15/bin",
                              "/usr/lib/postgresql/9.5/bin", "/usr/lib/postgresql/10/bin"}),
                ElementsAre("/usr/lib/postgresql/15/bin", "/usr/lib/postgresql/10/bin",
                            "/usr/lib/postgresql/9.6/bin", "/usr/lib/postgresql/9.5/bin"));
    EXPECT_THAT(newest_first({"/usr/pgsql-9.6/bin", "/usr/pgsql-16/bin", "/usr/pgsql-14/bin"}),
                ElementsAre("/usr/pgsql-16/bin", "/usr/pgsql-14/bin", "/usr/pgsql-9.6/bin"));
}

TEST(locate, a_configured_folder_is_the_only_one_that_is_looked_at) {
    search s;
    s.configured = "/opt/pg/bin";
    s.debian = {"/usr/lib/postgresql/15/bin"};
    s.path = "/usr/bin";
    EXPECT_THAT(search_order(s), ElementsAre("/opt/pg/bin"));
}

TEST(locate, without_one_the_environment_comes_first_and_PATH_last_and_nothing_twice) {
    search s;
    s.pg_bindir = "/home/me/pg/bin";
    s.pg_config = "/usr/lib/postgresql/14/bin";
    s.debian = {"/usr/lib/postgresql/14/bin", "/usr/lib/postgresql/15/bin"};
    s.red_hat = {"/usr/pgsql-16/bin"};
    s.path = "/usr/bin:.::/home/me/pg/bin";
    EXPECT_THAT(search_order(s),
                ElementsAre("/home/me/pg/bin", "/usr/lib/postgresql/14/bin",
                            "/usr/lib/postgresql/15/bin", "/usr/pgsql-16/bin", "/usr/bin"));
}

TEST(locate, a_new_cluster_gets_the_best_programs_and_data_those_of_its_version) {
    const std::vector<programs> found{{"/b/16", 16}, {"/b/15", 15}};
    EXPECT_EQ(choose(found, std::nullopt, "/data", "").value(), (programs{"/b/16", 16}));
    EXPECT_EQ(choose(found, 15, "/data", "").value(), (programs{"/b/15", 15}));
}

TEST(locate, data_of_another_version_is_refused_with_both_ways_out) {
    const auto chosen = choose({{"/b/15", 15}}, 14, "/data", "");
    ASSERT_FALSE(chosen);
    EXPECT_EQ(chosen.error().kind, error_class::refuse);
    EXPECT_EQ(chosen.error().message,
              "/data holds data of PostgreSQL 14, and only PostgreSQL 15 (/b/15) is here; "
              "nothing was changed");
    EXPECT_THAT(chosen.error().hint, HasSubstr("apt install postgresql-14"));
    EXPECT_THAT(chosen.error().hint, HasSubstr("embedded.data_directory"));
}

TEST(locate, a_missing_or_too_old_PostgreSQL_can_be_healed_by_installing_one) {
    const auto none = choose({}, std::nullopt, "/data", "");
    EXPECT_EQ(none.error().kind, error_class::unavailable);
    EXPECT_THAT(none.error().hint, HasSubstr("apt install postgresql-15"));
    EXPECT_THAT(choose({}, std::nullopt, "/data", "/opt/pg").error().message,
                HasSubstr("embedded.bindir /opt/pg"));
    EXPECT_THAT(choose({{"/b/12", 12}}, std::nullopt, "/data", "").error().message,
                HasSubstr("PostgreSQL 12 (/b/12) is older than 13"));
}
