// What tests of migrations by a whole headspaced share: a cluster, a migrations directory, daemons
// that use both, and the questions that are asked again and again.
#pragma once

#include "support/daemon_process.hpp"
#include "support/temp_cluster.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

namespace headspace::test {

using namespace std::chrono_literals;

class daemon_migrating : public testing::Test {
protected:
    temp_cluster cluster;
    temp_directory home{"hsm"};

    [[nodiscard]] std::filesystem::path directory() const { return home.path() / "migrations"; }
    /// A file below versions/, as it is.
    void write(const std::string& name, const std::string& text) const;
    /// versions/NUMBER_r.sql with the message "revision NUMBER".
    void revision(const std::string& number, const std::string& up, const std::string& down = {},
                  const std::string& options = {}) const;
    /// Without a directory headspaced finds none.
    void make_directory() const;
    void remove(const std::string& name) const;
    /// Tables a, b, c, one a revision: "1", "2", "3".
    void three() const;

    /// [database] and [migrations] with short delays, and `more` keys of the latter.
    [[nodiscard]] std::string config(const std::string& more = {},
                                     const std::string& database = {}) const;
    /// Starts one that is ready and connected.
    std::unique_ptr<daemon_process> start(const std::string& more = {}) const;
    /// The same with auto_upgrade; returns at once.
    std::unique_ptr<daemon_process> start_ordered(const std::string& more = {}) const;

    std::string value(const std::string& sql) const;
    /// "1:applied 2:applied", "" for an empty ledger or none.
    [[nodiscard]] std::string ledger() const;
    /// Tables of the schema public, "a b c".
    [[nodiscard]] std::string tables() const;
    /// Backends of headspaced that run a statement LIKE `pattern` now.
    [[nodiscard]] std::vector<pid_t> running(const std::string& pattern) const;
    [[nodiscard]] bool comes_to_run(const std::string& pattern) const;
    /// Advisory locks that anybody holds in the database.
    [[nodiscard]] bool no_lock_is_held() const;

    static std::string state_of(daemon_process& daemon); // checks.migrations
    static bool comes_to_be(daemon_process& daemon, const std::string& state, duration limit = 60s);
};

/// A transaction of somebody else that stays open until this object goes away.
class open_transaction {
public:
    /// Runs `sql` and goes on sleeping in the same transaction.
    open_transaction(const temp_cluster& cluster, const std::string& sql);
    ~open_transaction();
    open_transaction(const open_transaction&) = delete;
    open_transaction& operator=(const open_transaction&) = delete;
    void end();

private:
    const temp_cluster& cluster_;
    pid_t psql_ = -1;
};

} // namespace headspace::test
