#include "migrate/plan.hpp"
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

namespace {

plan_request upgrade(std::string target = "head") {
    plan_request r;
    r.target = std::move(target);
    return r;
}

plan_request downgrade(std::string target) {
    plan_request r = upgrade(std::move(target));
    r.what = direction::downgrade;
    return r;
}

plan_request stamp(std::string target, bool purge = false) {
    plan_request r = upgrade(std::move(target));
    r.what = direction::stamp;
    r.purge = purge;
    return r;
}

std::vector<std::string> revisions_of(const result<plan>& made) {
    std::vector<std::string> out;
    if (made.has_error())
        return {made.error().text()};
    for (const planned_step& step : made->steps)
        out.push_back(step.revision);
    return out;
}

const auto three = directory_of({simple("1"), simple("2"), simple("3")});

// A transaction:false file with three statements.
file by_statement(const std::string& second = "CREATE INDEX CONCURRENTLY i ON t1 (id)",
                  const std::string& third = "CREATE TABLE b (id int)") {
    return {"2_r.sql", "-- migrate:up transaction:false\nCREATE TABLE a (id int);\n" + second +
                           ";\n" + third + ";\n-- migrate:down\n"};
}

ledger_row stopped_at(const revisions::directory& files, std::uint32_t done,
                      std::uint32_t begun = 0, std::string run = {}) {
    ledger_row row = row_for(files, "2");
    row.state = row_state::partial;
    row.statements_done = done;
    row.statement_begun = begun;
    row.run = std::move(run);
    return row;
}

} // namespace

TEST(plan_upgrade, applies_everything_on_an_empty_database_from_base_to_head) {
    EXPECT_THAT(revisions_of(make_plan(three, {}, upgrade())), ElementsAre("1", "2", "3"));
}

TEST(plan_upgrade, applies_only_what_is_missing) {
    EXPECT_THAT(revisions_of(make_plan(three, ledger_of(three, {"1", "2"}), upgrade())),
                ElementsAre("3"));
}

TEST(plan_upgrade, has_nothing_to_do_when_all_is_applied) {
    const auto made = make_plan(three, ledger_of(three, {"1", "2", "3"}), upgrade());
    ASSERT_TRUE(made.has_value());
    EXPECT_TRUE(made->nothing_to_do());
    EXPECT_THAT(made->warnings, IsEmpty());
}

TEST(plan_upgrade, has_nothing_to_do_in_an_empty_directory) {
    const auto made = make_plan(directory_of({}), {}, upgrade());
    ASSERT_TRUE(made.has_value()) << made.error().text();
    EXPECT_TRUE(made->nothing_to_do());
}

TEST(plan_upgrade, stops_at_the_target) {
    EXPECT_THAT(revisions_of(make_plan(three, {}, upgrade("2"))), ElementsAre("1", "2"));
    EXPECT_THAT(revisions_of(make_plan(three, ledger_of(three, {"1"}), upgrade("+1"))),
                ElementsAre("2"));
}

TEST(plan_upgrade, refuses_a_target_that_nobody_knows) {
    const auto made = make_plan(three, {}, upgrade("9"));
    ASSERT_TRUE(made.has_error());
    EXPECT_EQ(made.error().code, errc::unknown_revision);
}

TEST(plan_upgrade, refuses_an_applied_file_that_was_edited_and_names_it) {
    const auto edited = directory_of(
        {simple("1"), {"2_r.sql", "-- migrate:up\nSELECT 1;\n-- migrate:down\n"}, simple("3")});
    const auto made = make_plan(edited, ledger_of(three, {"1", "2"}), upgrade());
    ASSERT_TRUE(made.has_error());
    EXPECT_EQ(made.error().code, errc::edited_revision);
    EXPECT_EQ(made.error().file, "versions/2_r.sql");
    EXPECT_THAT(made.error().text(), HasSubstr("headspacectl db repair"));
}

TEST(plan_upgrade, takes_no_offence_at_windows_line_ends) {
    auto [name, text] = simple("1");
    std::string crlf;
    for (const char c : text)
        crlf += c == '\n' ? std::string("\r\n") : std::string(1, c);
    const auto now = directory_of({{name, crlf}});
    const auto made = make_plan(now, ledger_of(directory_of({simple("1")}), {"1"}), upgrade());
    ASSERT_TRUE(made.has_value()) << made.error().text();
    EXPECT_TRUE(made->nothing_to_do());
}

TEST(plan_upgrade, refuses_a_file_that_comes_before_an_applied_one) {
    const auto gap = directory_of({simple("1"), simple("3")});
    const auto made = make_plan(three, ledger_of(gap, {"1", "3"}), upgrade());
    ASSERT_TRUE(made.has_error());
    EXPECT_EQ(made.error().code, errc::out_of_order);
    EXPECT_THAT(made.error().message, HasSubstr("revision 2 is not applied, but 3 after it is"));
}

TEST(plan_upgrade, refuses_head_when_there_are_several_and_names_them) {
    const auto forked = directory_of({simple("1"), simple("2", "-- headspace:parent 1\n"),
                                      simple("3", "-- headspace:parent 1\n")});
    const auto made = make_plan(forked, {}, upgrade());
    ASSERT_TRUE(made.has_error());
    EXPECT_EQ(made.error().code, errc::several_heads);
    EXPECT_THAT(made.error().text(), testing::AllOf(HasSubstr("2"), HasSubstr("3")));
    EXPECT_THAT(revisions_of(make_plan(forked, {}, upgrade("heads"))), ElementsAre("1", "2", "3"));
}

TEST(plan_upgrade, refuses_a_destructive_file_unless_it_is_allowed) {
    const auto files = directory_of(
        {{"1_r.sql", "-- migrate:up\nCREATE TABLE t (a int);\n-- DESTRUCTIVE: drops a\n"
                     "ALTER TABLE t DROP COLUMN a;\n-- migrate:down\n"}});
    auto request = upgrade();
    const auto refused = make_plan(files, {}, request);
    ASSERT_TRUE(refused.has_error());
    EXPECT_EQ(refused.error().code, errc::destructive);
    EXPECT_EQ(refused.error().line, 3U);
    EXPECT_THAT(refused.error().hint, HasSubstr("--allow-destructive"));
    request.allow_destructive = true;
    EXPECT_THAT(revisions_of(make_plan(files, {}, request)), ElementsAre("1"));
}

TEST(plan_upgrade, refuses_a_statement_that_cannot_run_in_a_transaction_before_anything_runs) {
    const auto files =
        directory_of({simple("1"),
                      {"2_r.sql", "-- migrate:up\nSELECT 1;\nCREATE INDEX CONCURRENTLY i ON t1 "
                                  "(id);\n-- migrate:down\n"}});
    const auto made = make_plan(files, {}, upgrade());
    ASSERT_TRUE(made.has_error());
    EXPECT_EQ(made.error().code, errc::malformed_file);
    EXPECT_EQ(made.error().line, 3U);
    EXPECT_THAT(made.error().text(), HasSubstr("transaction:false"));
}

TEST(plan_upgrade, refuses_session_settings_outside_of_a_transaction_through_a_pooler) {
    const auto files = directory_of({{"1_r.sql", "-- migrate:up transaction:false\nSET "
                                                 "work_mem = '1GB';\nVACUUM;\n-- migrate:down\n"}});
    auto request = upgrade();
    EXPECT_TRUE(make_plan(files, {}, request).has_value());
    request.pooled = true;
    const auto made = make_plan(files, {}, request);
    ASSERT_TRUE(made.has_error());
    EXPECT_EQ(made.error().code, errc::unsafe_through_pooler);
    EXPECT_THAT(made.error().hint, HasSubstr("migrations.url"));
}

TEST(plan_upgrade, refuses_a_ledger_that_is_newer_than_itself) {
    ledger_state newer;
    newer.exists = true;
    newer.version = ledger_version + 1;
    const auto made = make_plan(three, newer, upgrade());
    ASSERT_TRUE(made.has_error());
    EXPECT_EQ(made.error().code, errc::newer_ledger);
}

TEST(plan_upgrade, says_in_one_line_that_the_sum_does_not_cover_pending_files_and_goes_on) {
    auto files = directory_of({simple("1"), simple("2")});
    test::forget_last_in_sum(files);
    const auto made = make_plan(files, {}, upgrade());
    ASSERT_TRUE(made.has_value());
    EXPECT_THAT(made->warnings, ElementsAre(HasSubstr("2_r.sql")));
}

TEST(plan_upgrade, refuses_uncovered_files_when_the_sum_is_required) {
    auto files = directory_of({simple("1"), simple("2")});
    test::forget_last_in_sum(files);
    auto request = upgrade();
    request.require_sum = true;
    const auto made = make_plan(files, {}, request);
    ASSERT_TRUE(made.has_error());
    EXPECT_EQ(made.error().code, errc::not_in_sum);
    EXPECT_EQ(made.error().file, "versions/2_r.sql");
    // What is applied already is guarded by the ledger.
    EXPECT_TRUE(make_plan(files, ledger_of(files, {"1", "2"}), request).has_value());
}

TEST(plan_upgrade, counts_an_applied_revision_without_a_file_as_there) {
    const auto fewer = directory_of({simple("1"), simple("2")});
    const auto made = make_plan(fewer, ledger_of(three, {"1", "2", "3"}), upgrade());
    ASSERT_TRUE(made.has_value()) << made.error().text();
    EXPECT_TRUE(made->nothing_to_do());
}

TEST(plan_upgrade, refuses_to_go_past_an_applied_revision_without_a_file) {
    const auto elsewhere = directory_of({simple("1"), simple("4", "-- headspace:parent 1\n")});
    const auto made = make_plan(elsewhere, ledger_of(three, {"1", "2"}), upgrade());
    ASSERT_TRUE(made.has_error());
    EXPECT_EQ(made.error().code, errc::several_heads);
}

TEST(plan_upgrade, reports_the_first_malformed_file) {
    const auto broken = directory_of({simple("1"), {"2_r.sql", "SELECT 1;"}});
    const auto made = make_plan(broken, {}, upgrade());
    ASSERT_TRUE(made.has_error());
    EXPECT_EQ(made.error().code, errc::malformed_file);
}

TEST(plan_resume, goes_on_after_the_statements_that_ran) {
    const auto files = directory_of({simple("1"), by_statement()});
    auto ledger = ledger_of(files, {"1"});
    ledger.rows.push_back(stopped_at(files, 1));
    const auto made = make_plan(files, ledger, upgrade());
    ASSERT_TRUE(made.has_value()) << made.error().text();
    ASSERT_EQ(made->steps.size(), 1U);
    EXPECT_TRUE(made->steps[0].resumes);
    EXPECT_EQ(made->steps[0].statements_done, 1U);
}

TEST(plan_resume, accepts_an_edit_of_a_statement_that_has_not_run) {
    const auto before = directory_of({simple("1"), by_statement()});
    const auto after = directory_of(
        {simple("1"), by_statement("CREATE INDEX CONCURRENTLY i ON t1 (id)", "SELECT 2")});
    auto ledger = ledger_of(before, {"1"});
    ledger.rows.push_back(stopped_at(before, 2));
    EXPECT_TRUE(make_plan(after, ledger, upgrade()).has_value());
}

TEST(plan_resume, refuses_an_edit_of_a_statement_that_ran_and_names_its_line) {
    const auto before = directory_of({simple("1"), by_statement()});
    const auto after = directory_of({simple("1"), by_statement("SELECT 2")});
    auto ledger = ledger_of(before, {"1"});
    ledger.rows.push_back(stopped_at(before, 2));
    const auto made = make_plan(after, ledger, upgrade());
    ASSERT_TRUE(made.has_error());
    EXPECT_EQ(made.error().code, errc::edited_revision);
    EXPECT_EQ(made.error().line, 3U);
}

TEST(plan_resume, refuses_an_edit_of_a_statement_that_may_have_run) {
    const auto before = directory_of({simple("1"), by_statement()});
    const auto after = directory_of({simple("1"), by_statement("SELECT 2")});
    auto ledger = ledger_of(before, {"1"});
    ledger.rows.push_back(stopped_at(before, 1, 2, "0123456789abcdef"));
    const auto made = make_plan(after, ledger, upgrade());
    ASSERT_TRUE(made.has_error());
    EXPECT_EQ(made.error().code, errc::edited_revision);
    // The same edit after a failure that was seen is how one mends it.
    ledger.rows.back().run.clear();
    const auto mended = make_plan(after, ledger, upgrade());
    ASSERT_TRUE(mended.has_value()) << mended.error().text();
    EXPECT_EQ(mended->steps[0].statement_begun, 2U);
    EXPECT_FALSE(mended->steps[0].begun_unseen);
}

TEST(plan_resume, refuses_to_revert_while_an_upgrade_is_half_done_and_the_other_way_round) {
    const auto files = directory_of({simple("1"), by_statement()});
    auto ledger = ledger_of(files, {"1"});
    ledger.rows.push_back(stopped_at(files, 1));
    const auto down = make_plan(files, ledger, downgrade("-1"));
    ASSERT_TRUE(down.has_error());
    EXPECT_THAT(down.error().message, HasSubstr("half applied"));
    ledger.rows.back().state = row_state::reverting;
    const auto up = make_plan(files, ledger, upgrade());
    ASSERT_TRUE(up.has_error());
    EXPECT_THAT(up.error().message, HasSubstr("half reverted"));
}

TEST(plan_downgrade, reverts_the_last_one_with_minus_one) {
    EXPECT_THAT(revisions_of(make_plan(three, ledger_of(three, {"1", "2", "3"}), downgrade("-1"))),
                ElementsAre("3"));
}

TEST(plan_downgrade, goes_back_to_a_revision_or_to_base_from_the_latest_on) {
    const auto all = ledger_of(three, {"1", "2", "3"});
    EXPECT_THAT(revisions_of(make_plan(three, all, downgrade("1"))), ElementsAre("3", "2"));
    EXPECT_THAT(revisions_of(make_plan(three, all, downgrade("base"))), ElementsAre("3", "2", "1"));
}

TEST(plan_downgrade, has_nothing_to_do_at_base) {
    const auto made = make_plan(three, {}, downgrade("base"));
    ASSERT_TRUE(made.has_value());
    EXPECT_TRUE(made->nothing_to_do());
}

TEST(plan_downgrade, refuses_a_target_that_is_not_applied) {
    const auto made = make_plan(three, ledger_of(three, {"1"}), downgrade("2"));
    ASSERT_TRUE(made.has_error());
    EXPECT_EQ(made.error().code, errc::unknown_revision);
    EXPECT_THAT(made.error().message, HasSubstr("not applied"));
}

TEST(plan_downgrade, refuses_a_file_without_a_down_before_anything_runs) {
    const auto files =
        directory_of({simple("1"), {"2_r.sql", "-- migrate:up\nSELECT 1;\n"}, simple("3")});
    const auto made = make_plan(files, ledger_of(files, {"1", "2", "3"}), downgrade("1"));
    ASSERT_TRUE(made.has_error());
    EXPECT_EQ(made.error().code, errc::no_down);
    EXPECT_EQ(made.error().file, "versions/2_r.sql");
}

TEST(plan_downgrade, uses_the_stored_text_when_the_file_is_gone) {
    const auto fewer = directory_of({simple("1"), simple("2")});
    const auto made = make_plan(fewer, ledger_of(three, {"1", "2", "3"}), downgrade("-1"));
    ASSERT_TRUE(made.has_value()) << made.error().text();
    ASSERT_EQ(made->steps.size(), 1U);
    EXPECT_EQ(made->steps[0].section.statements.at(0).text, "DROP TABLE t3");
    EXPECT_THAT(made->warnings, ElementsAre(HasSubstr("revision 3 has no file")));
}

TEST(plan_downgrade, refuses_an_edited_file) {
    const auto edited = directory_of(
        {simple("1"), simple("2"), {"3_r.sql", "-- migrate:up\nSELECT 1;\n-- migrate:down\n"}});
    const auto made = make_plan(edited, ledger_of(three, {"1", "2", "3"}), downgrade("-1"));
    ASSERT_TRUE(made.has_error());
    EXPECT_EQ(made.error().code, errc::edited_revision);
}

TEST(plan_stamp, records_a_revision_and_everything_before_it) {
    EXPECT_THAT(revisions_of(make_plan(three, {}, stamp("2"))), ElementsAre("1", "2"));
    EXPECT_THAT(revisions_of(make_plan(three, ledger_of(three, {"1"}), stamp("head"))),
                ElementsAre("2", "3"));
}

TEST(plan_stamp, forgets_what_comes_after_the_latest_first) {
    const auto made = make_plan(three, ledger_of(three, {"1", "2", "3"}), stamp("1"));
    ASSERT_TRUE(made.has_value());
    EXPECT_THAT(made->forget, ElementsAre("3", "2"));
    EXPECT_THAT(made->steps, IsEmpty());
    EXPECT_THAT(make_plan(three, ledger_of(three, {"1"}), stamp("base"))->forget, ElementsAre("1"));
}

TEST(plan_stamp, purge_writes_every_row_anew_so_that_an_edit_is_accepted) {
    const auto made = make_plan(three, ledger_of(three, {"1", "2"}), stamp("current", true));
    ASSERT_TRUE(made.has_value()) << made.error().text();
    EXPECT_THAT(made->forget, ElementsAre("2", "1"));
    EXPECT_THAT(revisions_of(made), ElementsAre("1", "2"));
}

TEST(plan_stamp, keeps_the_stored_text_of_a_revision_without_a_file_unless_told_to_purge) {
    const auto fewer = directory_of({simple("1")});
    const auto ledger = ledger_of(three, {"1", "2"});
    ASSERT_TRUE(make_plan(fewer, ledger, stamp("1")).has_error());
    EXPECT_THAT(make_plan(fewer, ledger, stamp("1", true))->forget, ElementsAre("2", "1"));
}

TEST(plan, current_heads_are_the_rows_that_no_other_row_follows) {
    EXPECT_THAT(current_heads(ledger_of(three, {"1", "2"}).rows), ElementsAre("2"));
    EXPECT_THAT(current_heads({}), IsEmpty());
}
