// Flyway's repeatable scripts and baselines in plans.
#include "files.hpp"
#include "migrate/findings.hpp"
#include "migrate/ledger_sql.hpp"
#include "migrate/plan_extras.hpp"
#include "migrate/status_of.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

using namespace headspace;
using namespace headspace::migrate;
using namespace headspace::test;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

namespace {

revisions::directory flyway(std::vector<revisions::foreign_file> files) {
    auto read = revisions::read_flyway(files);
    for (const error& e : read.problems)
        ADD_FAILURE() << e.text();
    revisions::directory d;
    d.path = "/srv/flyway";
    d.format = revisions::directory_format::flyway;
    d.graph = revisions::build_graph(std::move(read.scripts)).graph;
    d.repeatables = std::move(read.repeatables);
    d.baseline = std::move(read.baseline);
    d.baseline_for = read.baseline_for;
    d.notes = read.notes;
    return d;
}

const std::vector<revisions::foreign_file> two_and_views{
    {"V1__a.sql", "create table a (i int);"},
    {"U1__a.sql", "drop table a;"},
    {"V2__b.sql", "create table b (i int);"},
    {"R__views.sql", "create or replace view v as select 1;"}};

ledger_row repeatable_row(const revisions::directory& files, const std::string& revision) {
    const revisions::script* s = files.find(revision);
    ledger_row row;
    row.revision = revision;
    row.checksum = s->checksum;
    return row;
}

std::string planned(const result<plan>& p) {
    if (p.has_error())
        return p.error().text();
    std::string out;
    for (const std::string& revision : p->forget)
        out += "-" + revision + " ";
    for (const planned_step& step : p->steps) {
        out += step.revision;
        for (const std::string& gone : step.forgets)
            out += "-" + gone;
        for (const planned_step& stamped : step.stamps)
            out += "+" + stamped.revision;
        out += " ";
    }
    return out;
}

std::string upgrade(const revisions::directory& files, const ledger_state& ledger,
                    const std::string& target = "head") {
    plan_request request;
    request.target = target;
    return planned(make_plan(files, ledger, request));
}

} // namespace

TEST(repeatables, are_applied_once_nothing_else_is_pending) {
    const auto files = flyway(two_and_views);
    EXPECT_EQ(upgrade(files, {}), "1 2 R__views ");
    EXPECT_EQ(upgrade(files, {}, "1"), "1 ");
    EXPECT_EQ(upgrade(files, ledger_of(files, {"1", "2"})), "R__views ");
}

TEST(repeatables, are_applied_again_only_when_their_text_changed) {
    auto files = flyway(two_and_views);
    auto ledger = ledger_of(files, {"1", "2"});
    ledger.rows.push_back(repeatable_row(files, "R__views"));
    EXPECT_EQ(upgrade(files, ledger), "");
    EXPECT_THAT(status_of("d", files, ledger, false).pending, IsEmpty());
    EXPECT_THAT(status_of("d", files, ledger, false).current, ElementsAre("2"));
    ledger.rows.back().checksum = "of the text before";
    EXPECT_EQ(upgrade(files, ledger), "R__views-R__views ");
    const auto status = status_of("d", files, ledger, false);
    ASSERT_EQ(status.pending.size(), 1);
    EXPECT_EQ(status.pending.front().revision, "R__views");
    EXPECT_EQ(status.state, health::migrations_state::pending);
}

TEST(repeatables, are_findings_while_they_were_never_applied_changed_or_stopped_half_way) {
    const auto files = flyway(two_and_views);
    ledger_state ledger = ledger_of(files, {"1", "2"});
    const auto found = [&] {
        std::string out;
        for (const finding& f : compare_with_ledger(files, ledger))
            out += std::string(to_string(f.what)) + " " + f.text + ";";
        return out;
    };
    EXPECT_EQ(found(), "pending R__views.sql: was never applied, and is pending;");
    ledger.rows.push_back(repeatable_row(files, "R__views"));
    EXPECT_EQ(found(), "");
    ledger.rows.back().checksum = "another";
    ledger.rows.back().applied_at = "2026";
    EXPECT_EQ(found(), "pending R__views.sql: changed after it was applied (2026), and is pending "
                       "again;");
    ledger.rows.back().state = row_state::partial;
    EXPECT_EQ(found(), "pending R__views.sql: is half applied, and is pending;");
}

TEST(repeatables, are_forgotten_when_a_revision_is_reverted) {
    const auto files = flyway({two_and_views[0], two_and_views[1], two_and_views[3]});
    auto ledger = ledger_of(files, {"1"});
    ledger.rows.push_back(repeatable_row(files, "R__views"));
    plan_request request;
    request.what = direction::downgrade;
    request.target = "-1";
    const auto made = make_plan(files, ledger, request);
    EXPECT_EQ(planned(made), "1-R__views ");
    EXPECT_EQ(made->steps.front().file, "./U1__a.sql");
    const std::string sql = sql::record_reverted(made->steps.front(), {"run", "me"}, {});
    EXPECT_THAT(sql, HasSubstr("DELETE FROM headspace.migrations WHERE revision = 'R__views';"));
}

TEST(repeatables, are_stamped_with_the_head) {
    const auto files = flyway(two_and_views);
    plan_request request;
    request.what = direction::stamp;
    request.target = "head";
    EXPECT_EQ(planned(make_plan(files, {}, request)), "1 2 R__views ");
    request.target = "1";
    EXPECT_EQ(planned(make_plan(files, {}, request)), "1 ");
    auto ledger = ledger_of(files, {"1", "2"});
    ledger.rows.push_back(repeatable_row(files, "R__views"));
    request.target = "head";
    EXPECT_EQ(planned(make_plan(files, ledger, request)), "");
    request.purge = true;
    EXPECT_EQ(planned(make_plan(files, ledger, request)), "-2 -1 -R__views 1 2 R__views ");
}

TEST(repeatables, whose_file_is_gone_are_named_in_the_status) {
    const auto files = flyway({two_and_views[0]});
    auto ledger = ledger_of(files, {"1"});
    ledger_row row;
    row.revision = "R__gone";
    ledger.rows.push_back(row);
    EXPECT_THAT(status_of("d", files, ledger, false).warnings, ElementsAre(HasSubstr("R__gone")));
}

TEST(baseline, stands_in_for_what_it_replaces_on_an_empty_database) {
    const auto files = flyway({{"V1__a.sql", "select 1;"},
                               {"V2__b.sql", "select 2;"},
                               {"V3__c.sql", "select 3;"},
                               {"B2__both.sql", "select 12;"}});
    EXPECT_EQ(upgrade(files, {}), "2+1 3 ");
    EXPECT_EQ(upgrade(files, {}, "1"), "1 ");
    EXPECT_EQ(upgrade(files, ledger_of(files, {"1"})), "2 3 ");
    plan_request request;
    request.target = "2";
    const auto made = make_plan(files, {}, request);
    ASSERT_TRUE(made);
    const planned_step& step = made->steps.front();
    EXPECT_EQ(step.section.statements.front().text, "select 12");
    EXPECT_EQ(step.checksum, files.graph.find("2")->checksum);
    EXPECT_EQ(step.place(), "B2__both.sql");
    const std::string sql = sql::record_applied(step, {"run", "me"}, {});
    EXPECT_LT(sql.find("'stamped'"), sql.rfind("'applied'"));
}

TEST(foreign_plans, no_sum_is_no_warning_and_a_required_one_refuses) {
    const auto files = flyway({two_and_views[0]});
    plan_request request;
    request.target = "head";
    EXPECT_THAT(make_plan(files, {}, request)->warnings, IsEmpty());
    request.require_sum = true;
    EXPECT_THAT(planned(make_plan(files, {}, request)), HasSubstr("flyway knows no headspace.sum"));
}

TEST(foreign_plans, a_version_without_an_undo_cannot_be_reverted) {
    const auto files = flyway({{"V1__a.sql", "select 1;"}});
    plan_request request;
    request.what = direction::downgrade;
    request.target = "-1";
    EXPECT_THAT(planned(make_plan(files, ledger_of(files, {"1"}), request)),
                HasSubstr("has no down half"));
}

TEST(foreign_plans, what_is_not_run_is_a_warning) {
    const auto files = flyway({{"V1__a.sql", "select 1;"}, {"afterMigrate.sql", ""}});
    plan_request request;
    request.target = "head";
    EXPECT_THAT(make_plan(files, {}, request)->warnings, ElementsAre(HasSubstr("afterMigrate")));
    EXPECT_THAT(make_plan(files, ledger_of(files, {"1"}), request)->warnings, IsEmpty());
}
