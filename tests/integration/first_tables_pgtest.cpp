// The repository's own migrations/ on a real server: up, down, up; and what schema/ declares is
// what the revisions make.
#include "revisions/directory.hpp"
#include "support/temp_cluster.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

using namespace headspace;
using namespace headspace::revisions;
using namespace headspace::test;
using ::testing::ElementsAre;

namespace {

const std::filesystem::path folder = std::filesystem::path(HEADSPACE_SOURCE_DIR) / "migrations";

constexpr const char* catalogue = R"(
SELECT 'column', attrelid::regclass::text, attnum::text,
       attname || ' ' || format_type(atttypid, atttypmod) || ' ' || attnotnull || ' ' || attidentity::text
       || ' ' || coalesce(pg_get_expr(adbin, adrelid), '')
  FROM pg_attribute JOIN pg_class c ON c.oid = attrelid AND relkind = 'r'
  LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
 WHERE relnamespace = 'public'::regnamespace AND attnum > 0 AND NOT attisdropped
UNION ALL
SELECT 'constraint', conrelid::regclass::text, conname, pg_get_constraintdef(oid)
  FROM pg_constraint WHERE connamespace = 'public'::regnamespace
UNION ALL
SELECT 'index', tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'
UNION ALL
SELECT 'trigger', tgrelid::regclass::text, tgname, pg_get_triggerdef(oid)
  FROM pg_trigger WHERE NOT tgisinternal
UNION ALL
SELECT 'function', '', proname, pg_get_functiondef(oid)
  FROM pg_proc WHERE pronamespace = 'public'::regnamespace
ORDER BY 1, 2, 3)";

std::string in_transaction(const section& s) {
    std::string sql = "BEGIN;\n";
    for (const statement& one : s.statements)
        sql += one.text + ";\n";
    return sql + "COMMIT;\n";
}

directory repository() {
    auto d = read_directory(folder);
    EXPECT_TRUE(d);
    for (const error& e : d->problems)
        ADD_FAILURE() << e.text();
    return std::move(*d);
}

class first_tables : public ::testing::Test {
protected:
    temp_cluster cluster_;

    void up() {
        const directory d = repository();
        for (const script& s : d.graph.scripts())
            cluster_.sql("postgres", in_transaction(s.up));
    }
    void refuses(const std::string& sql) {
        EXPECT_THROW(cluster_.sql("postgres", sql), std::runtime_error) << sql;
    }
};

} // namespace

TEST(repository_migrations, the_directory_is_sound_and_covered_by_its_sum) {
    const directory d = repository();
    EXPECT_EQ(d.graph.heads().size(), 1U);
    ASSERT_TRUE(d.sum);
    for (const sum_difference& difference : d.sum_differences)
        ADD_FAILURE() << difference.text();
    for (const script& s : d.graph.scripts()) {
        EXPECT_TRUE(forbidden_statements(s.up, s.file).empty());
        ASSERT_TRUE(s.down) << s.file;
        EXPECT_TRUE(forbidden_statements(*s.down, s.file).empty());
    }
}

TEST_F(first_tables, up_down_and_up_again_give_the_same_tables) {
    up();
    const rows first = cluster_.sql("postgres", catalogue);
    EXPECT_GT(first.size(), 80U);
    const directory d = repository();
    for (auto s = d.graph.scripts().rbegin(); s != d.graph.scripts().rend(); ++s)
        cluster_.sql("postgres", in_transaction(*s->down));
    EXPECT_TRUE(cluster_.sql("postgres", catalogue).empty());
    up();
    EXPECT_EQ(cluster_.sql("postgres", catalogue), first);
}

TEST_F(first_tables, the_declared_schema_is_what_the_revisions_make) {
    up();
    cluster_.create_database("declared");
    const auto schema = read_schema(folder);
    ASSERT_TRUE(schema);
    ASSERT_FALSE(schema->empty());
    for (const schema_file& file : *schema)
        cluster_.sql("declared", file.text);
    EXPECT_EQ(cluster_.sql("declared", catalogue), cluster_.sql("postgres", catalogue));
}

TEST_F(first_tables, every_foreign_key_has_an_index_that_begins_with_its_columns) {
    up();
    EXPECT_EQ(cluster_.value("postgres", R"(
        SELECT count(*) FROM pg_constraint c
         WHERE contype = 'f' AND NOT EXISTS (
               SELECT FROM pg_index i WHERE i.indrelid = c.conrelid AND i.indpred IS NULL
                  AND (i.indkey::int2[])[0:cardinality(c.conkey) - 1] = c.conkey))"),
              "0");
    EXPECT_EQ(cluster_.value("postgres", "SELECT count(*) FROM pg_constraint WHERE contype = 'f'"),
              "4");
}

TEST_F(first_tables, the_checks_hold_and_a_row_remembers_when_it_changed) {
    up();
    const auto sql = [&](const std::string& text) {
        return cluster_.sql("postgres", text);
    };
    sql("INSERT INTO users (upstream_id) VALUES ('a')");
    sql("INSERT INTO schedules (user_id, job_type, target_playlist_id, algorithm_name, "
        "source_playlist_ids, algorithm_params) "
        "VALUES (1, 'shuffle', 'p', 'basic', '[\"x\"]', '{\"keep_first\": 3}')");
    sql("INSERT INTO job_executions (schedule_id) VALUES (1)");
    refuses("INSERT INTO users (upstream_id) VALUES ('a')");
    refuses("INSERT INTO users (upstream_id) VALUES ('')");
    refuses(
        "INSERT INTO schedules (user_id, job_type, target_playlist_id) VALUES (1, 'shuffle', 'p')");
    refuses("UPDATE schedules SET source_playlist_ids = '{}'");
    refuses("UPDATE schedules SET algorithm_params = '[]'");
    refuses("UPDATE schedules SET job_type = 'x'");
    refuses("INSERT INTO job_executions (schedule_id) VALUES (1)"); // one is running
    refuses("UPDATE job_executions SET status = 'succeeded'");      // without finished_at
    refuses("UPDATE job_executions SET status = 'failed', finished_at = now()");
    refuses("INSERT INTO upstream_sources (user_id, target_playlist_id, source_playlist_id) "
            "VALUES (1, 'p', 'p')");
    refuses("INSERT INTO workshop_sessions (user_id, name, playlist_id) VALUES (2, 'n', 'p')");

    EXPECT_THAT(sql("UPDATE users SET display_name = 'b' RETURNING updated_at > created_at"),
                ElementsAre(ElementsAre("t")));
    sql("UPDATE users SET updated_at = 'epoch'"); // a change like any other
    EXPECT_EQ(cluster_.value("postgres", "SELECT updated_at > created_at FROM users"), "t");
    sql("UPDATE job_executions SET status = 'succeeded', finished_at = now()");
    sql("INSERT INTO job_executions (schedule_id) VALUES (1)");
    sql("DELETE FROM users");
    EXPECT_EQ(cluster_.value("postgres", "SELECT count(*) FROM job_executions"), "0");
}
