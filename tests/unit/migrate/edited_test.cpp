// Applied files that were edited, and files that come too late.
#include "migrate/edited.hpp"
#include "migrate/ledger_sql.hpp"
#include "unit/migrate/files.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

using namespace headspace;
using namespace headspace::migrate;
using headspace::test::directory_of;
using headspace::test::file;
using headspace::test::ledger_of;
using headspace::test::row_for;
using headspace::test::simple;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::Pair;

namespace {

plan_request repair(std::string target = {}) {
    plan_request r;
    r.what = direction::repair;
    r.target = std::move(target);
    return r;
}

plan_request upgrade(bool out_of_order = false) {
    plan_request r;
    r.target = "head";
    r.allow_out_of_order = out_of_order;
    return r;
}

const auto before = directory_of({simple("1"), simple("2")});
const auto after = directory_of({simple("1"),
                                 {"2_r.sql", "-- message of 2\n-- migrate:up\nCREATE TABLE "
                                             "t2 (id bigint);\n-- migrate:down\nDROP "
                                             "TABLE t2;\n"}});

ledger_row half_done() {
    const auto files = directory_of(
        {{"1_r.sql", "-- migrate:up transaction:false\nCREATE TABLE a (id int);\nVACUUM;\n"}});
    ledger_row row = row_for(files, "1");
    row.state = row_state::partial;
    row.statements_done = 1;
    row.statements_total = 2;
    row.statement_begun = 2;
    row.run = "0123456789abcdef";
    return row;
}

} // namespace

TEST(edited, upgrade_is_refused_with_the_difference_to_what_was_applied) {
    const auto made = make_plan(after, ledger_of(before, {"1", "2"}), upgrade());
    ASSERT_TRUE(made.has_error());
    EXPECT_EQ(made.error().code, errc::edited_revision);
    EXPECT_THAT(made.error().hint, HasSubstr("headspacectl db repair"));
    EXPECT_EQ(made.error().detail,
              "--- versions/2_r.sql (applied 2026-11-21T10:00:00.000Z)\n+++ versions/2_r.sql\n"
              "@@ -1,5 +1,5 @@\n -- message of 2\n -- migrate:up\n-CREATE TABLE t2 (id int);\n"
              "+CREATE TABLE t2 (id bigint);\n -- migrate:down\n DROP TABLE t2;\n");
}

TEST(edited, passwords_are_not_in_the_difference) {
    const auto secret = directory_of(
        {simple("1"),
         {"2_r.sql", "-- migrate:up\nCREATE ROLE r PASSWORD 'c4nary-Z9x';\n-- migrate:down\n"}});
    const std::string diff = edit_diff(*secret.graph.find("2"), row_for(before, "2"));
    EXPECT_THAT(diff, HasSubstr("+CREATE ROLE r PASSWORD ***;"));
    EXPECT_THAT(diff, Not(HasSubstr("c4nary")));
}

TEST(edited, another_message_or_parent_shows_although_the_ledger_keeps_no_header) {
    const auto other = directory_of({simple("1"),
                                     {"2_r.sql", "-- other words\n-- migrate:up\n"
                                                 "CREATE TABLE t2 (id int);\n-- "
                                                 "migrate:down\nDROP TABLE t2;\n"}});
    const std::string diff = edit_diff(*other.graph.find("2"), row_for(before, "2"));
    EXPECT_THAT(diff, HasSubstr("\n--- message of 2\n"));
    EXPECT_THAT(diff, HasSubstr("\n+-- other words\n"));
}

TEST(edited, another_comment_in_the_header_is_named_as_what_it_is) {
    const auto other = directory_of({simple("1"), simple("2", "-- a note\n")});
    EXPECT_THAT(edit_diff(*other.graph.find("2"), row_for(before, "2")),
                HasSubstr("only comments above `migrate:up` differ"));
}

TEST(plan_repair, records_what_was_edited_and_nothing_else) {
    const auto made = make_plan(after, ledger_of(before, {"1", "2"}), repair());
    ASSERT_TRUE(made.has_value()) << made.error().text();
    ASSERT_EQ(made->steps.size(), 1U);
    const planned_step& step = made->steps.front();
    EXPECT_EQ(step.revision, "2");
    EXPECT_EQ(step.checksum, after.graph.find("2")->checksum);
    EXPECT_THAT(step.summary().diff, HasSubstr("+CREATE TABLE t2 (id bigint);"));
    EXPECT_EQ(step.summary().checksum, step.checksum);
    const std::string sql = sql::record_repaired(step, {});
    EXPECT_THAT(sql, HasSubstr("'repaired'"));
    EXPECT_THAT(sql, HasSubstr("up_sql = '-- migrate:up\nCREATE TABLE t2 (id bigint);"));
}

TEST(plan_repair, has_nothing_to_do_when_nothing_was_edited) {
    const auto made = make_plan(before, ledger_of(before, {"1", "2"}), repair());
    ASSERT_TRUE(made.has_value());
    EXPECT_TRUE(made->nothing_to_do());
    const auto other = make_plan(after, ledger_of(before, {"1", "2"}), repair("1"));
    ASSERT_TRUE(other.has_value());
    EXPECT_TRUE(other->nothing_to_do());
}

TEST(plan_repair, refuses_a_file_that_changed_since_it_was_looked_at) {
    plan_request seen = repair();
    seen.expected.emplace("2", "another checksum");
    const auto made = make_plan(after, ledger_of(before, {"1", "2"}), seen);
    ASSERT_TRUE(made.has_error());
    EXPECT_THAT(made.error().message, HasSubstr("versions/2_r.sql: revision 2 changed again"));
    seen.expected["2"] = after.graph.find("2")->checksum;
    EXPECT_TRUE(make_plan(after, ledger_of(before, {"1", "2"}), seen).has_value());
}

TEST(plan_repair, leaves_a_revision_alone_that_is_half_reverted) {
    ledger_state ledger = ledger_of(before, {"1", "2"});
    ledger.rows[1].state = row_state::reverting;
    const auto made = make_plan(after, ledger, repair());
    ASSERT_TRUE(made.has_error());
    EXPECT_THAT(made.error().message, HasSubstr("half reverted"));
}

TEST(plan_repair, answers_the_one_statement_whose_end_nobody_saw) {
    plan_request done = repair();
    done.answer = statement_answer::done;
    ledger_state ledger;
    ledger.exists = true;
    ledger.rows.push_back(half_done());
    const auto made = make_plan(before, ledger, done);
    ASSERT_TRUE(made.has_value()) << made.error().text();
    ASSERT_EQ(made->steps.size(), 1U);
    const std::string yes = sql::record_repaired(made->steps.front(), {});
    EXPECT_THAT(yes, HasSubstr("'answered_done',2"));
    EXPECT_THAT(yes, HasSubstr("stmt_done = 2"));
    done.answer = statement_answer::again;
    const std::string no = sql::record_repaired(make_plan(before, ledger, done)->steps.front(), {});
    EXPECT_THAT(no, HasSubstr("'answered_again',2"));
    EXPECT_THAT(no, Not(HasSubstr("stmt_done")));

    done.target = "9";
    EXPECT_EQ(make_plan(before, ledger, done).error().code, errc::unknown_revision);
    done.target = "2";
    EXPECT_EQ(make_plan(before, ledger, done).error().code, errc::conflict_here);
    done.target = "1";
    EXPECT_TRUE(make_plan(before, ledger, done));

    const auto without_answer = make_plan(before, ledger, repair());
    ASSERT_TRUE(without_answer.has_value()) << without_answer.error().text();
    EXPECT_THAT(without_answer->warnings,
                testing::ElementsAre(HasSubstr("revision 1: statement 2 of 2 was begun and nobody "
                                               "saw its end; headspacectl db repair --done or")));

    ledger.rows.front().run.clear(); // it is known to have failed
    const auto nobody_asks = make_plan(before, ledger, done);
    ASSERT_TRUE(nobody_asks.has_error());
    EXPECT_EQ(nobody_asks.error().code, errc::conflict_here);
}

TEST(out_of_order, is_refused_by_name_and_runs_when_it_is_allowed) {
    const auto files = directory_of({simple("1"), simple("2"), simple("3"), simple("4")});
    ledger_state ledger = ledger_of(files, {"1", "4"});
    ledger.rows[1].parents = {"1"}; // 2 and 3 did not exist then
    const auto refused = make_plan(files, ledger, upgrade());
    ASSERT_TRUE(refused.has_error());
    EXPECT_EQ(refused.error().code, errc::out_of_order);
    EXPECT_THAT(refused.error().message,
                HasSubstr("versions/2_r.sql: revision 2 is not applied, "
                          "but 4 after it is (the same holds for 1 more)"));
    EXPECT_THAT(refused.error().hint, HasSubstr("--allow-out-of-order"));

    const auto made = make_plan(files, ledger, upgrade(true));
    ASSERT_TRUE(made.has_value()) << made.error().text();
    ASSERT_EQ(made->steps.size(), 2U);
    EXPECT_EQ(made->steps[0].late_before, "4");
    EXPECT_THAT(made->steps[0].relink, IsEmpty());
    EXPECT_THAT(made->steps[1].relink, ElementsAre(Pair("4", ElementsAre("3"))));
    EXPECT_THAT(made->warnings, ElementsAre(HasSubstr("revision 2 runs out of order: 4"),
                                            HasSubstr("revision 3 runs out of order: 4")));
    const std::string sql = sql::record_applied(made->steps[1], {}, duration::zero());
    EXPECT_THAT(sql, HasSubstr("'out of order: 4 was applied before it'"));
    EXPECT_THAT(sql, HasSubstr("SET parents = ARRAY['3']::text[] WHERE revision = '4'"));
}
