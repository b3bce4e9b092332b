// What tests of `db migrate` by a whole headspaced share: a declared schema, the files that came of
// it, and the scratch databases that must not stay.
#pragma once

#include "integration/daemon_migrating.hpp"

#include <algorithm>
#include <future>
#include <string>
#include <vector>

namespace headspace::test {

/// A statement that goes on once no role hold_POINT is left.
inline std::string holding(const std::string& point) {
    return "DO $$ BEGIN WHILE EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = 'hold_" +
           point + "') LOOP PERFORM pg_catalog.pg_sleep(0.02); END LOOP; END $$;\n";
}

class daemon_generating : public daemon_migrating {
protected:
    void SetUp() override {
        std::filesystem::create_directories(directory() / "versions");
        std::filesystem::create_directories(directory() / "schema");
    }
    /// A file below schema/.
    void declare(const std::string& name, const std::string& text) const {
        write_file(directory() / "schema" / name, text);
    }
    void hold(const std::string& point) { cluster.create_role("hold_" + point, "", ""); }
    void release(const std::string& point) const { value("DROP ROLE hold_" + point); }

    /// Some backend of ours waits in a scratch database.
    [[nodiscard]] bool comes_to_wait() const {
        return eventually([&] {
            return value("SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND "
                         "datname LIKE 'headspace_scratch_%'") != "0";
        });
    }
    [[nodiscard]] std::string some_scratch_database() const {
        const std::string all = scratch_databases();
        return all.substr(0, all.find(' '));
    }
    void two_tables() const {
        declare("b.sql", "CREATE TABLE posts (id integer PRIMARY KEY, author integer NOT NULL "
                         "REFERENCES users, body text);\nCREATE INDEX posts_author ON posts "
                         "(author);\n");
        declare("users.sql",
                "CREATE TABLE users (id integer PRIMARY KEY, name text NOT NULL DEFAULT '');\n");
    }
    /// Those of versions/, the oldest first.
    [[nodiscard]] std::vector<std::filesystem::path> files() const {
        std::vector<std::filesystem::path> found;
        for (const auto& entry : std::filesystem::directory_iterator(directory() / "versions"))
            found.push_back(entry.path());
        std::sort(found.begin(), found.end());
        return found;
    }
    [[nodiscard]] std::string newest() const {
        return files().empty() ? "no file" : read_file(files().back());
    }
    /// Their names with a blank between them.
    [[nodiscard]] std::string scratch_databases() const { return scratch_databases(cluster); }
    [[nodiscard]] static std::string scratch_databases(const temp_cluster& where) {
        return where.value("postgres",
                           "SELECT coalesce(string_agg(datname, ' ' ORDER BY datname), '') FROM "
                           "pg_database WHERE datname LIKE 'headspace_scratch_%'");
    }
    static process_outcome migrate(daemon_process& daemon, std::vector<std::string> more = {}) {
        std::vector<std::string> arguments{"db", "migrate", "-m", "a change"};
        arguments.insert(arguments.end(), more.begin(), more.end());
        return daemon.ctl(std::move(arguments));
    }
    /// headspacectl db migrate while the test goes on.
    static std::future<process_outcome> begin(daemon_process& daemon,
                                              std::vector<std::string> more = {}) {
        return std::async(std::launch::async, [&daemon, more] { return migrate(daemon, more); });
    }
    /// `db migrate` ends so and leaves neither a file nor a database behind.
    void expect_refused(daemon_process& daemon, int exit_status,
                        const std::vector<std::string>& said,
                        const std::vector<std::string>& more = {}) const {
        const std::size_t before = files().size();
        const process_outcome done = migrate(daemon, more);
        EXPECT_EQ(done.exit_status, exit_status) << done.output;
        for (const std::string& part : said)
            EXPECT_THAT(done.output, testing::HasSubstr(part));
        EXPECT_EQ(files().size(), before);
        EXPECT_EQ(scratch_databases(), "");
    }
};

} // namespace headspace::test
