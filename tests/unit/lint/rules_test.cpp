// Every row of the rule table: a statement that breaks it, and one beside it that does not.
#include "lint/rules.hpp"
#include "support.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

using namespace headspace;
using namespace headspace::lint;
using namespace headspace::lint::testing;
using ::testing::Contains;
using ::testing::IsEmpty;
using ::testing::Not;

namespace {

struct example {
    std::string rule;
    std::string bad;
    std::string good;
    bool transaction = true;
};

const std::string n63(63, 'n');

const std::vector<example> examples{
    {"require-concurrent-index-creation", "create index i on t (a)",
     "create index concurrently i on t (a)", false},
    {"require-concurrent-index-deletion", "drop index i", "drop index concurrently i", false},
    {"require-concurrent-reindex", "reindex table t", "reindex (concurrently) table t", false},
    {"require-concurrent-partition-detach", "alter table t detach partition p",
     "alter table t detach partition p concurrently", false},
    {"adding-field-with-default", "alter table t add a uuid default gen_random_uuid()",
     "alter table t add a timestamptz default now(), add b int default 1 + 2, add c jsonb default "
     "'{}'::jsonb, add d text[] default array[]::text[]"},
    {"adding-field-with-default", "alter table t add a bigserial", "alter table t add a bigint"},
    {"adding-field-with-default", "alter table t add a bigint generated always as identity",
     "create table n (a bigint generated always as identity)"},
    {"adding-field-with-default",
     "alter table t add total bigint generated always as (a + b) stored",
     "alter table t add a int"},
    {"adding-serial-primary-key-field", "alter table t add id bigserial primary key",
     "create table n (id bigserial primary key)"},
    {"adding-serial-primary-key-field", "alter table t add primary key (id)",
     "alter table t add primary key using index i"},
    {"adding-not-nullable-field", "alter table t alter a set not null",
     "alter table t add constraint c check (a is not null) not valid"},
    {"adding-foreign-key-constraint", "alter table t add foreign key (a) references o (id)",
     "alter table t add foreign key (a) references o (id) not valid"},
    {"adding-foreign-key-constraint", "alter table t add a bigint default 0 references o (id)",
     "alter table t add a bigint default 0"},
    {"adding-foreign-key-constraint", "alter table t add a bigint references o (id)",
     "create table n (a bigint references o (id))"},
    {"constraint-missing-not-valid", "alter table t add check (a > 0)",
     "alter table t add check (a > 0) not valid"},
    {"constraint-missing-not-valid", "alter table t add a bigint check (a > 0)",
     "create table n (a bigint check (a > 0))"},
    {"constraint-missing-not-valid",
     "alter table t add constraint c check (a > 0) not valid; alter table t validate constraint c",
     "alter table t validate constraint c"},
    {"disallowed-unique-constraint", "alter table t add unique (a)",
     "alter table t add unique using index i"},
    {"disallowed-unique-constraint", "alter table t add a text unique",
     "create table n (a text unique)"},
    {"adding-exclusion-constraint", "alter table t add exclude using gist (a with &&)",
     "create table n (a int4range, exclude using gist (a with &&))"},
    {"changing-column-type", "alter table t alter a type bigint",
     "create table n (a int); alter table n alter a type bigint"},
    {"rewriting-table", "alter table t set unlogged", "alter table t set (fillfactor = 70)"},
    {"prefer-repack", "vacuum full t", "vacuum t", false},
    {"prefer-repack", "cluster t using i", "vacuum analyze", false},
    {"ban-alter-domain-with-add-constraint", "alter domain d add check (value > 0)",
     "alter domain d add check (value > 0) not valid"},
    {"ban-create-domain-with-constraint", "create domain d as text check (value <> '')",
     "create domain d as text default ''"},
    {"unbounded-write", "alter table t add a bigint; update t set a = 1",
     "alter table t add a bigint; update t set a = 1 where b"},
    {"unbounded-write", "alter table t add a bigint; delete from u", "delete from u"},
    {"several-locked-tables", "alter table t add a bigint; alter table u add a bigint",
     "alter table t add a bigint; alter table t add b bigint"},
    {"require-lock-timeout", "set lock_timeout = 0", "set lock_timeout = '5s'"},
    {"require-lock-timeout", "set local lock_timeout to default", "set statement_timeout = 0"},
    {"require-statement-timeout", "alter table t add a bigint",
     "set local statement_timeout = '1min'; alter table t add a bigint"},
    {"renaming-column", "alter table t rename a to b", "alter table t rename constraint a to b"},
    {"renaming-table", "alter table t rename to u", "alter index i rename to j"},
    {"renaming-table", "alter view v rename to w", "alter sequence s rename to r"},
    {"renaming-schema", "alter schema a rename to b", "create schema b"},
    {"renaming-enum-value", "alter type e rename value 'a' to 'b'", "alter type e rename to f"},
    {"ban-drop-column", "alter table t drop a", "alter table t drop constraint a"},
    {"ban-drop-table", "drop table t", "drop view v"},
    {"ban-drop-schema", "drop schema s cascade", "drop schema s"},
    {"ban-drop-database", "drop database d", "select 1", false},
    {"ban-truncate-cascade", "truncate t cascade", "truncate t"},
    {"ban-drop-not-null", "alter table t alter a drop not null",
     "alter table t alter a drop default"},
    {"adding-required-field", "alter table t add a bigint not null",
     "alter table t add a bigint not null default 0"},
    {"ban-concurrent-index-creation-in-transaction", "create index concurrently i on t (a)",
     "create index i on t (a)"},
    {"not-in-transaction", "vacuum t", "analyze t"},
    {"transaction-nesting", "begin; select 1; commit; select 2", "begin; select 1; commit"},
    {"transaction-nesting", "select 1; rollback", "select 1"},
    {"ban-uncommitted-transaction", "begin; select 1", "select 1; commit"},
    {"identifier-too-long", "create table n (" + n63 + "n bigint)",
     "create table n (" + n63 + " bigint)"},
    {"ban-duplicate-column-assignments", "update t set a = 1, a = 2 where b",
     "update t set a = 1, b = 2 where b"},
    {"new-enum-value-in-same-transaction",
     "alter type e add value 'x' after 'a'; insert into t values ('x')",
     "alter type e add value 'x' after 'a'; insert into t values ('y')"},
    {"require-enum-value-ordering", "alter type e add value 'x'",
     "alter type e add value 'x' before 'y'"},
    {"setting-search-path", "set search_path = a, public", "set work_mem = '1MB'"},
    {"setting-search-path", "select pg_catalog.set_config('search_path', '', false)",
     "select set_config('work_mem', '1MB', false)"},
    {"upgrading-extension", "alter extension postgis update",
     "create extension if not exists postgis"},
    {"prefer-robust-stmts", "create table n (a bigint)", "create table if not exists n (a bigint)",
     false},
    {"prefer-robust-stmts", "alter table t drop a", "alter table t drop if exists a", false},
    {"require-table-schema", "create table n (a bigint)", "create table public.n (a bigint)"},
    {"changing-privileges", "grant select on t to r", "select 1"},
    {"changing-privileges", "alter default privileges grant select on tables to r", "select 1"},
    {"prefer-text-field", "create table n (a varchar(20))", "create table n (a varchar, b text)"},
    {"ban-char-field", "create table n (a char(2))", "create table n (a \"char\")"},
    {"prefer-bigint-over-int", "create table n (a int)", "create table n (a bigint, b int[])"},
    {"prefer-bigint-over-smallint", "create table n (a smallint)", "create table n (a bigint)"},
    {"prefer-identity", "create table n (a bigserial)",
     "create table n (a bigint generated by default as identity)"},
    {"prefer-timestamptz", "create table n (a timestamp(3))", "create table n (a timestamptz)"},
    {"prefer-jsonb", "alter table t add a json", "alter table t add a jsonb"},
    {"wide-index", "create index on t (a, b, c, d)", "create unique index on t (a, b, c, d)"},
};

options everything() {
    options how;
    for (const rule* one : rules())
        if (one->on_request)
            how.enable.emplace_back(one->name);
    return how;
}

std::string directive(const example& e) {
    return e.transaction ? "-- migrate:up" : "-- migrate:up transaction:false";
}

} // namespace

TEST(lint_rules, each_has_a_statement_that_breaks_it_and_one_that_does_not) {
    for (const example& e : examples) {
        EXPECT_THAT(broken_by(e.bad, everything(), directive(e)), Contains(e.rule)) << e.bad;
        EXPECT_THAT(broken_by(e.good, everything(), directive(e)), Not(Contains(e.rule))) << e.good;
    }
}

TEST(lint_rules, every_row_of_the_table_has_an_example) {
    std::set<std::pair<std::string, std::string>> shown;
    for (const example& e : examples)
        for (const finding& f : findings_of(script_of(directive(e) + "\n" + e.bad), everything()))
            shown.emplace(f.rule, f.why);
    for (const rule* one : rules())
        EXPECT_TRUE(shown.contains({std::string(one->name), std::string(one->why)}))
            << one->name << ": " << one->why;
}

TEST(lint_rules, what_only_a_rule_on_request_finds_is_not_found_unasked) {
    EXPECT_THAT(broken_by("create table n (a bigint)", {}, "-- migrate:up transaction:false"),
                IsEmpty());
    EXPECT_THAT(broken_by("grant select on t to r"), IsEmpty());
}

TEST(lint_rules, harmless_changes_of_a_live_table_are_silent) {
    for (const char* sql :
         {"alter table t add a bigint", "alter table t add a text not null default 'x'",
          "alter table t alter a set default 1", "alter table t drop constraint c",
          "create view v as select * from t", "create table n (a bigint primary key, b text)",
          "insert into t values (1)", "update t set a = 1 where b = 2", "comment on table t is 'x'",
          "create function f() returns int language sql as 'select 1'",
          "alter table t add check (a > 0) not valid"})
        EXPECT_THAT(broken_by(sql), IsEmpty()) << sql;
}

TEST(lint_rules, names_and_reasons_are_fit_to_be_read) {
    for (const rule* one : rules()) {
        EXPECT_FALSE(one->name.empty());
        EXPECT_FALSE(one->why.empty()) << one->name;
        EXPECT_FALSE(one->why.ends_with('.')) << one->name;
        EXPECT_TRUE(std::all_of(one->name.begin(), one->name.end(), [](char c) {
            return c == '-' || (c >= 'a' && c <= 'z');
        })) << one->name;
    }
}
