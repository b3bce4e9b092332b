// What tests of the schema module share: a private cluster, databases filled from SQL, their
// catalogues, and plans that are carried out.
#pragma once

#include "schema/diff.hpp"
#include "schema/extract.hpp"
#include "schema/links.hpp"
#include "schema/plan.hpp"
#include "schema/renames.hpp"
#include "support/run_on.hpp"
#include "support/temp_cluster.hpp"

#include <map>
#include <string>
#include <vector>

namespace headspace::test {

class schema_world {
public:
    explicit schema_world(cluster_options options = {});

    temp_cluster cluster;
    asio::io_context io;

    /// A new database from template0 with this in it; an older one of that name goes.
    void make(const std::string& database, const std::string& sql);
    schema::catalogue read(const std::string& database);
    /// Runs the statements as the runner would: in one transaction, the others by themselves.
    /// Errors: the server's, with the statement.
    result<void> apply(const std::string& database, const schema::schema_plan& plan);
    /// Tables with their number of rows and relfilenode.
    struct table_state {
        std::string rows;
        std::string file;
        std::string oid; // which it is, whatever it is called
    };
    std::map<std::string, table_state> tables(const std::string& database);

private:
    std::unique_ptr<pg::session> connect(const std::string& database);
};

/// Statements with semicolons, one a line, with DESTRUCTIVE lines before them.
std::string script_of(const schema::schema_plan& plan);

/// A test case: sections of a file that begin with a line `-- A`, `-- B`, `-- RENAMES` (`x -> y` a
/// line), `-- UP`, `-- DOWN`.
struct schema_pair {
    std::string name;
    std::string a, b;
    std::vector<schema::stated_rename> renames;
    std::string up, down; // expected texts; "" when the file has none
};
/// Those of tests/integration/schema_pairs/TOPIC, in order of their names.
std::vector<schema_pair> pairs_of(const std::string& topic);

/// From "pair_a" to "pair_b": where the comparison begins and ends, and what leads there. Both are
/// left as they were in "pair_a"; "pair_b" is left without the links that change.
struct pair_way {
    schema::catalogue start, end;
    schema::there_and_back head, tail;
    std::size_t renames = 0; // of head.forward, at its beginning
};
result<pair_way> way_between(schema_world& world, const schema::catalogue& a,
                             const schema::catalogue& b,
                             const std::vector<schema::stated_rename>& renames,
                             const schema::plan_options& options = {});

/// Plans a to b, carries it out, and expects b; then back, and expects a. Rows survive and tables
/// are not rewritten unless the plan says so.
void expect_both_ways(schema_world& world, const schema_pair& pair,
                      const schema::plan_options& options = {});

} // namespace headspace::test
