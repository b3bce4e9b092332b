// Up, down to base, and up again: the catalogues before and after, as our own reader sees them,
// with pg_dump as a witness that knows nothing of it. A real directory whose downs do not restore
// is named with what they leave: that is the directory's own doing.
#include "integration/migrate_world.hpp"
#include "revisions/text_diff.hpp"
#include "schema/diff.hpp"
#include "schema/extract.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <regex>
#include <sstream>

using namespace headspace;
using namespace headspace::test;

namespace fs = std::filesystem;

namespace {

constexpr std::size_t named = 5; // of what is left

struct seen_by_both {
    schema::catalogue facts;
    std::string dump;
};

class restore : public testing::Test {
protected:
    migrate_world world;

    /// Lines in any order: where a column stands is no part of our facts.
    [[nodiscard]] std::string dump_of(const std::string& database) const {
        process_options how;
        how.without = {"PG*"};
        const process_outcome dumped =
            run({(postgres_bindir() / "pg_dump").string(), "--schema-only", "--no-owner",
                 "--exclude-schema=headspace", world.cluster.url(database)},
                how);
        EXPECT_EQ(dumped.exit_status, 0) << dumped.output;
        std::vector<std::string> lines;
        std::istringstream all(dumped.output);
        for (std::string line; std::getline(all, line);) {
            line.erase(line.find_last_not_of(", ") + 1);
            const bool key = line.starts_with("\\restrict ") || line.starts_with("\\unrestrict ");
            if (!line.empty() && !line.starts_with("--") && !key)
                lines.push_back(line);
        }
        std::sort(lines.begin(), lines.end());
        std::string out;
        for (const std::string& line : lines)
            out += line + "\n";
        return out;
    }
    [[nodiscard]] seen_by_both look(const std::string& database) {
        const auto session =
            run_on(world.io,
                   connector_to(world.io, world.cluster.url(database))->connect(clock::now() + 60s))
                .value();
        const schema::extract_options modelled;
        auto facts =
            run_on(world.io, schema::read_catalogue(*session, modelled, clock::now() + 120s));
        session->close();
        return {std::move(facts.value()), dump_of(database)};
    }
    /// Equal for us, and for pg_dump, which must agree.
    bool same(const seen_by_both& is, const seen_by_both& should) {
        const bool ours = schema::compare(is.facts, should.facts).empty();
        EXPECT_EQ(ours, is.dump == should.dump)
            << "our reader and pg_dump do not agree:\n"
            << revisions::unified_diff(should.dump, is.dump, {});
        return ours;
    }
    static std::string differences(const seen_by_both& is, const seen_by_both& should) {
        const auto lines = schema::explain(schema::compare(is.facts, should.facts));
        std::string out = std::to_string(lines.size());
        for (std::size_t i = 0; i < std::min(lines.size(), named); ++i)
            out += "\n    " + lines[i];
        return out;
    }

    struct verdict {
        bool up = false;       // all of them ran
        bool down = false;     // the downs ran to base
        bool restored = false; // and left nothing
        bool again = false;    // a second up gives the same
        std::string said;
    };
    verdict up_down_up(const std::string& name, const fs::path& directory) {
        verdict v;
        const std::string database = "of_" + std::regex_replace(name, std::regex("[^a-z]"), "_");
        (void)world.value("CREATE DATABASE " + database);
        const std::string url = world.cluster.url(database);
        world.settings.directory = directory.string();
        const seen_by_both empty = look(database);
        const auto up = world.run(upgrade_to("head"), url, 300s);
        EXPECT_TRUE(up) << name << ": " << outcome_text(up);
        v.up = up.has_value();
        if (!v.up)
            return v;
        const seen_by_both top = look(database);
        const auto down = world.run(downgrade_to("base"), url, 300s);
        v.down = down.has_value();
        if (!v.down) {
            v.said = "the way down ends: " + outcome_text(down);
            return v;
        }
        const seen_by_both base = look(database);
        v.restored = same(base, empty);
        if (!v.restored)
            v.said = "its downs do not restore: " + differences(base, empty);
        const auto again = world.run(upgrade_to("head"), url, 300s);
        v.again = again.has_value() && same(look(database), top);
        if (!again)
            v.said += "; a second up fails: " + outcome_text(again);
        else if (!v.again)
            v.said += "; a second up gives something else: " + differences(look(database), top);
        return v;
    }
    void expect_restored(const std::string& name, const fs::path& directory) {
        const verdict v = up_down_up(name, directory);
        EXPECT_TRUE(v.down && v.restored && v.again) << name << ": " << v.said;
    }
    void put(const std::string& name, const std::string& text) const {
        fs::create_directories((world.home.path() / name).parent_path());
        write_file(world.home.path() / name, text);
    }
};

} // namespace

TEST_F(restore, the_projects_own_revisions_restore_what_was_there) {
    expect_restored("own", fs::path(HEADSPACE_SOURCE_DIR) / "migrations");
}

TEST_F(restore, directories_of_every_format_restore_what_was_there) {
    const std::string up = "CREATE TYPE mood AS ENUM ('a');\nCREATE TABLE t (i serial PRIMARY KEY, "
                           "m mood DEFAULT 'a' CHECK (m <> 'a'));\nCREATE INDEX ON t (m);\n"
                           "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
                           "RETURN NEW; END $$;\nCREATE TRIGGER g BEFORE INSERT ON t FOR EACH ROW "
                           "EXECUTE FUNCTION f();\nCREATE VIEW v AS SELECT i FROM t;\n"
                           "GRANT SELECT ON v TO PUBLIC;\nCOMMENT ON TABLE t IS 'x';\n";
    const std::string down = "DROP VIEW v;\nDROP TABLE t;\nDROP FUNCTION f();\nDROP TYPE mood;\n";
    put("golang/1_a.up.sql", up);
    put("golang/1_a.down.sql", down);
    put("goose/1_a.sql", "-- +goose Up\n" + up + "-- +goose Down\n" + down);
    put("diesel/2017-01-01-000000_a/up.sql", up);
    put("diesel/2017-01-01-000000_a/down.sql", down);
    put("dbmate/20170101_a.sql", "-- migrate:up\n" + up + "-- migrate:down\n" + down);
    put("flyway/V1__a.sql", up);
    put("flyway/U1__a.sql", down);
    for (const char* format : {"golang", "goose", "diesel", "dbmate", "flyway"})
        expect_restored(format, world.home.path() / format);
}

TEST_F(restore, a_down_that_leaves_something_is_seen_by_both) {
    put("bad/1_a.up.sql", "CREATE TABLE t (i int);\nCREATE TYPE mood AS ENUM ('a');\n");
    put("bad/1_a.down.sql", "DROP TABLE t;\n");
    const verdict v = up_down_up("bad", world.home.path() / "bad");
    EXPECT_TRUE(v.down);
    EXPECT_FALSE(v.restored);
    EXPECT_FALSE(v.again);
    EXPECT_THAT(v.said, testing::AllOf(testing::HasSubstr("enum public.mood: not expected"),
                                       testing::HasSubstr("a second up fails")));
}

TEST_F(restore, real_directories_are_held_to_what_they_are) {
    const char* corpora = std::getenv("HEADSPACE_CORPORA");
    if (!corpora) {
        std::cout << "HEADSPACE_CORPORA is not set: ran on the repository's own fixtures only\n";
        return;
    }
    // A convention of its own, V0001.Name.up.sql, as golang-migrate's files.
    const std::regex form("V([0-9]+)\\.(.*)\\.(up|down)\\.sql");
    for (const auto& entry : fs::directory_iterator(fs::path(corpora) / "authelia/migrations")) {
        std::smatch found;
        const std::string name = entry.path().filename().string();
        if (std::regex_match(name, found, form))
            put("authelia/" + found[1].str() + "_" + found[2].str() + "." + found[3].str() + ".sql",
                read_file(entry.path()));
    }
    expect_restored("authelia", world.home.path() / "authelia");
    std::size_t restoring = 0;
    const std::vector<std::string> folders{"openmeter/migrations", "superplane/migrations",
                                           "hatchet", "docspell", "lemmy"};
    for (const std::string& folder : folders) {
        const verdict v = up_down_up(folder, fs::path(corpora) / folder);
        EXPECT_TRUE(v.up) << folder;
        const bool whole = v.down && v.restored && v.again;
        restoring += whole ? 1 : 0;
        std::cout << folder << ": "
                  << (whole ? "up, down and up again restores everything" : v.said) << "\n";
        if (folder.starts_with("openmeter")) {
            EXPECT_TRUE(v.down && v.again) << v.said;
        }
    }
    std::cout << restoring << " of " << folders.size()
              << " real directories restore what was there\n";
}
