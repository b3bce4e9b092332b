#include "migrate/findings.hpp"
#include "unit/migrate/files.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

using namespace headspace;
using namespace headspace::migrate;
using headspace::test::directory_of;
using headspace::test::ledger_of;
using headspace::test::simple;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::UnorderedElementsAre;

namespace {

std::vector<std::string> texts(const std::vector<finding>& all) {
    std::vector<std::string> out;
    for (const finding& f : all)
        out.push_back(std::string(to_string(f.what)) + " " + f.text);
    return out;
}

const auto three = directory_of({simple("1"), simple("2"), simple("3")});

schema::catalogue one_table(const std::string& persistence) {
    schema::catalogue c;
    schema::fact f;
    f.id = {schema::kind::table, {"public", "a"}};
    f.payload["persistence"] = persistence;
    c.facts.emplace(f.id, f);
    return c;
}

} // namespace

TEST(findings, there_are_none_when_all_is_applied_as_it_is) {
    EXPECT_THAT(compare_with_ledger(three, ledger_of(three, {"1", "2", "3"})), IsEmpty());
}

TEST(findings, each_pending_file_is_named_and_one_before_an_applied_one_as_such) {
    EXPECT_THAT(
        texts(compare_with_ledger(three, ledger_of(three, {"2"}))),
        ElementsAre("out_of_order versions/1_r.sql: revision 1 (message of 1) is pending, and "
                    "comes before an applied one",
                    "pending versions/3_r.sql: revision 3 (message of 3) is pending"));
}

TEST(findings, an_edited_file_is_named_with_its_difference) {
    const auto edited = directory_of({simple("1", "-- a note\n"), simple("2"), simple("3")});
    const auto found = compare_with_ledger(edited, ledger_of(three, {"1", "2", "3"}));
    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(found[0].what, finding_kind::edited);
    EXPECT_THAT(found[0].text, HasSubstr("versions/1_r.sql: revision 1 was edited"));
    EXPECT_THAT(found[0].diff, HasSubstr("+++ versions/1_r.sql"));
}

TEST(findings, a_missing_file_a_half_done_one_and_several_heads_are_named) {
    const auto files = directory_of({simple("1"), simple("2", "-- headspace:parent 1\n"),
                                     simple("3", "-- headspace:parent 1\n")});
    auto ledger = ledger_of(three, {"1", "2", "3"});
    ledger.rows[1].state = row_state::partial;
    ledger.rows[1].checksum = files.graph.find("2")->checksum;
    ledger.rows[2].checksum = files.graph.find("3")->checksum;
    ledger.rows.push_back(ledger.rows[0]);
    ledger.rows.back().revision = "7";
    EXPECT_THAT(
        texts(compare_with_ledger(files, ledger)),
        UnorderedElementsAre("several_heads there are several heads: 2, 3",
                             "unfinished revision 2 is half applied (1 of 1 statements)",
                             "gone revision 7 (message of 1) is applied, and its file is gone"));
}

TEST(findings, drift_is_one_line_for_each_difference) {
    const auto live = one_table("u");
    const auto wanted = one_table("p");
    const auto lines = schema::explain(schema::compare(live, wanted));
    const auto found = drift_findings(schema::compare(live, wanted));
    ASSERT_EQ(found.size(), lines.size());
    ASSERT_EQ(found.size(), 1U);
    EXPECT_THAT(found[0].text, HasSubstr("table public.a"));
}

TEST(findings, what_has_several_lines_is_one_line_and_a_diff) {
    const auto live = one_table("a\nb");
    const auto wanted = one_table("a\nc");
    const auto found = drift_findings(schema::compare(live, wanted));
    ASSERT_EQ(found.size(), 1U);
    EXPECT_THAT(found[0].text, Not(HasSubstr("\n")));
    EXPECT_THAT(found[0].text, HasSubstr("differs"));
    EXPECT_THAT(found[0].diff, HasSubstr(" a\n-b\n+c\n"));
}

TEST(findings, another_tools_bookkeeping_is_left_out_with_all_that_goes_with_it) {
    using schema::fact_id;
    using schema::kind;
    schema::catalogue live;
    const fact_id table(kind::table, {"public", "goose_db_version"});
    const fact_id column(kind::column, {"public", "goose_db_version", "id"});
    const fact_id sequence(kind::sequence, {"public", "goose_db_version_id_seq"});
    const fact_id mine(kind::table, {"public", "mine"});
    for (const fact_id& id : {table, column, sequence, mine}) {
        schema::fact f;
        f.id = id;
        f.has_parent = id == column;
        f.parent = id == column ? table : id;
        live.facts.emplace(id, f);
    }
    live.edges.push_back({sequence, column, schema::bond::swept});
    const schema::catalogue wanted;
    schema::difference d = schema::compare(live, wanted);
    leave_out(d, live, {{"public", "goose_db_version"}});
    ASSERT_EQ(d.removed.size(), 1U);
    EXPECT_EQ(d.removed[0]->id, mine);

    const schema::catalogue rest = without(live, {{"public", "goose_db_version"}});
    ASSERT_EQ(rest.facts.size(), 1U);
    EXPECT_EQ(rest.facts.begin()->first, mine);
    EXPECT_TRUE(rest.edges.empty());
    live.edges.push_back({mine, table, schema::bond::normal});
    std::sort(live.edges.begin(), live.edges.end());
    EXPECT_EQ(without(live, {{"public", "goose_db_version"}}).facts.size(), 4U)
        << "something else needs it";
}

TEST(fingerprint, tells_catalogues_apart_that_differ) {
    EXPECT_EQ(fingerprint(one_table("p")), fingerprint(one_table("p")));
    EXPECT_NE(fingerprint(one_table("p")), fingerprint(one_table("u")));
    EXPECT_NE(fingerprint(one_table("p")), fingerprint({}));
}
