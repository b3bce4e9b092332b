#include "foreign.hpp"

#include <gmock/gmock.h>

using namespace headspace;
using namespace headspace::revisions;
using namespace headspace::test;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

namespace {

foreign_reading flyway(const std::vector<foreign_file>& files) {
    return read(directory_format::flyway, files);
}

} // namespace

TEST(flyway, versions_are_numbers_part_by_part) {
    const auto r = flyway({{"V1.10.0__ten_more.sql", "select 3;"},
                           {"V1.9.0__nine.sql", "select 2;"},
                           {"sub/V1_2__two.sql", "select 1;"},
                           {"V002__second.sql", "select 4;"},
                           {"V20240101120000.sql", "select 5;"}});
    EXPECT_THAT(problems(r), IsEmpty());
    EXPECT_THAT(order(r), ElementsAre("1.2", "1.9.0", "1.10.0", "002", "20240101120000"));
    EXPECT_EQ(get(r, "1.10.0").message, "ten more");
    EXPECT_EQ(get(r, "1.2").file, "./sub/V1_2__two.sql");
    EXPECT_FALSE(get(r, "1.2").down);
}

TEST(flyway, an_undo_file_is_the_down_half) {
    const auto r = flyway({{"V1__a.sql", "select 1;"}, {"U1.0__a.sql", "select -1;"}});
    EXPECT_THAT(problems(r), IsEmpty());
    const script s = get(r, "1");
    ASSERT_TRUE(s.down);
    EXPECT_THAT(texts(*s.down), ElementsAre("select -1"));
    EXPECT_EQ(s.down->file, "./U1.0__a.sql");
    EXPECT_THAT(problems(flyway({{"U1__a.sql", ""}, {"V2__a.sql", ""}})),
                ElementsAre(HasSubstr("U1__a.sql:1: there is no V1")));
}

TEST(flyway, repeatables_stand_beside_the_others_by_description) {
    const auto r = flyway(
        {{"R__views.sql", "select 2;"}, {"R__functions_of_a.sql", "select 1;"}, {"V1__a.sql", ""}});
    EXPECT_THAT(problems(r), IsEmpty());
    ASSERT_EQ(r.repeatables.size(), 2);
    EXPECT_EQ(r.repeatables[0].revision, "R__functions of a");
    EXPECT_EQ(r.repeatables[1].revision, "R__views");
    EXPECT_TRUE(is_repeatable(r.repeatables[1].revision));
    EXPECT_FALSE(is_repeatable("1.10.0"));
    EXPECT_THAT(order(r), ElementsAre("1"));
}

TEST(flyway, a_baseline_stands_in_for_what_it_replaces) {
    const auto r = flyway({{"V1__a.sql", "select 1;"},
                           {"V3__c.sql", "select 3;"},
                           {"B2__old.sql", "select -2;"},
                           {"B3.1__all.sql", "select -3;"},
                           {"V4__d.sql", "select 4;"}});
    EXPECT_THAT(problems(r), IsEmpty());
    EXPECT_THAT(order(r), ElementsAre("1", "3", "4"));
    ASSERT_TRUE(r.baseline);
    EXPECT_EQ(r.baseline->revision, "3.1");
    EXPECT_EQ(r.baseline_for, "3");
    EXPECT_EQ(r.baseline_version, "3.1");
}

TEST(flyway, a_baseline_without_older_files_is_the_first_revision) {
    const auto r = flyway({{"B3__all.sql", "select -3;"}, {"V4__d.sql", ""}, {"U2__x.sql", ""}});
    EXPECT_THAT(problems(r), IsEmpty());
    EXPECT_THAT(order(r), ElementsAre("3", "4"));
    EXPECT_FALSE(r.baseline);
    EXPECT_EQ(r.baseline_version, "3");
}

TEST(flyway, the_settings_beside_a_file_are_heard) {
    const auto with = [](const std::string& conf, const std::string& sql = "select 1;") {
        return flyway({{"V1__a.sql", sql}, {"V1__a.sql.conf", conf}});
    };
    EXPECT_FALSE(get(with("executeInTransaction=false\n"), "1").up.options.transaction);
    EXPECT_TRUE(get(with("# nothing\nencoding=UTF-8\n"), "1").up.options.transaction);
    EXPECT_THAT(problems(with("placeholderReplacement=false\n", "select '${x}';")), IsEmpty());
    EXPECT_THAT(problems(with("shouldExecute=${x}\n")),
                ElementsAre(HasSubstr("V1__a.sql.conf:1: headspaced does not know shouldExecute")));
    EXPECT_THAT(problems(with("executeInTransaction=1\n")),
                ElementsAre(HasSubstr("true or false")));
}

TEST(flyway, placeholders_are_refused_by_name) {
    EXPECT_THAT(
        problems(flyway({{"V1__a.sql", "select $$ x $$;\nselect '${flyway:defaultSchema}';\n"}})),
        ElementsAre(HasSubstr("V1__a.sql:2: Flyway's placeholder ${flyway:defaultSchema}")));
}

TEST(flyway, without_a_setting_the_statements_decide_about_the_transaction) {
    const auto r = flyway({{"V1__a.sql", "create index concurrently i on t (a);"},
                           {"V2__b.sql", "create index i on t (a);"}});
    EXPECT_FALSE(get(r, "1").up.options.transaction);
    EXPECT_TRUE(get(r, "2").up.options.transaction);
}

TEST(flyway, wrong_names_and_versions_that_are_there_twice_are_errors) {
    EXPECT_THAT(problems(flyway({{"V1__a.sql", ""}, {"x/V1.0__b.sql", ""}})),
                ElementsAre(HasSubstr("x/V1.0__b.sql:1: version V1.0 is also that of V1__a.sql")));
    EXPECT_THAT(problems(flyway({{"V1.x__a.sql", ""}})),
                ElementsAre(HasSubstr("V1.x__a.sql: the version 1.x is not made of numbers")));
    EXPECT_THAT(problems(flyway({{"V__a.sql", ""}})), ElementsAre(HasSubstr("no version")));
    EXPECT_THAT(problems(flyway({{"R1__a.sql", ""}})),
                ElementsAre(HasSubstr("a repeatable migration has no version")));
    EXPECT_THAT(problems(flyway({{"R__a.sql", ""}, {"x/R__a.sql", ""}})),
                ElementsAre(HasSubstr("is also that of R__a.sql")));
}

TEST(flyway, callbacks_are_noted_and_not_run) {
    const auto r = flyway({{"V1__a.sql", ""}, {"afterMigrate.sql", "select 1;"}, {"doc.md", ""}});
    EXPECT_THAT(problems(r), IsEmpty());
    EXPECT_THAT(r.notes, ElementsAre(HasSubstr("afterMigrate.sql")));
}
