// Scratch databases: made beside the target, worked in, dropped. Nothing here ever writes into the
// target's own database.
#pragma once

#include "base/error.hpp"
#include "base/time.hpp"
#include "migrate/scratch_names.hpp"
#include "pg/session.hpp"

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace headspace::migrate {

/// Opens connections to a database of the server where scratch databases live; "" is the one to
/// start from (CREATE DATABASE is sent there, nothing else).
using database_opener = std::function<std::shared_ptr<pg::connector>(const std::string& database)>;

struct scratch_options {
    asio::any_io_executor executor;
    std::shared_ptr<pg::connector> target; // what scratch databases have to be like
    database_opener open;
    bool elsewhere = false;     // `open` leads to another server than `target`
    duration connect_timeout{}; // of one round over all hosts
    duration query_timeout{};   // of dropping one database
    duration connection_check{};
    scratch_run run;
};

class scratch {
public:
    explicit scratch(scratch_options options);
    ~scratch();
    scratch(const scratch&) = delete;
    scratch& operator=(const scratch&) = delete;

    /// Connects, takes the run's lock, and drops what other runs left. Errors: those of connecting;
    /// unsupported_server (another major version than the target's, both named), standby,
    /// unsafe_through_pooler, no_scratch_rights.
    asio::awaitable<result<void>> begin(time_point until);

    /// An empty database like the target, and the only connection to it. Errors:
    /// no_scratch_rights with the line that an administrator has to run, query_failed, cancelled.
    asio::awaitable<result<std::shared_ptr<pg::session>>> create(time_point until);

    /// Drops all that were made. What could not be dropped stands in warnings().
    asio::awaitable<void> end();

    /// Cancels what runs in the databases; whatever is asked next is refused with `cancelled`.
    /// end() still works.
    void cancel();
    [[nodiscard]] bool cancelled() const { return cancelled_; }
    [[nodiscard]] static error cancellation();
    /// `why`, or what really happened when it is only the consequence of a cancellation.
    [[nodiscard]] error explained(error why) const;

    [[nodiscard]] const database_locale& target_locale() const { return locale_; }
    [[nodiscard]] const std::vector<std::string>& warnings() const { return warnings_; }

private:
    asio::awaitable<result<void>> look_at_target(time_point until);
    asio::awaitable<result<void>> check_server(time_point until);
    asio::awaitable<result<void>> reap(time_point until);
    asio::awaitable<void> drop(std::string name, std::string why);
    asio::awaitable<result<void>> prepare(std::string name, time_point until);

    scratch_options options_;
    std::shared_ptr<pg::session> main_;
    database_locale locale_;
    std::string role_;
    std::vector<std::pair<std::string, std::string>> settings_; // of the target: name, value
    std::vector<std::string> names_;
    std::vector<std::shared_ptr<pg::session>> sessions_;
    std::vector<std::string> warnings_;
    bool creating_ = false;
    bool cancelled_ = false;
};

/// Drops what runs that were killed have left on the server of `session`; the names, and in
/// `warnings` those that could not be.
asio::awaitable<result<std::vector<std::string>>>
reap_scratch(pg::session& session, time_point until, std::vector<std::string>& warnings);

} // namespace headspace::migrate
