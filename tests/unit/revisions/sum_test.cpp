#include "base/text.hpp"
#include "revisions/sha256.hpp"
#include "revisions/sum.hpp"
#include "scripts.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

using namespace headspace;
using namespace headspace::revisions;
using namespace headspace::test;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

namespace {

std::vector<std::string> differences(const std::string& sum, const std::vector<script>& scripts) {
    const auto lines = parse_sum(sum);
    if (!lines)
        return {lines.error().message};
    std::vector<std::string> found;
    for (const sum_difference& d : compare_sum(*lines, scripts))
        found.push_back(d.text());
    return found;
}

} // namespace

TEST(sum, sha256_is_that_of_the_standard) {
    EXPECT_EQ(sha256_hex("abc"),
              "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    EXPECT_EQ(sha256_hex(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TEST(sum, what_is_computed_reads_back_without_a_difference) {
    const auto scripts = make_scripts({"2", "10", "1"});
    const std::string sum = compute_sum(scripts);
    EXPECT_THAT(differences(sum, scripts), IsEmpty());
    const auto lines = parse_sum(sum);
    ASSERT_TRUE(lines);
    ASSERT_EQ(lines->size(), 3U);
    EXPECT_EQ((*lines)[0].file, "1_x.sql");
    EXPECT_EQ((*lines)[2].file, "10_x.sql");
    EXPECT_EQ((*lines)[2].line, 4U);
    EXPECT_EQ((*lines)[0].chain, sha256_hex(" 1_x.sql " + scripts[2].checksum + "\n"));
    EXPECT_EQ((*lines)[1].chain,
              sha256_hex((*lines)[0].chain + " 2_x.sql " + scripts[0].checksum + "\n"));
}

TEST(sum, an_edit_changes_its_line_and_every_later_one) {
    auto scripts = make_scripts({"1", "2", "3"});
    const auto before = parse_sum(compute_sum(scripts)).value();
    scripts[1] = parse_script("2_x.sql", "-- migrate:up\nselect 3;\n").value();
    const auto after = parse_sum(compute_sum(scripts)).value();
    EXPECT_EQ(before[0].chain, after[0].chain);
    EXPECT_NE(before[1].chain, after[1].chain);
    EXPECT_NE(before[2].chain, after[2].chain);
    EXPECT_EQ(before[2].checksum, after[2].checksum);
}

TEST(sum, added_edited_and_removed_files_are_named_with_their_lines) {
    auto scripts = make_scripts({"1", "2", "3"});
    const std::string sum = compute_sum(scripts);
    scripts[1] = parse_script("2_x.sql", "-- migrate:up\nselect 3;\n").value();
    scripts.erase(scripts.begin());
    scripts.push_back(parse_script("4_x.sql", "-- migrate:up\n").value());
    EXPECT_THAT(differences(sum, scripts),
                ElementsAre("headspace.sum:2: 1_x.sql was removed",
                            "headspace.sum:3: 2_x.sql was edited",
                            "headspace.sum:5: 4_x.sql is missing there"));
}

TEST(sum, a_line_taken_out_or_moved_breaks_the_chain) {
    const auto scripts = make_scripts({"1", "2", "3"});
    auto lines = split(compute_sum(scripts), '\n');
    auto moved = lines;
    std::swap(moved[1], moved[2]);
    EXPECT_THAT(differences(join(moved, "\n"), scripts),
                ElementsAre(HasSubstr("sum:2: 2_x.sql does not continue"),
                            HasSubstr("sum:3: 1_x.sql does not continue"),
                            HasSubstr("sum:4: 3_x.sql does not continue")));
    lines.erase(lines.begin() + 2);
    EXPECT_THAT(differences(join(lines, "\n"), scripts),
                ElementsAre(HasSubstr("sum:3: 3_x.sql does not continue"),
                            HasSubstr("sum:3: 2_x.sql is missing")));
}

TEST(sum, damaged_files_are_refused_by_line) {
    const std::string sum = compute_sum(make_scripts({"1"}));
    EXPECT_THAT(parse_sum("").error().message, HasSubstr("headspace.sum:1"));
    EXPECT_THAT(parse_sum("h1:abc\n").error().message, HasSubstr("headspace.sum:1"));
    const auto conflict = parse_sum(sum + "<<<<<<< HEAD\n");
    ASSERT_FALSE(conflict);
    EXPECT_THAT(conflict.error().text(), HasSubstr("headspace.sum:3: a conflict that Git left"));
    EXPECT_FALSE(parse_sum(sum + "\n"));
    EXPECT_FALSE(parse_sum(sum + "x sha256:00 chain:00\n"));
    EXPECT_FALSE(parse_sum(sum + " sha256: chain:\n"));
}

TEST(sum, line_ends_of_the_other_world_and_blanks_in_names_are_no_trouble) {
    std::vector<script> scripts{parse_script("1_a b.sql", "-- migrate:up\n").value()};
    const std::string sum = compute_sum(scripts);
    std::string dos;
    for (const char c : sum)
        dos += c == '\n' ? std::string("\r\n") : std::string(1, c);
    EXPECT_THAT(differences(dos, scripts), IsEmpty());
    EXPECT_EQ(parse_sum(sum).value()[0].file, "1_a b.sql");
}
