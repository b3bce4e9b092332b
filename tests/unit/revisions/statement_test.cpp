#include "revisions/splitter.hpp"

#include <gtest/gtest.h>

using namespace headspace::revisions;

namespace {

statement one(std::string_view sql) {
    const auto found = split_statements(sql, "x.sql");
    if (!found || found->size() != 1) {
        ADD_FAILURE() << "not one statement: " << sql;
        return {};
    }
    return found->front();
}

} // namespace

TEST(classification, statements_that_the_server_refuses_in_a_transaction_are_known) {
    for (const char* sql : {"create index concurrently i on t (a)",
                            "CREATE UNIQUE INDEX CONCURRENTLY ON t (a)",
                            "create /* now */ index\n concurrently if not exists i on t (a)",
                            "drop index concurrently if exists i",
                            "reindex index concurrently i",
                            "reindex (verbose, concurrently) table t",
                            "reindex (concurrently true) table t",
                            "reindex database d",
                            "reindex system d",
                            "REINDEX SCHEMA s",
                            "vacuum",
                            "vacuum full t",
                            "vacuum (analyze) t",
                            "create database d",
                            "drop database if exists d",
                            "create tablespace s location '/x'",
                            "drop tablespace s",
                            "alter system set a = 1",
                            "create subscription s connection 'c' publication p",
                            "drop subscription s",
                            "alter subscription s refresh publication",
                            "alter subscription s set publication p",
                            "alter table only a.b detach partition c.d concurrently",
                            "discard all",
                            "cluster",
                            "cluster verbose",
                            "alter database d set tablespace s"})
        EXPECT_EQ(one(sql).kind, statement_kind::not_in_transaction) << sql;
}

TEST(classification, their_neighbours_that_can_run_in_one_are_ordinary) {
    for (const char* sql :
         {"create index i on t (a)",
          "create index concurrently_not on t (a)",
          "create index \"concurrently\" on t (a)",
          "drop index i",
          "reindex index i",
          "reindex table t",
          "reindex (concurrently false) table t",
          "reindex (verbose) table t",
          "analyze",
          "create table database (a int)",
          "alter table t detach partition p",
          "alter table t detach partition p finalize",
          "alter database d set a = 1",
          "create subscription s connection 'c' publication p with (create_slot = false)",
          "create subscription s connection 'c' publication p with (connect = off)",
          "alter subscription s set publication p with (refresh = false)",
          "alter subscription s disable",
          "cluster t",
          "cluster t using i",
          "discard temp",
          "refresh materialized view concurrently v",
          "alter type e add value 'x'",
          "comment on table t is 'vacuum'",
          "select vacuum from t",
          "savepoint a",
          "rollback to a",
          "rollback work to savepoint a",
          "release a",
          "prepare p as select 1",
          "explain select 1",
          "drop table t",
          "do $$ begin commit; end $$"})
        EXPECT_EQ(one(sql).kind, statement_kind::ordinary) << sql;
}

TEST(classification, transaction_control_is_known_by_name) {
    for (const auto& [sql, name] : {std::pair{"BEGIN", "BEGIN"},
                                    {"begin work", "BEGIN"},
                                    {"start transaction read only", "START TRANSACTION"},
                                    {"Commit", "COMMIT"},
                                    {"commit prepared 'x'", "COMMIT"},
                                    {"end", "END"},
                                    {"abort", "ABORT"},
                                    {"rollback", "ROLLBACK"},
                                    {"rollback and chain", "ROLLBACK"},
                                    {"prepare transaction 'x'", "PREPARE TRANSACTION"}}) {
        EXPECT_EQ(one(sql).kind, statement_kind::transaction_control) << sql;
        EXPECT_EQ(one(sql).name, name) << sql;
    }
}

TEST(classification, what_outlives_the_transaction_is_known) {
    for (const char* sql :
         {"set a = 1", "SET SESSION a TO 1", "set role x", "set session authorization x",
          "set session characteristics as transaction read only", "set time zone 'UTC'", "reset a",
          "reset all", "discard plans", "select set_config('search_path', '', false)",
          "select pg_catalog.set_config('a', 'b', true)"})
        EXPECT_TRUE(one(sql).changes_session) << sql;
    for (const char* sql :
         {"set local a = 1", "set transaction read only", "set constraints all deferred",
          "update t set a = 1", "select 'set_config'", "alter table t alter a set default 1"})
        EXPECT_FALSE(one(sql).changes_session) << sql;
}

TEST(classification, a_concurrent_index_is_named_as_the_catalogue_names_it) {
    const auto build = one("CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS \"My\"\"Index\" ON ONLY "
                           "App.\"T\" USING btree (a)")
                           .concurrently;
    ASSERT_TRUE(build);
    EXPECT_EQ(build->what, concurrent_work::action::create_index);
    EXPECT_EQ(build->index, "My\"Index");
    EXPECT_EQ(build->table_schema, "app");
    EXPECT_EQ(build->table, "T");
    EXPECT_TRUE(build->if_exists);

    const auto nameless = one("create index concurrently on T (a)").concurrently;
    ASSERT_TRUE(nameless);
    EXPECT_EQ(nameless->index, "");
    EXPECT_EQ(nameless->table, "t");
    EXPECT_EQ(nameless->table_schema, "");

    const auto drop = one("drop index concurrently s.I, j").concurrently;
    ASSERT_TRUE(drop);
    EXPECT_EQ(drop->what, concurrent_work::action::drop_index);
    EXPECT_EQ(drop->index_schema, "s");
    EXPECT_EQ(drop->index, "i");
    EXPECT_TRUE(drop->several);

    const auto table = one("reindex table concurrently s.t").concurrently;
    ASSERT_TRUE(table);
    EXPECT_TRUE(table->whole_object);
    EXPECT_EQ(table->table, "t");

    const auto detach =
        one("alter table if exists s.t detach partition p concurrently").concurrently;
    ASSERT_TRUE(detach);
    EXPECT_EQ(detach->table, "t");
    EXPECT_EQ(detach->partition, "p");

    EXPECT_FALSE(one("create index i on t (a)").concurrently);
}

TEST(statement_place, the_servers_position_in_characters_becomes_a_line_and_column_of_the_file) {
    const auto found = split_statements("select 1;\n   select 'ä',\n  nope;", "x.sql", 5);
    ASSERT_TRUE(found);
    const statement& s = found->at(1);
    EXPECT_EQ(locate(s, 1).line, 6U);
    EXPECT_EQ(locate(s, 1).column, 4U);
    EXPECT_EQ(locate(s, 15).line, 7U); // n of nope: "select 'ä'," is 11 characters and a line end
    EXPECT_EQ(locate(s, 15).column, 3U);
    EXPECT_EQ(locate(s, 19).column, 7U); // the end of the statement
    EXPECT_EQ(locate(s, 0).line, 6U);
    EXPECT_EQ(locate(s, 1000).line, 6U);
}
