// Files that are not what was applied, that come too late or are gone, and what a person can do
// about each: through headspacectl, a running headspaced and a real database.
#include "integration/daemon_migrating.hpp"

using namespace headspace;
using namespace headspace::test;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

namespace {

class daemon_integrity : public daemon_migrating {
protected:
    /// "event: detail" of the last event of a revision.
    [[nodiscard]] std::string last_event(const std::string& revision) const {
        return value("SELECT event || coalesce(': ' || detail, '') FROM headspace.migration_events "
                     "WHERE revision = '" +
                     revision + "' ORDER BY id DESC LIMIT 1");
    }
    void edit_second() const {
        revision("2", "CREATE TABLE b (id bigint);\nCREATE INDEX b_id ON b (id);", "DROP TABLE b;");
    }
};

} // namespace

TEST_F(daemon_integrity, an_edited_applied_file_is_refused_with_what_changed_until_it_is_repaired) {
    three();
    const auto daemon = start();
    ASSERT_EQ(daemon->ctl({"db", "upgrade"}).exit_status, 0);
    edit_second();
    const process_outcome refused = daemon->ctl({"db", "upgrade"});
    EXPECT_EQ(refused.exit_status, 3);
    EXPECT_THAT(refused.output,
                AllOf(HasSubstr("versions/2_r.sql: revision 2 was edited after it was applied"),
                      HasSubstr("--- versions/2_r.sql (applied 20"),
                      HasSubstr("\n-CREATE TABLE b (id int);\n+CREATE TABLE b (id bigint);\n"),
                      HasSubstr("headspacectl db repair")));
    EXPECT_EQ(daemon->ctl({"db", "downgrade"}).exit_status, 0) << "3 is as it was";
    EXPECT_EQ(daemon->ctl({"db", "downgrade"}).exit_status, 3);

    const process_outcome shown = daemon->ctl({"db", "repair"});
    EXPECT_EQ(shown.exit_status, 3) << shown.output;
    EXPECT_THAT(shown.output, AllOf(HasSubstr("+CREATE TABLE b (id bigint);"),
                                    HasSubstr("headspacectl db repair --yes")));
    EXPECT_THAT(value("SELECT up_sql FROM headspace.migrations WHERE revision = '2'"),
                HasSubstr("(id int)"));

    const process_outcome repaired = daemon->ctl({"db", "repair", "--yes"});
    EXPECT_EQ(repaired.exit_status, 0) << repaired.output;
    EXPECT_THAT(repaired.output, HasSubstr("Repaired 2, revision 2\n"));
    EXPECT_THAT(value("SELECT up_sql FROM headspace.migrations WHERE revision = '2'"),
                HasSubstr("(id bigint)"));
    EXPECT_THAT(last_event("2"), AllOf(StartsWith("repaired: checksum "),
                                       HasSubstr("+CREATE TABLE b (id bigint);")));
    EXPECT_EQ(daemon->ctl({"db", "upgrade"}).exit_status, 0);
    const process_outcome again = daemon->ctl({"db", "repair"});
    EXPECT_EQ(again.exit_status, 0);
    EXPECT_THAT(again.output, HasSubstr("No applied file was edited"));
}

TEST_F(daemon_integrity, windows_line_ends_are_no_edit) {
    three();
    const auto daemon = start();
    ASSERT_EQ(daemon->ctl({"db", "upgrade"}).exit_status, 0);
    std::string text = read_file(directory() / "versions/2_r.sql");
    for (std::size_t at = 0; (at = text.find('\n', at)) != std::string::npos; at += 2)
        text.insert(at, "\r");
    write("2_r.sql", text);
    EXPECT_EQ(daemon->ctl({"db", "upgrade"}).exit_status, 0);
    EXPECT_THAT(daemon->ctl({"db", "repair"}).output, HasSubstr("No applied file was edited"));
}

TEST_F(daemon_integrity, a_file_before_an_applied_one_runs_only_when_it_is_allowed) {
    three();
    remove("2_r.sql");
    const auto daemon = start();
    ASSERT_EQ(daemon->ctl({"db", "upgrade"}).exit_status, 0);
    ASSERT_EQ(ledger(), "1:applied 3:applied");
    edit_second();
    const process_outcome refused = daemon->ctl({"db", "upgrade"});
    EXPECT_EQ(refused.exit_status, 3);
    EXPECT_THAT(refused.output, AllOf(HasSubstr("versions/2_r.sql: revision 2 is not applied, but "
                                                "3 after it is"),
                                      HasSubstr("--allow-out-of-order")));
    EXPECT_EQ(tables(), "a c");

    const process_outcome applied = daemon->ctl({"db", "upgrade", "--allow-out-of-order"});
    EXPECT_EQ(applied.exit_status, 0) << applied.output;
    EXPECT_THAT(applied.output, HasSubstr("revision 2 runs out of order: 3 after it"));
    EXPECT_EQ(ledger(), "1:applied 3:applied 2:applied");
    EXPECT_EQ(last_event("2"), "applied: out of order: 3 was applied before it");
    EXPECT_EQ(daemon->ctl({"db", "current"}).output, "3 (head)\n");
    EXPECT_EQ(daemon->ctl({"db", "upgrade"}).exit_status, 0);

    const process_outcome back = daemon->ctl({"db", "downgrade"});
    EXPECT_THAT(back.output, HasSubstr("Running downgrade 3 -> 2"));
    EXPECT_EQ(tables(), "a b");
}

TEST_F(daemon_integrity, a_late_file_outside_of_a_transaction_takes_its_place_too) {
    revision("1", "CREATE TABLE a (id int);", "DROP TABLE a;");
    revision("3", "CREATE TABLE c (id int);", "DROP TABLE c;");
    const auto daemon = start();
    ASSERT_EQ(daemon->ctl({"db", "upgrade"}).exit_status, 0);
    revision("2", "CREATE INDEX CONCURRENTLY a_id ON a (id);", "DROP INDEX a_id;",
             "transaction:false");
    EXPECT_EQ(daemon->ctl({"db", "upgrade"}).exit_status, 3);
    EXPECT_EQ(daemon->ctl({"db", "upgrade", "--allow-out-of-order"}).exit_status, 0);
    EXPECT_EQ(daemon->ctl({"db", "current"}).output, "3 (head)\n");
    EXPECT_EQ(last_event("2"), "applied: out of order: 3 was applied before it");
}

TEST_F(daemon_integrity, the_newest_file_being_gone_the_stored_text_reverts_it_and_nothing_else) {
    three();
    const auto daemon = start();
    ASSERT_EQ(daemon->ctl({"db", "upgrade"}).exit_status, 0);
    remove("3_r.sql");
    const process_outcome back = daemon->ctl({"db", "downgrade"});
    EXPECT_EQ(back.exit_status, 0) << back.output;
    EXPECT_THAT(back.output, AllOf(HasSubstr("Running downgrade 3 -> 2, revision 3"),
                                   HasSubstr("reverting it by the text in the ledger")));
    EXPECT_EQ(tables(), "a b");
    EXPECT_EQ(ledger(), "1:applied 2:applied");
    EXPECT_EQ(last_event("3"), "reverted: its file was gone: by the text in the ledger");
}

TEST_F(daemon_integrity, a_person_answers_what_became_of_a_statement) {
    revision("1", "CREATE TABLE a (id int);\nVACUUM a;\nSELECT 1/0;", {}, "transaction:false");
    const auto daemon = start();
    ASSERT_EQ(daemon->ctl({"db", "upgrade"}).exit_status, 5);
    revision("1", "CREATE TABLE a (id int);\nVACUUM a;\nSELECT 1;", {}, "transaction:false");
    const auto begun_unseen = [&] {
        value("UPDATE headspace.migrations SET stmt_done = 1, stmt_begun = 2, stmt_hash = '', run "
              "= '0123456789abcdef' RETURNING revision");
    };
    begun_unseen();
    const process_outcome refused = daemon->ctl({"db", "upgrade"});
    EXPECT_EQ(refused.exit_status, 3) << refused.output;
    EXPECT_THAT(refused.output, HasSubstr("headspacectl db repair --done"));
    EXPECT_EQ(daemon->ctl({"db", "repair", "--again"}).exit_status, 0);
    EXPECT_EQ(last_event("1"), "answered_again");
    EXPECT_EQ(value("SELECT stmt_done || ' ' || run FROM headspace.migrations"), "1 ");

    begun_unseen();
    EXPECT_EQ(daemon->ctl({"db", "repair", "--done"}).exit_status, 0);
    EXPECT_EQ(last_event("1"), "answered_done");
    EXPECT_EQ(value("SELECT stmt_done FROM headspace.migrations"), "2");
    const process_outcome finished = daemon->ctl({"db", "upgrade"});
    EXPECT_EQ(finished.exit_status, 0) << finished.output;
    EXPECT_EQ(ledger(), "1:applied");
    EXPECT_EQ(daemon->ctl({"db", "repair", "--done"}).exit_status, 3);
}

TEST_F(daemon_integrity, a_branch_is_named_by_one_of_its_revisions) {
    write("1_r.sql", "-- one\n-- headspace:parent base\n-- migrate:up\nCREATE TABLE a (id int);\n"
                     "-- migrate:down\nDROP TABLE a;\n");
    write("2_r.sql", "-- two\n-- headspace:parent 1\n-- migrate:up\nCREATE TABLE b (id int);\n"
                     "-- migrate:down\nDROP TABLE b;\n");
    write("3_r.sql", "-- three\n-- headspace:parent 1\n-- migrate:up\nCREATE TABLE c (id int);\n"
                     "-- migrate:down\nDROP TABLE c;\n");
    const auto daemon = start();
    EXPECT_EQ(daemon->ctl({"db", "upgrade"}).exit_status, 3);
    EXPECT_EQ(daemon->ctl({"db", "upgrade", "2@head"}).exit_status, 0);
    EXPECT_EQ(tables(), "a b");
    EXPECT_EQ(daemon->ctl({"db", "upgrade", "3@+1"}).exit_status, 0);
    EXPECT_EQ(tables(), "a b c");
    EXPECT_EQ(daemon->ctl({"db", "current"}).output, "2 (head)\n3 (head)\n");
    EXPECT_EQ(daemon->ctl({"db", "current", "--check-heads"}).exit_status, 0);
    EXPECT_EQ(daemon->ctl({"db", "downgrade", "2@-1"}).exit_status, 0);
    EXPECT_EQ(tables(), "a c");
    EXPECT_EQ(daemon->ctl({"db", "current", "--check-heads"}).exit_status, 1);
    EXPECT_THAT(daemon->ctl({"db", "current", "-v"}).output,
                AllOf(StartsWith("Current revision(s) for postgresql://"),
                      HasSubstr("\nRev: 3 (head)\nParent: 1\n"), Not(HasSubstr("Rev: 2"))));
}
