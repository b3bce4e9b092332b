#include "revisions/names.hpp"

#include <gtest/gtest.h>

using namespace headspace;
using namespace headspace::revisions;
using namespace std::chrono_literals;

namespace {
constexpr wall_time now =
    wall_time(std::chrono::sys_days(std::chrono::year(2026) / 11 / 21)) + 10h + 123ms;
}

TEST(slug, letters_lose_their_marks_and_the_rest_becomes_one_underscore) {
    EXPECT_EQ(slug_of("Create users"), "create_users");
    EXPECT_EQ(slug_of("  Größe: füge Spalte hinzu! "), "grosse_fuge_spalte_hinzu");
    EXPECT_EQ(slug_of("Œuvre Łódź Ærø Þing naïve İstanbul Nguyễn"),
              "oeuvre_lodz_aero_thing_naive_istanbul");
    EXPECT_EQ(slug_of("u\xCC\x88mlaut"), "umlaut"); // a combining mark
    EXPECT_EQ(slug_of("a---b__c"), "a_b_c");
    EXPECT_EQ(slug_of("../../etc/passwd"), "etc_passwd");
}

TEST(slug, a_message_without_any_latin_letter_still_gives_a_name) {
    EXPECT_EQ(slug_of("таблица"), "revision");
    EXPECT_EQ(slug_of("!!!"), "revision");
    EXPECT_EQ(slug_of("表 2"), "2");
}

TEST(slug, a_long_message_is_cut_at_a_word) {
    EXPECT_EQ(slug_of("add the column that holds the name of the user"),
              "add_the_column_that_holds_the_name_of");
    EXPECT_EQ(slug_of(std::string(100, 'x')), std::string(40, 'x'));
}

TEST(message, it_becomes_one_line_and_may_not_look_like_a_directive) {
    EXPECT_EQ(checked_message(" add\n\ttable \x01 x ").value(), "add table x");
    EXPECT_FALSE(checked_message(""));
    EXPECT_FALSE(checked_message(" \n "));
    EXPECT_FALSE(checked_message("migrate:up"));
    EXPECT_FALSE(checked_message("Headspace:parent 1"));
    const auto latin1 = checked_message("gr\xFC");
    ASSERT_FALSE(latin1);
    EXPECT_EQ(latin1.error().code, make_error_code(errc::usage));
}

TEST(revision_id, it_is_the_utc_time_and_reads_back) {
    EXPECT_EQ(revision_id(now), "20261121100000");
    EXPECT_EQ(time_of_revision("20261121100000"), now - 123ms);
    for (const char* other :
         {"2026112110000", "202611211000001", "20261321100000", "20260230100000", "20261121240000",
          "20261121106000", "2026112110000x", ""})
        EXPECT_FALSE(time_of_revision(other)) << other;
}

TEST(revision_id, it_moves_on_until_it_is_free_and_after_its_parents) {
    EXPECT_EQ(next_revision_id(now, {}, {}), "20261121100000");
    EXPECT_EQ(next_revision_id(now, {}, {"20261121100000", "20261121100001"}), "20261121100002");
    EXPECT_EQ(next_revision_id(now, {"20261121235959"}, {"20261122000000"}), "20261122000001");
    EXPECT_EQ(next_revision_id(now, {"7"}, {"7"}), "20261121100000");
}

TEST(file_names, revision_and_slug_are_told_apart) {
    const auto usual = parse_file_name("20261121100000_create_users.sql");
    ASSERT_TRUE(usual);
    EXPECT_EQ(usual->revision, "20261121100000");
    EXPECT_EQ(usual->slug, "create_users");
    EXPECT_EQ(parse_file_name("1.sql")->slug, "");
    EXPECT_EQ(parse_file_name("001-init.sql")->revision, "001");
    EXPECT_EQ(parse_file_name("12abc.sql")->slug, "abc");
    EXPECT_EQ(parse_file_name("1.10.0_previews.sql")->revision, "1.10.0");
    EXPECT_EQ(parse_file_name("1.10.0_previews.sql")->slug, "previews");
    EXPECT_EQ(parse_file_name("1.10.sql")->revision, "1.10");
    EXPECT_EQ(parse_file_name("1.x.sql")->revision, "1");
    for (const char* other : {"init.sql", "1_init.sql.bak", "1_init", "_1.sql", "", ".sql"})
        EXPECT_FALSE(parse_file_name(other)) << other;
}
