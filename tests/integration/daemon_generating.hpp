// What tests of `db migrate` by a whole headspaced share: a declared schema, the files that came of
// it, and the scratch databases that must not stay.
#pragma once

#include "integration/daemon_migrating.hpp"

#include <algorithm>
#include <string>
#include <vector>

namespace headspace::test {

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
