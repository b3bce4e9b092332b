#include "revisions/directory.hpp"
#include "support/temp_directory.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <stdexcept>
#include <sys/stat.h>
#include <thread>
#include <unistd.h>

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
constexpr const char* empty_revision = "-- migrate:up\nselect 1;\n-- migrate:down\nselect 2;\n";

class migrations_folder : public ::testing::Test {
protected:
    temp_directory top_;
    fs::path path_ = top_.path() / "migrations";

    void put(const std::string& name, const std::string& text = empty_revision) {
        fs::create_directories((path_ / name).parent_path());
        write_file(path_ / name, text);
    }
    directory sound() {
        auto d = read_directory(path_);
        if (!d) {
            ADD_FAILURE() << d.error().text();
            return {};
        }
        for (const error& e : d->problems)
            ADD_FAILURE() << e.text();
        return std::move(*d);
    }
    std::vector<std::string> problems() {
        std::vector<std::string> found;
        const auto d = read_directory(path_);
        if (!d)
            return {d.error().message};
        for (const error& e : d->problems)
            found.push_back(e.message);
        return found;
    }
    std::vector<std::string> files(const fs::path& folder) {
        std::vector<std::string> names;
        for (const auto& entry : fs::directory_iterator(folder))
            names.push_back(entry.path().filename().string());
        std::sort(names.begin(), names.end());
        return names;
    }
};

/// Root may read and write everything, so root becomes nobody for a while; others stay who they
/// are.
class as_ordinary_user {
public:
    as_ordinary_user() : was_root_(::geteuid() == 0) {
        if (was_root_ && ::seteuid(65534) != 0)
            throw std::runtime_error("seteuid");
    }
    ~as_ordinary_user() {
        if (was_root_ && ::seteuid(0) != 0)
            std::abort();
    }

private:
    bool was_root_;
};

errc code_of(const error& e) {
    return static_cast<errc>(e.code.value());
}

} // namespace

TEST_F(migrations_folder, init_makes_it_and_a_second_time_changes_nothing) {
    const auto made = init_directory(path_);
    ASSERT_TRUE(made) << made.error().text();
    EXPECT_EQ(made->paths.size(), 5U);
    EXPECT_THAT(files(path_), ElementsAre("README.md", "headspace.sum", "schema", "versions"));
    fs::remove(path_ / "README.md");
    const auto again = init_directory(path_);
    ASSERT_TRUE(again);
    EXPECT_THAT(again->paths, IsEmpty());
    EXPECT_TRUE(sound().graph.empty());
}

TEST_F(migrations_folder, init_refuses_a_folder_of_somebody_else_and_a_file) {
    put("index.html", "hello");
    const auto refused = init_directory(path_);
    ASSERT_FALSE(refused);
    EXPECT_EQ(code_of(refused.error()), errc::conflict_here);
    EXPECT_THAT(files(path_), ElementsAre("index.html"));
    EXPECT_EQ(code_of(init_directory(path_ / "index.html").error()), errc::conflict_here);
}

TEST_F(migrations_folder, init_covers_revisions_that_are_there_already) {
    put("versions/1_x.sql");
    ASSERT_TRUE(init_directory(path_));
    EXPECT_TRUE(sound().covered("1_x.sql"));
}

TEST_F(migrations_folder, a_missing_one_and_one_never_initialised_are_told_apart_from_unreadable) {
    const auto missing = read_directory(path_);
    ASSERT_FALSE(missing);
    EXPECT_EQ(code_of(missing.error()), errc::no_migrations_directory);
    EXPECT_THAT(missing.error().hint, HasSubstr("headspacectl db init"));
    fs::create_directories(path_);
    EXPECT_EQ(code_of(read_directory(path_).error()), errc::no_migrations_directory);
    write_file(path_ / "file", "");
    EXPECT_EQ(code_of(read_directory(path_ / "file").error()), errc::unreadable_directory);
    EXPECT_EQ(code_of(read_directory(path_ / "file" / "below").error()),
              errc::no_migrations_directory);
}

TEST_F(migrations_folder, a_clone_without_the_empty_versions_folder_has_no_revisions) {
    ASSERT_TRUE(init_directory(path_));
    fs::remove(path_ / "versions");
    EXPECT_TRUE(sound().graph.empty());
    EXPECT_TRUE(
        write_revision(path_, {.message = "first", .parents = {}, .up = "", .down = ""}, now));
}

TEST_F(migrations_folder, backups_and_hidden_files_are_no_migrations) {
    put("versions/1_x.sql");
    for (const char* name :
         {"versions/1_x.sql~", "versions/.2_x.sql.swp", "versions/.2_x.sql", "versions/#2_x.sql#",
          "versions/2_x.sql.orig", "versions/README.md", "versions/old/2_x.sql"})
        put(name, "nothing");
    EXPECT_THAT(sound().graph.heads(), ElementsAre("1"));
}

TEST_F(migrations_folder, every_problem_is_reported_and_children_of_a_broken_file_are_not) {
    put("versions/1_x.sql", "");
    put("versions/2_x.sql", "-- headspace:parent 1\n-- migrate:up\n");
    put("versions/2_y.sql");
    put("versions/3_x.sql", "-- headspace:parent 9\n-- migrate:up\n");
    put("versions/4_x.sql", "-- migrate:up\nselect '\xFF';\n");
    put("versions/notes.sql");
    fs::create_directories(path_ / "versions/5_x.sql");
    EXPECT_THAT(problems(), ElementsAre(HasSubstr("versions/1_x.sql:1: the file is empty"),
                                        HasSubstr("versions/4_x.sql:2: this line is not UTF-8"),
                                        HasSubstr("versions/5_x.sql is not a regular file"),
                                        HasSubstr("versions/notes.sql:1: the name does not begin"),
                                        HasSubstr("versions/2_y.sql:1: revision 2 is also that of"),
                                        HasSubstr("versions/3_x.sql:1: the parent 9")));
    const auto d = read_directory(path_);
    EXPECT_TRUE(d->graph.empty());
    EXPECT_THAT(d->first_problem().hint, HasSubstr("5 more problems"));
}

TEST_F(migrations_folder, what_may_not_be_read_is_a_problem_that_names_it) {
    put("versions/1_x.sql");
    fs::permissions(top_.path(), fs::perms(0755));
    fs::permissions(path_ / "versions/1_x.sql", fs::perms::none);
    {
        const as_ordinary_user drop;
        EXPECT_THAT(problems(), ElementsAre(HasSubstr("cannot read versions/1_x.sql: Permission")));
    }
    fs::permissions(path_ / "versions", fs::perms::none);
    {
        const as_ordinary_user drop;
        const auto refused = read_directory(path_);
        ASSERT_FALSE(refused);
        EXPECT_EQ(code_of(refused.error()), errc::unreadable_directory);
        EXPECT_THAT(refused.error().text(), HasSubstr("Permission denied: uid "));
    }
    fs::permissions(path_ / "versions", fs::perms::owner_all);
}

TEST_F(migrations_folder, what_may_not_be_written_is_refused_and_nothing_is_left_behind) {
    ASSERT_TRUE(init_directory(path_));
    fs::permissions(top_.path(), fs::perms(0755));
    fs::permissions(path_, fs::perms(0555));
    fs::permissions(path_ / "versions", fs::perms(0555));
    {
        const as_ordinary_user drop;
        const auto refused =
            write_revision(path_, {.message = "x", .parents = {}, .up = "", .down = ""}, now);
        ASSERT_FALSE(refused);
        EXPECT_EQ(code_of(refused.error()), errc::unreadable_directory);
    }
    EXPECT_THAT(files(path_ / "versions"), IsEmpty());
    fs::permissions(path_, fs::perms::owner_all);
    fs::permissions(path_ / "versions", fs::perms::owner_all);
}

TEST_F(migrations_folder, a_pipe_among_the_files_does_not_hold_up_the_reader) {
    put("versions/1_x.sql");
    ASSERT_EQ(::mkfifo((path_ / "versions/2_x.sql").c_str(), 0600), 0);
    EXPECT_THAT(problems(), ElementsAre(HasSubstr("2_x.sql is not a regular file")));
}

TEST_F(migrations_folder, a_new_revision_says_message_and_parent_and_is_covered_by_the_sum) {
    ASSERT_TRUE(init_directory(path_));
    const auto first = write_revision(
        path_, {.message = "Größe: first", .parents = {}, .up = "", .down = ""}, now);
    ASSERT_TRUE(first) << first.error().text();
    EXPECT_EQ(first->file, path_ / "versions/20261121100000_grosse_first.sql");
    EXPECT_EQ(read_file(first->file), "-- Größe: first\n-- headspace:parent base\n\n"
                                      "-- migrate:up\n\n\n-- migrate:down\n");
    const auto second = write_revision(path_,
                                       {.message = "second",
                                        .parents = {first->revision},
                                        .up = "create table t (a int);\n",
                                        .down = "drop table t;",
                                        .transaction = false,
                                        .down_transaction = false},
                                       now);
    ASSERT_TRUE(second);
    EXPECT_EQ(second->revision, "20261121100001");
    EXPECT_EQ(read_file(second->file),
              "-- second\n-- headspace:parent 20261121100000\n\n"
              "-- migrate:up transaction:false\n\ncreate table t (a int);\n\n\n"
              "-- migrate:down transaction:false\n\ndrop table t;\n");
    const directory d = sound();
    EXPECT_THAT(d.graph.heads(), ElementsAre("20261121100001"));
    EXPECT_THAT(d.sum_differences, IsEmpty());
    EXPECT_TRUE(d.covered("20261121100001_second.sql"));
    EXPECT_THAT(files(path_ / "versions"),
                ElementsAre("20261121100000_grosse_first.sql", "20261121100001_second.sql"));
}

TEST_F(migrations_folder, files_of_a_new_revision_have_the_rights_that_the_umask_leaves) {
    ASSERT_TRUE(init_directory(path_));
    const mode_t before = ::umask(0027);
    const auto done =
        write_revision(path_, {.message = "x", .parents = {}, .up = "", .down = ""}, now);
    ::umask(before);
    ASSERT_TRUE(done);
    EXPECT_EQ(fs::status(done->file).permissions(), fs::perms(0640));
    EXPECT_EQ(fs::status(path_ / "headspace.sum").permissions(), fs::perms(0640));
}

TEST_F(migrations_folder, a_new_revision_is_refused_beside_problems_and_after_unknown_parents) {
    ASSERT_TRUE(init_directory(path_));
    const auto write = [&](revision_list parents, std::string up = "") {
        return write_revision(
            path_, {.message = "x", .parents = std::move(parents), .up = std::move(up), .down = ""},
            now);
    };
    EXPECT_EQ(code_of(write({"7"}).error()), errc::unknown_revision);
    EXPECT_EQ(code_of(write({}, "select 'a").error()), errc::malformed_file);
    put("versions/1_x.sql", "");
    EXPECT_EQ(code_of(write({}).error()), errc::malformed_file);
    EXPECT_THAT(files(path_ / "versions"), ElementsAre("1_x.sql"));
}

TEST_F(migrations_folder, writers_at_once_each_get_a_revision_of_their_own) {
    ASSERT_TRUE(init_directory(path_));
    std::vector<std::thread> writers;
    std::atomic<int> failed = 0;
    for (int i = 0; i < 8; ++i)
        writers.emplace_back([&] {
            // The lock is on the folder's descriptor, so threads exclude each other as processes
            // do.
            for (int k = 0; k < 4; ++k)
                if (!write_revision(path_, {.message = "x", .parents = {}, .up = "", .down = ""},
                                    now))
                    ++failed;
        });
    for (std::thread& t : writers)
        t.join();
    EXPECT_EQ(failed, 0);
    const directory d = sound();
    EXPECT_EQ(d.graph.scripts().size(), 32U);
    EXPECT_THAT(d.sum_differences, IsEmpty());
}

TEST_F(migrations_folder, the_sum_tells_edits_and_is_written_anew_on_request) {
    put("versions/1_x.sql");
    put("versions/2_x.sql");
    EXPECT_FALSE(sound().sum);
    EXPECT_FALSE(sound().covered("1_x.sql"));
    auto done = write_sum(path_);
    ASSERT_TRUE(done);
    EXPECT_TRUE(done->changed);
    EXPECT_EQ(done->differences.size(), 2U);
    EXPECT_FALSE(write_sum(path_)->changed);

    put("versions/2_x.sql", "-- migrate:up\n");
    const directory edited = sound();
    ASSERT_EQ(edited.sum_differences.size(), 1U);
    EXPECT_EQ(edited.sum_differences[0].text(), "headspace.sum:3: 2_x.sql was edited");
    EXPECT_TRUE(edited.covered("1_x.sql"));
    EXPECT_FALSE(edited.covered("2_x.sql"));

    put("headspace.sum", "<<<<<<< ours\n");
    EXPECT_TRUE(sound().sum_problem);
    EXPECT_FALSE(sound().sum);
    done = write_sum(path_);
    ASSERT_TRUE(done);
    EXPECT_TRUE(done->damaged);
    EXPECT_THAT(sound().sum_differences, IsEmpty());
}

TEST_F(migrations_folder, line_ends_of_a_checkout_elsewhere_are_no_edit) {
    put("versions/1_x.sql");
    ASSERT_TRUE(write_sum(path_));
    put("versions/1_x.sql", "-- migrate:up\r\nselect 1;\r\n-- migrate:down\r\nselect 2;\r\n");
    EXPECT_THAT(sound().sum_differences, IsEmpty());
}

TEST_F(migrations_folder, the_schema_is_read_from_all_levels_in_the_order_of_its_paths) {
    put("versions/1_x.sql");
    EXPECT_THAT(read_schema(path_).value(), IsEmpty());
    put("schema/b.sql", "\xEF\xBB\xBFselect 1;\r\n");
    put("schema/a/z.sql", "select 2;");
    put("schema/.hidden/x.sql", "no");
    put("schema/c.sql~", "no");
    const auto schema = read_schema(path_);
    ASSERT_TRUE(schema);
    ASSERT_EQ(schema->size(), 2U);
    EXPECT_EQ((*schema)[0].file, "schema/a/z.sql");
    EXPECT_EQ((*schema)[1].file, "schema/b.sql");
    EXPECT_EQ((*schema)[1].text, "select 1;\n");
}
