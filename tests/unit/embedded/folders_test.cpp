#include "embedded/folders.hpp"
#include "support/process.hpp"
#include "support/temp_directory.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sys/stat.h>
#include <unistd.h>

using namespace headspace;
using namespace headspace::embedded;
using testing::HasSubstr;

namespace {

const server_account ourselves; // the server runs as the user who runs the test

mode_t mode_of(const fs::path& file) {
    struct stat facts {};
    return ::stat(file.c_str(), &facts) == 0 ? facts.st_mode & 07777 : 0;
}

} // namespace

TEST(folder_lock, the_second_owner_is_told_the_pid_of_the_first) {
    const test::temp_directory home;
    const fs::path folder = home.path() / "a" / "b";
    const auto first = folder_lock::take(folder, ourselves);
    ASSERT_TRUE(first) << first.error().text();
    EXPECT_EQ(mode_of(folder), 0700U);
    const auto second = folder_lock::take(folder, ourselves);
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().kind, error_class::refuse);
    EXPECT_EQ(second.error().message, "another headspaced (pid " + std::to_string(::getpid()) +
                                          ") runs the PostgreSQL in " + folder.string());
}

TEST(folder_lock, it_is_free_again_when_its_owner_has_gone) {
    const test::temp_directory home;
    { const auto first = folder_lock::take(home.path() / "data", ourselves); }
    EXPECT_TRUE(folder_lock::take(home.path() / "data", ourselves));
}

TEST(folder_lock, a_folder_that_is_replaced_stays_locked) {
    const test::temp_directory home;
    const fs::path folder = home.path() / "data";
    const fs::path made = home.path() / "data.tmp-1";
    auto lock = folder_lock::take(folder, ourselves).value();
    fs::create_directory(made);
    test::write_file(made / "PG_VERSION", "15\n");
    ASSERT_TRUE(lock.replace_by(made));
    EXPECT_EQ(pg_version_of(folder).value(), "15\n");
    EXPECT_FALSE(fs::exists(made));
    EXPECT_FALSE(folder_lock::take(folder, ourselves));
}

TEST(folder_lock, a_folder_that_got_something_else_in_it_is_not_replaced_and_stays_locked) {
    const test::temp_directory home;
    const fs::path folder = home.path() / "data";
    const fs::path made = home.path() / "data.tmp-1";
    auto lock = folder_lock::take(folder, ourselves).value();
    fs::create_directory(made);
    test::write_file(folder / "precious", "text");
    EXPECT_FALSE(lock.replace_by(made));
    EXPECT_EQ(test::read_file(folder / "precious"), "text");
    EXPECT_FALSE(folder_lock::take(folder, ourselves));
}

TEST(data_directory, a_folder_with_other_things_in_it_is_refused_by_name) {
    const test::temp_directory home;
    EXPECT_EQ(pg_version_of(home.path()).value(), std::nullopt);
    test::write_file(home.path() / "thesis.tex", "");
    const auto version = pg_version_of(home.path());
    ASSERT_FALSE(version);
    EXPECT_EQ(version.error().kind, error_class::refuse);
    EXPECT_THAT(version.error().message, HasSubstr("thesis.tex"));
}

TEST(data_directory, only_its_own_unfinished_clusters_are_removed) {
    const test::temp_directory home;
    for (const char* name : {"data.tmp-1", "data.tmp-22", "data", "other.tmp-1"})
        fs::create_directory(home.path() / name);
    remove_unfinished(home.path() / "data");
    EXPECT_FALSE(fs::exists(home.path() / "data.tmp-1"));
    EXPECT_FALSE(fs::exists(home.path() / "data.tmp-22"));
    EXPECT_TRUE(fs::exists(home.path() / "data"));
    EXPECT_TRUE(fs::exists(home.path() / "other.tmp-1"));
}

TEST(ephemeral_folder, one_whose_owner_was_killed_is_removed_by_the_next) {
    const test::temp_directory home;
    const auto abandoned = make_ephemeral(home.path(), ourselves).value();
    { const auto lock = folder_lock::take(abandoned / "data", ourselves); }
    const auto used = make_ephemeral(home.path(), ourselves).value();
    const auto lock = folder_lock::take(used / "data", ourselves);
    make_ephemeral(home.path(), ourselves).value();
    EXPECT_FALSE(fs::exists(abandoned));
    EXPECT_TRUE(fs::exists(used));
}

TEST(socket_folder, servers_beside_each_other_get_folders_of_their_own) {
    const test::temp_directory home;
    {
        const auto first = socket_folder::claim(home.path() / "run", 5432, ourselves).value();
        const auto second = socket_folder::claim(home.path() / "run", 5432, ourselves).value();
        EXPECT_EQ(first.path(), home.path() / "run/postgres");
        EXPECT_EQ(second.path(), home.path() / "run/postgres-2");
    }
    EXPECT_TRUE(fs::is_empty(home.path() / "run"));
}

TEST(socket_folder, what_a_killed_server_left_is_removed) {
    const test::temp_directory home;
    fs::create_directories(home.path() / "run/postgres");
    test::write_file(home.path() / "run/postgres/.s.PGSQL.5432.lock", "999999999\n/data\n");
    const auto folder = socket_folder::claim(home.path() / "run", 5432, ourselves).value();
    EXPECT_EQ(folder.path(), home.path() / "run/postgres");
    EXPECT_FALSE(fs::exists(folder.path() / ".s.PGSQL.5432.lock"));
}

TEST(socket_folder, a_name_too_long_for_a_socket_is_replaced_by_a_short_one) {
    const test::temp_directory home;
    fs::path used;
    {
        const auto folder =
            socket_folder::claim(home.path() / std::string(100, 'x'), 5432, ourselves).value();
        used = folder.path();
        EXPECT_THAT(used.string(), testing::StartsWith("/tmp/hs."));
        EXPECT_EQ(mode_of(used), 0700U);
    }
    EXPECT_FALSE(fs::exists(used));
}

TEST(processes_using, a_folder_that_no_server_works_in_has_none) {
    const test::temp_directory home;
    const pid_t other = test::spawn({"sleep", "1000"}, {.directory = home.path()});
    EXPECT_TRUE(processes_using(home.path()).empty());
    ::kill(other, SIGKILL);
    test::wait_for(other, std::chrono::seconds(5));
}
