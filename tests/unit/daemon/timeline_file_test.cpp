#include "daemon/timeline_file.hpp"
#include "support/log_capture.hpp"
#include "support/temp_directory.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

using namespace headspace;
using namespace headspace::daemon;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

namespace {

using is = pg::server_identity;

const is old_one{"7001", 2};
const is other{"7002", 1};

std::vector<is> in(const std::filesystem::path& file) {
    return parse_timelines(test::read_file(file));
}

} // namespace

TEST(timeline_file, what_was_written_is_read_again) {
    EXPECT_THAT(parse_timelines(with_timeline(with_timeline("", old_one), other)),
                ElementsAre(old_one, other));
}

TEST(timeline_file, a_number_never_gets_lower) {
    const std::string text = with_timeline("", old_one);
    EXPECT_THAT(parse_timelines(with_timeline(text, {"7001", 1})), ElementsAre(old_one));
    EXPECT_THAT(parse_timelines(with_timeline(text, {"7001", 5})), ElementsAre(is{"7001", 5}));
}

TEST(timeline_file, says_in_itself_what_it_is) {
    EXPECT_THAT(with_timeline("", old_one), HasSubstr("headspaced(8)"));
}

TEST(timeline_file, lines_that_say_nothing_are_passed_over) {
    EXPECT_THAT(parse_timelines("# a comment 3\n\n7001\n7001 x\n7001 0\n 7001  2 \n7002 1"),
                ElementsAre(old_one, other));
    EXPECT_THAT(parse_timelines(""), IsEmpty());
}

TEST(timeline_file, of_many_clusters_the_last_ones_are_kept) {
    std::string text;
    for (int i = 0; i < 200; ++i)
        text = with_timeline(text, {std::to_string(i), 1});
    const auto kept = parse_timelines(text);
    EXPECT_THAT(kept, SizeIs(64));
    EXPECT_EQ(kept.back(), (is{"199", 1}));
}

TEST(timeline_file, the_folder_is_made_and_nothing_else_is_left_in_it) {
    const test::temp_directory home("tlf");
    const auto file = home.path() / "state" / "timelines";
    ASSERT_TRUE(keep_timeline(file, old_one).has_value());
    ASSERT_TRUE(keep_timeline(file, other).has_value());
    EXPECT_THAT(in(file), ElementsAre(old_one, other));
    EXPECT_EQ(std::distance(std::filesystem::directory_iterator(file.parent_path()), {}), 1);
}

TEST(timeline_file, what_one_process_saw_the_next_one_knows) {
    const test::temp_directory home("tlf");
    const auto file = home.path() / "timelines";
    asio::io_context io;
    test::log_capture log;
    {
        timeline_keeper keeper(io.get_executor(), file, log.sink());
        pg::timelines seen;
        keeper.attach(seen);
        (void)seen.observe("b:5432", old_one);
        io.run();
    }
    EXPECT_THAT(in(file), ElementsAre(old_one));
    pg::timelines seen;
    timeline_keeper keeper(io.get_executor(), file, log.sink());
    keeper.attach(seen);
    EXPECT_EQ(seen.observe("a:5432", {"7001", 1}).what, pg::timelines::verdict::stale);
    EXPECT_THAT(log.events(), IsEmpty());
}

TEST(timeline_file, one_that_cannot_be_written_is_a_warning) {
    const test::temp_directory home("tlf");
    test::write_file(home.path() / "state", "a file, no folder");
    asio::io_context io;
    test::log_capture log;
    timeline_keeper keeper(io.get_executor(), home.path() / "state" / "timelines", log.sink());
    pg::timelines seen;
    keeper.attach(seen);
    (void)seen.observe("b:5432", old_one);
    io.run();
    ASSERT_THAT(log.events(), SizeIs(1));
    EXPECT_EQ(log.events().front().name, "timelines_not_kept");
    EXPECT_EQ(log.events().front().level, log_level::warning);
}
