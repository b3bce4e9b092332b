// The splitter against PostgreSQL's parser: on inputs made to be difficult, and on whole migration
// directories of other projects when HEADSPACE_CORPORA names a folder with some.
#include "oracle.hpp"
#include "revisions/splitter.hpp"
#include "support/temp_directory.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <iostream>

using namespace headspace;
using namespace headspace::test;

namespace {

struct comparison {
    std::size_t files = 0;
    std::size_t accepted = 0;
    std::size_t statements = 0;
    std::size_t refused =
        0; // COPY ... FROM STDIN, which the parser knows and migrations may not do
    std::vector<std::string> different;
};

template<class Wanted>
void compare(comparison& seen, const std::filesystem::path& folder, Wanted wanted) {
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
        if (!entry.is_regular_file() || !wanted(entry.path()))
            continue;
        const std::string sql = read_file(entry.path());
        if (sql.find('\0') != std::string::npos)
            continue; // the parser would stop there
        ++seen.files;
        const auto expected = oracle_split(sql);
        seen.accepted += expected ? 1U : 0U;
        seen.statements += expected ? expected->size() : 0;
        std::string problem = disagreement(sql, entry.path().string());
        if (problem.find("COPY ... FROM STDIN") != std::string::npos)
            ++seen.refused;
        else if (!problem.empty())
            seen.different.push_back(std::move(problem));
    }
}

void report(const std::string& where, const comparison& seen) {
    std::cout << where << ": " << seen.files << " files, " << seen.accepted
              << " accepted by the parser with " << seen.statements << " statements, "
              << seen.refused << " refused for COPY ... FROM STDIN, " << seen.different.size()
              << " split differently\n";
    for (const std::string& problem : seen.different)
        ADD_FAILURE() << problem;
}

} // namespace

TEST(splitter_and_parser, they_agree_on_inputs_made_to_be_difficult) {
    const std::vector<std::string> inputs{
        "select 1;;; select 2 -- a;b\n;",
        "select E'a\\'b;' ; select 'c\\'; select U&'d\\0061;' UESCAPE '!' ; select 1",
        "select E'a'\n  'b\\';c' ; select 2",
        "select $a$ ; $b$ ; $a $a$; select $$;$$",
        "select a$b$ from t; select 1 as c$b$",
        "select 1 as \"a;\"\"b\"; select U&\"d;\" from t",
        "select /* ; /* ; */ ; */ 1; select 2",
        "select 1 +-- ;\n 2; select 3 */* ; */ 4",
        "create function f(a int) returns int begin atomic select 1; select case when a > 0 then 1 "
        "else 2 end; end; select 2",
        "create or replace function f() returns int language sql begin atomic; end; select 1",
        "create procedure p() begin atomic select (case when true then 1 end); end; begin; commit",
        "create function f() returns int return case when true then 1 end; select 1",
        "create rule r as on insert to t do instead (select 1; select 2;); select 3",
        "create rule r as on insert to t do (insert into a values (';'); delete from b); select 1",
        "create schema s create table t (a int) create view v as select 1; select 1",
        "select a[1:2], b[x:y] from t; select f(a := 1, b => 2); select a::text",
        "select '{\"a\": \":b\"}'::jsonb #> '{a}' ; select @-1; select 1<>-1",
        "select 1.5e-3, .5, 1., 0xff; select 1e5",
        "do $do$ begin perform $q$ ; $q$; end $do$; select 1",
        "create type begin_type as enum ('begin', 'end'); create table \"end\" (\"case\" int)",
        "comment on function f(int) is 'begin;'; select 1",
        "create function f() returns int begin atomic create function g() returns int begin atomic "
        "select 1; end; select 2; end; select 3",
        "create function begin() returns int language sql as 'select 1'; select 2",
        "create function f() returns int begin atomic select 1 as end; select t.case from t; end; "
        "select 1",
        "-- only a comment",
        "",
        "/**/;/**/",
        "prepare p as select $1; execute p(1); select $1$$;$$"};
    std::size_t accepted = 0;
    for (const std::string& sql : inputs) {
        accepted += oracle_split(sql) ? 1U : 0U;
        EXPECT_EQ(disagreement(sql, sql.substr(0, 40)), "");
    }
    EXPECT_GT(accepted, 20U);
}

TEST(splitter_and_parser, they_agree_on_the_repository_s_own_sql) {
    const std::filesystem::path root = HEADSPACE_SOURCE_DIR;
    comparison seen;
    for (const char* folder : {"migrations", "tests/fuzz/corpus"})
        compare(seen, root / folder, [&](const std::filesystem::path& file) {
            return file.extension() == ".sql" || *folder == 't';
        });
    report("the repository", seen);
    EXPECT_GT(seen.accepted, 20U);
}

TEST(splitter_and_parser, they_agree_on_other_projects_migrations) {
    const char* folder = std::getenv("HEADSPACE_CORPORA");
    if (folder == nullptr || *folder == '\0') {
        std::cout << "HEADSPACE_CORPORA is not set: nothing beyond the inputs above was compared\n";
        return;
    }
    comparison seen;
    compare(seen, folder,
            [](const std::filesystem::path& file) { return file.extension() == ".sql"; });
    report(folder, seen);
    EXPECT_GT(seen.accepted, 0U);
}
