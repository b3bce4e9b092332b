// What the script holds; that psql and the ledger agree with it is tested against PostgreSQL.
#include "revisions/ledger_text.hpp"
#include "revisions/offline_script.hpp"
#include "revisions/own_schema.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

using namespace headspace;
using namespace headspace::revisions;
using namespace std::chrono_literals;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

namespace {

graph graph_of(const std::vector<std::pair<std::string, std::string>>& files) {
    std::vector<script> scripts;
    for (const auto& [name, text] : files) {
        auto s = parse_script(name, text);
        if (s)
            scripts.push_back(std::move(*s));
        else
            ADD_FAILURE() << s.error().text();
    }
    return build_graph(std::move(scripts)).graph;
}

std::string rendered(const graph& g, revision_list path, bool down = false) {
    offline_request what;
    what.path = std::move(path);
    what.down = down;
    what.lock_timeout = 2s;
    what.title = "upgrade";
    const auto text = render_offline_script(g, what);
    if (!text) {
        ADD_FAILURE() << text.error().text();
        return {};
    }
    return *text;
}

std::size_t count(const std::string& text, const std::string& part) {
    std::size_t n = 0;
    for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1))
        ++n;
    return n;
}

} // namespace

TEST(offline_script, a_migration_and_its_row_are_one_transaction) {
    const graph g = graph_of({{"1_r.sql", "-- migrate:up\n-- why\nCREATE TABLE a ();\n"}});
    const std::string sql = rendered(g, {"1"});
    const std::size_t begin = sql.find("BEGIN;\n");
    const std::size_t table = sql.find("-- why\nCREATE TABLE a ();\n");
    const std::size_t row = sql.find("INSERT INTO headspace.migrations ");
    const std::size_t commit = sql.find("COMMIT;\n", begin);
    EXPECT_LT(begin, table);
    EXPECT_LT(table, row);
    EXPECT_LT(row, commit);
    EXPECT_THAT(sql, AllOf(HasSubstr("\\set ON_ERROR_STOP on\n"),
                           HasSubstr("SET LOCAL lock_timeout = 2000;")));
}

TEST(offline_script, statements_without_a_transaction_are_recorded_one_by_one) {
    const graph g = graph_of(
        {{"1_r.sql", "-- migrate:up transaction:false\nCREATE TABLE a (id int);\nCREATE INDEX "
                     "CONCURRENTLY i ON a (id);\n"}});
    const std::string sql = rendered(g, {"1"});
    EXPECT_THAT(sql, HasSubstr("SET lock_timeout = 0;\n\nCREATE INDEX CONCURRENTLY i ON a (id);\n"
                               "SET lock_timeout = 2000;\nBEGIN;\n"));
    EXPECT_THAT(sql, AllOf(HasSubstr("'partial'"), HasSubstr("SET stmt_done = 1, stmt_hash = '"),
                           HasSubstr("SET stmt_done = 2, stmt_hash = '" +
                                     hash_of_first(g.find("1")->up, 2) + "'"),
                           HasSubstr("SET state = 'applied'")));
}

TEST(offline_script, the_role_named_as_the_ledgers_schema_leaves_it_before_the_statements) {
    const graph g =
        graph_of({{"1_r.sql", "-- migrate:up\nCREATE TABLE a ();\n"},
                  {"2_r.sql", "-- migrate:up transaction:false\nCREATE TABLE b ();\n"}});
    const std::string sql = rendered(g, {"1", "2"});
    const std::string when = "DO $headspace$ BEGIN IF current_user = 'headspace' THEN PERFORM " +
                             path_without_own_schema(true);
    const std::string always = "DO $headspace$ BEGIN IF current_user = 'headspace' THEN PERFORM " +
                               path_without_own_schema(false);
    EXPECT_EQ(count(sql, when), 1U);
    EXPECT_EQ(count(sql, always), 1U);
    EXPECT_LT(sql.find(when), sql.find("CREATE TABLE a ()"));
    EXPECT_LT(sql.find(always), sql.rfind("CREATE TABLE b ()"))
        << "its text stands in the ledger first";
    EXPECT_LT(sql.find("CREATE TABLE a ()"), sql.find(always));
}

TEST(offline_script, every_step_checks_that_the_ledger_is_where_it_begins) {
    const graph g = graph_of({{"1_r.sql", "-- migrate:up\nSELECT 1;\n-- migrate:down\nSELECT 2;\n"},
                              {"2_r.sql", "-- migrate:up\nSELECT 3;\n-- migrate:down\n"}});
    const std::string up = rendered(g, {"1", "2"});
    EXPECT_EQ(count(up, "is applied already"), 2U);
    EXPECT_EQ(count(up, "what revision 2 follows is not applied"), 1U);
    const std::string down = rendered(g, {"2", "1"}, true);
    EXPECT_EQ(count(down, "is not applied"), 2U);
    EXPECT_EQ(count(down, "DELETE FROM headspace.migrations"), 2U);
    EXPECT_THAT(down, Not(HasSubstr("SELECT 3")));
}

TEST(offline_script, what_the_runner_would_refuse_is_refused_here) {
    offline_request what;
    what.path = {"1"};
    const graph commit = graph_of({{"1_r.sql", "-- migrate:up\nSELECT 1;\nCOMMIT;\n"}});
    EXPECT_EQ(render_offline_script(commit, what).error().code, errc::malformed_file);
    what.down = true;
    EXPECT_EQ(render_offline_script(commit, what).error().code, errc::no_down);
    what.path = {"7"};
    EXPECT_EQ(render_offline_script(commit, what).error().code, errc::unknown_revision);
}
