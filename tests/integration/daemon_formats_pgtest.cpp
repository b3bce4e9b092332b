// Another tool's directory and database behind a running headspaced: read, taken over, imported.
#include "integration/daemon_migrating.hpp"

using namespace headspace;
using namespace headspace::test;
using testing::AllOf;
using testing::HasSubstr;

namespace fs = std::filesystem;

namespace {

class daemon_formats : public daemon_migrating {
protected:
    void put(const std::string& name, const std::string& text) const {
        fs::create_directories((directory() / name).parent_path());
        write_file(directory() / name, text);
    }
    void goose() const {
        put("00001_a.sql",
            "-- +goose Up\nCREATE TABLE a (i int);\n-- +goose Down\nDROP TABLE a;\n");
        put("00002_b.sql",
            "-- +goose Up\nCREATE TABLE b (i int);\n-- +goose Down\nDROP TABLE b;\n");
    }
};

} // namespace

TEST_F(daemon_formats, the_verbs_work_on_another_tools_directory_and_write_nothing_into_it) {
    goose();
    const auto daemon = start();
    const process_outcome up = daemon->ctl({"db", "upgrade"});
    EXPECT_EQ(up.exit_status, 0) << up.output;
    EXPECT_THAT(up.output, HasSubstr("Running upgrade 00001 -> 00002, b"));
    EXPECT_THAT(up.output, testing::Not(HasSubstr("headspace.sum")));
    EXPECT_EQ(daemon->ctl({"db", "current"}).output, "00002 (head)\n");
    EXPECT_EQ(daemon->ctl({"db", "history"}).output, "00001 -> 00002 (head), b\n"
                                                     "<base> -> 00001, a\n");
    EXPECT_THAT(daemon->ctl({"db", "show", "00002"}).output, HasSubstr("/00002_b.sql\n"));
    EXPECT_EQ(daemon->ctl({"db", "status"}).exit_status, 0);
    for (const std::vector<std::string>& verb :
         {std::vector<std::string>{"db", "revision", "-m", "x"}, {"db", "hash"}}) {
        const process_outcome refused = daemon->ctl(verb);
        EXPECT_EQ(refused.exit_status, 3) << refused.output;
        EXPECT_THAT(refused.output, AllOf(HasSubstr("goose"), HasSubstr("headspacectl db import")));
    }
    EXPECT_EQ(daemon->ctl({"db", "downgrade", "base"}).exit_status, 0);
    EXPECT_EQ(tables(), "");
}

TEST_F(daemon_formats, the_configured_format_decides_between_two) {
    goose();
    put("V1__c.sql", "CREATE TABLE c (i int);");
    {
        const auto daemon = start();
        const process_outcome refused = daemon->ctl({"db", "upgrade"});
        EXPECT_EQ(refused.exit_status, 3);
        EXPECT_THAT(refused.output, HasSubstr("migrations of several tools"));
    }
    const auto daemon = start("format = \"flyway\"");
    EXPECT_EQ(daemon->ctl({"db", "upgrade"}).exit_status, 0);
    EXPECT_EQ(tables(), "c");
}

TEST_F(daemon_formats, adopt_records_what_goose_has_applied) {
    goose();
    value(
        "CREATE TABLE a (i int); CREATE TABLE goose_db_version (id integer PRIMARY KEY GENERATED "
        "BY DEFAULT AS IDENTITY, version_id bigint NOT NULL, is_applied boolean NOT NULL, tstamp "
        "timestamp NOT NULL DEFAULT now()); INSERT INTO goose_db_version (version_id, is_applied) "
        "VALUES (0, true), (1, true)");
    const auto daemon = start();
    const process_outcome dry = daemon->ctl({"db", "adopt", "--dry-run"});
    EXPECT_EQ(dry.exit_status, 0) << dry.output;
    EXPECT_THAT(dry.output, HasSubstr("Would stamp 00001, a"));
    EXPECT_EQ(ledger(), "");
    EXPECT_EQ(daemon->ctl({"db", "adopt", "--from", "flyway"}).exit_status, 3);
    const process_outcome done = daemon->ctl({"db", "adopt"});
    EXPECT_EQ(done.exit_status, 0) << done.output;
    EXPECT_EQ(ledger(), "00001:stamped");
    EXPECT_EQ(daemon->ctl({"db", "current"}).output, "00001\n");
    EXPECT_EQ(daemon->ctl({"db", "upgrade"}).exit_status, 0);
    EXPECT_EQ(ledger(), "00001:stamped 00002:applied");
}

TEST_F(daemon_formats, an_imported_directory_goes_on_where_the_old_one_was) {
    goose();
    {
        const auto daemon = start();
        ASSERT_EQ(daemon->ctl({"db", "upgrade"}).exit_status, 0);
        const process_outcome done = daemon->ctl(
            {"db", "import", directory().string(), "-d", (home.path() / "new").string()});
        EXPECT_EQ(done.exit_status, 0) << done.output;
        EXPECT_THAT(done.output, HasSubstr("00002_b.sql -> versions/00002_b.sql"));
    }
    fs::rename(directory(), home.path() / "old");
    fs::rename(home.path() / "new", directory());
    const auto daemon = start();
    EXPECT_EQ(daemon->ctl({"db", "current"}).output, "00002 (head)\n");
    EXPECT_EQ(daemon->ctl({"db", "upgrade"}).exit_status, 0);
    EXPECT_EQ(ledger(), "00001:applied 00002:applied");
    EXPECT_EQ(daemon->ctl({"db", "downgrade", "base"}).exit_status, 0);
    EXPECT_EQ(tables(), "");
}
