#include "revisions/import.hpp"
#include "support/temp_directory.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

using namespace headspace;
using namespace headspace::revisions;
using namespace std::chrono_literals;
using headspace::test::read_file;
using headspace::test::temp_directory;
using headspace::test::write_file;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

namespace fs = std::filesystem;

namespace {

constexpr wall_time now = wall_time(std::chrono::sys_days(std::chrono::year(2026) / 11 / 21)) + 10h;

class import : public ::testing::Test {
protected:
    temp_directory top_;
    fs::path from_ = top_.path() / "old";
    fs::path to_ = top_.path() / "new";

    void put(const std::string& name, const std::string& text) {
        fs::create_directories((from_ / name).parent_path());
        write_file(from_ / name, text);
    }
    result<native_files> run() {
        return import_directory(from_, directory_format::automatic, to_, now);
    }
    /// What was written, read back.
    directory written() {
        auto d = read_directory(to_);
        if (!d || !d->problems.empty()) {
            ADD_FAILURE() << (d ? d->first_problem().text() : d.error().text());
            return {};
        }
        EXPECT_TRUE(d->is_native());
        EXPECT_THAT(d->sum_differences, IsEmpty());
        EXPECT_TRUE(d->sum);
        return std::move(*d);
    }
    static std::vector<std::string> names(const directory& d) {
        std::vector<std::string> found;
        for (const script& s : d.graph.scripts())
            found.push_back(s.file);
        return found;
    }
};

} // namespace

TEST_F(import, keeps_ids_messages_and_checksums) {
    put("000001_make_users.up.sql", "create table users (id int);\n");
    put("000001_make_users.down.sql", "drop table users;\n");
    put("000002_index-it.up.sql", "create index concurrently i on users (id);\n");
    const auto done = run();
    ASSERT_TRUE(done) << done.error().text();
    EXPECT_THAT(done->files.front().from,
                ElementsAre("000001_make_users.up.sql", "000001_make_users.down.sql"));
    const directory before = *read_directory(from_);
    const directory after = written();
    EXPECT_THAT(names(after), ElementsAre("000001_make_users.sql", "000002_index_it.sql"));
    for (const script& s : before.graph.scripts()) {
        const script* same = after.graph.find(s.revision);
        ASSERT_TRUE(same);
        EXPECT_EQ(same->checksum, s.checksum);
        EXPECT_EQ(same->message, s.message);
        EXPECT_EQ(same->parents, s.parents);
        EXPECT_EQ(same->up.text, s.up.text);
    }
    EXPECT_FALSE(after.graph.find("000002")->up.options.transaction);
    EXPECT_FALSE(after.graph.find("000002")->down);
}

TEST_F(import, of_flyway_keeps_its_versions) {
    put("V1.9.0__nine.sql", "select 9;");
    put("V1.10.0__ten_more.sql", "select 10;");
    put("R__views.sql", "select 11;");
    put("R__and_more.sql", "select 12;");
    const auto done = run();
    ASSERT_TRUE(done) << done.error().text();
    const directory after = written();
    EXPECT_THAT(names(after),
                ElementsAre("1.9.0_nine.sql", "1.10.0_ten_more.sql", "20261121100000_and_more.sql",
                            "20261121100001_views.sql"));
    EXPECT_EQ(after.graph.find("20261121100001")->message, "views");
    EXPECT_THAT(done->notes, ElementsAre(HasSubstr("R__and_more.sql is an ordinary revision now"),
                                         HasSubstr("R__views.sql")));
}

TEST_F(import, of_dbmate_copies_its_files_and_says_parents_only_where_names_differ) {
    const std::string text = "-- migrate:up\nselect 1;\n\n-- migrate:down\n";
    put("10-ten.sql", text);
    put("11_eleven.sql", text);
    ASSERT_TRUE(run());
    EXPECT_EQ(read_file(to_ / "versions/10-ten.sql"), text);
    put("9_nine.sql", text); // the last one by name
    to_ = top_.path() / "other";
    ASSERT_TRUE(run());
    const directory after = written();
    EXPECT_THAT(names(after), ElementsAre("10-ten.sql", "11_eleven.sql", "9_nine.sql"));
    EXPECT_THAT(read_file(to_ / "versions/9_nine.sql"), HasSubstr("-- headspace:parent 11\n"));
}

TEST_F(import, overwrites_nothing) {
    put("1_a.up.sql", "select 1;");
    ASSERT_TRUE(run());
    const auto again = run();
    ASSERT_FALSE(again);
    EXPECT_EQ(again.error().code, errc::conflict_here);
    EXPECT_THAT(again.error().text(), HasSubstr("has revisions already"));
    to_ = from_;
    EXPECT_THAT(run().error().text(), HasSubstr("is the folder that is read"));
    to_ = top_.path() / "full";
    fs::create_directories(to_);
    write_file(to_ / "notes.txt", "mine");
    EXPECT_THAT(run().error().text(), HasSubstr("holds something else"));
    from_ = top_.path() / "new";
    EXPECT_THAT(run().error().text(), HasSubstr("own format already"));
}

TEST_F(import, of_files_with_problems_writes_nothing) {
    put("1_a.up.sql", "select 'x;");
    EXPECT_THAT(run().error().text(), HasSubstr("1_a.up.sql:1"));
    EXPECT_FALSE(fs::exists(to_));
}
