// What tests of the runner share: a private cluster, a migrations directory, a runner on its own
// io_context, and everything it said.
#pragma once

#include "base/jitter.hpp"
#include "config/conninfo.hpp"
#include "migrate/runner.hpp"
#include "pg/host_connector.hpp"
#include "support/process.hpp"
#include "support/run_on.hpp"
#include "support/temp_cluster.hpp"
#include "support/temp_directory.hpp"

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace headspace::test {

using namespace std::chrono_literals;

std::shared_ptr<pg::connector> connector_to(asio::io_context& io, const std::string& url,
                                            const std::string& session_attrs = "any");

migrate::migrate_settings quick_settings(const std::filesystem::path& directory);

class migrate_world {
public:
    explicit migrate_world(cluster_options options = {});

    temp_cluster cluster;
    temp_directory home;
    asio::io_context io;
    random_jitter jitter{1};
    std::vector<log_event> log;
    std::vector<migrate::progress> seen;
    migrate::migrate_settings settings;

    [[nodiscard]] std::filesystem::path directory() const { return home.path() / "migrations"; }
    /// versions/NAME; the sum is not kept.
    void write(const std::string& name, const std::string& text) const;
    /// "-- migrate:up" + options, `up`, "-- migrate:down", `down`.
    void revision(const std::string& number, const std::string& up, const std::string& down = {},
                  const std::string& options = {}) const;
    void remove(const std::string& name) const;

    std::unique_ptr<migrate::runner> make_runner(const std::string& url = {});
    result<migrate::outcome> run(migrate::request what, const std::string& url = {},
                                 duration limit = 120s);
    result<migrate::outcome> upgrade(const std::string& target = "head");
    result<migrate::outcome> downgrade(const std::string& target);
    migrate::migration_status status();

    /// First field of the first row, as the superuser.
    [[nodiscard]] std::string value(const std::string& sql) const;
    /// "1:applied 2:partial", in the order of application.
    [[nodiscard]] std::string ledger() const;
    /// Every `text`, `problem` and log message, one a line.
    [[nodiscard]] std::string everything_said() const;
};

/// The error's text, or "done: 1 2", for messages and comparisons.
std::string outcome_text(const result<migrate::outcome>& r);

migrate::request upgrade_to(const std::string& target);
migrate::request downgrade_to(const std::string& target);
migrate::request stamp_to(const std::string& target, bool purge = false);

} // namespace headspace::test
