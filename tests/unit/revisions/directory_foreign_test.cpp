// Another tool's directory on disk: found by itself, read as it is, never written into.
#include "revisions/directory.hpp"
#include "support/temp_directory.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <iostream>

using namespace headspace;
using namespace headspace::revisions;
using headspace::test::temp_directory;
using headspace::test::write_file;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

namespace fs = std::filesystem;

namespace {

class foreign_folder : public ::testing::Test {
protected:
    temp_directory top_;
    fs::path path_ = top_.path() / "migrations";

    void put(const std::string& name, const std::string& text = "select 1;\n") {
        fs::create_directories((path_ / name).parent_path());
        write_file(path_ / name, text);
    }
    std::string refusal(directory_format format = directory_format::automatic) {
        const auto d = read_directory(path_, format);
        if (d && !d->problems.empty())
            return d->first_problem().text();
        return d ? "read" : d.error().text();
    }
};

} // namespace

TEST_F(foreign_folder, is_read_by_what_it_holds) {
    put("1_a.up.sql");
    put("1_a.down.sql");
    put("2_b.up.sql");
    put(".git/3_c.up.sql");
    const auto d = read_directory(path_);
    ASSERT_TRUE(d) << d.error().text();
    EXPECT_THAT(d->problems, IsEmpty());
    EXPECT_EQ(d->format, directory_format::golang_migrate);
    EXPECT_FALSE(d->is_native());
    EXPECT_THAT(d->graph.heads(), ElementsAre("2"));
    EXPECT_FALSE(d->sum);
    EXPECT_THAT(d->sum_differences, IsEmpty());
    EXPECT_EQ(shown_file(d->graph.find("1")->file), "1_a.up.sql");
}

TEST_F(foreign_folder, is_read_in_the_format_that_is_named) {
    put("1_a.up.sql");
    put("V1__a.sql");
    EXPECT_THAT(refusal(), HasSubstr("migrations of several tools"));
    const auto d = read_directory(path_, directory_format::flyway);
    ASSERT_TRUE(d);
    EXPECT_THAT(d->graph.heads(), ElementsAre("1"));
    EXPECT_THAT(refusal(directory_format::native), HasSubstr("it is no migrations directory"));
}

TEST_F(foreign_folder, with_nothing_known_in_it_is_no_migrations_directory) {
    put("README.md");
    const auto d = read_directory(path_);
    ASSERT_FALSE(d);
    EXPECT_EQ(d.error().code, errc::no_migrations_directory);
    put("dump.sql");
    EXPECT_THAT(refusal(), HasSubstr("in no format that is known"));
}

TEST_F(foreign_folder, of_alembic_is_named_although_it_has_versions) {
    put("versions/ae1027a6acf_x.py");
    put("env.py");
    EXPECT_THAT(refusal(), HasSubstr("Alembic"));
    put("headspace.sum", "headspace.sum 1\n");
    EXPECT_EQ(refusal(), "read");
}

TEST_F(foreign_folder, is_never_written_into) {
    put("00001_a.sql", "-- +goose Up\n");
    new_revision what;
    what.message = "x";
    const auto written = write_revision(path_, what, wall_time());
    ASSERT_FALSE(written);
    EXPECT_EQ(written.error().code, errc::conflict_here);
    EXPECT_THAT(written.error().text(),
                ::testing::AllOf(HasSubstr("goose"), HasSubstr("headspacectl db import")));
    EXPECT_FALSE(write_sum(path_));
    EXPECT_FALSE(init_directory(path_));
    EXPECT_EQ(std::distance(fs::directory_iterator(path_), fs::directory_iterator()), 1);
}

TEST_F(foreign_folder, names_every_problem) {
    put("1_a.up.sql", "select 'x\n");
    put("2_b.up.sql", "\\connect x\n");
    const auto d = read_directory(path_);
    ASSERT_TRUE(d);
    ASSERT_EQ(d->problems.size(), 2);
    EXPECT_THAT(d->problems[0].message, HasSubstr("1_a.up.sql:1"));
    EXPECT_EQ(d->problems[1].file, "2_b.up.sql");
    EXPECT_TRUE(d->graph.empty());
}

TEST(foreign_corpora, real_directories_are_read_without_a_problem) {
    struct expectation {
        const char* folder;
        directory_format format;
        std::size_t revisions;
    };
    const char* corpora = std::getenv("HEADSPACE_CORPORA");
    if (!corpora) {
        std::cout << "HEADSPACE_CORPORA is not set: ran on the repository's own fixtures only\n";
        return;
    }
    for (const expectation& e :
         {expectation{"openmeter/migrations", directory_format::golang_migrate, 269},
          expectation{"superplane/migrations", directory_format::golang_migrate, 178},
          expectation{"hatchet", directory_format::goose, 181},
          expectation{"docspell", directory_format::flyway, 65},
          expectation{"lemmy", directory_format::diesel, 247}}) {
        const auto d = read_directory(fs::path(corpora) / e.folder);
        ASSERT_TRUE(d) << d.error().text();
        EXPECT_TRUE(d->problems.empty()) << d->first_problem().text();
        EXPECT_EQ(d->format, e.format) << e.folder;
        EXPECT_EQ(d->graph.scripts().size(), e.revisions) << e.folder;
        EXPECT_EQ(d->graph.heads().size(), 1) << e.folder;
        for (const script& s : d->graph.scripts())
            for (const auto* half : {&s.up, s.down ? &*s.down : nullptr})
                for (const error& refused :
                     half ? forbidden_statements(*half, shown_file(half->file))
                          : std::vector<error>())
                    ADD_FAILURE() << refused.text();
    }
}
