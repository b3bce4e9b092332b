// Connects as libpq would, but host by host and address by address, each with its own deadline.
#pragma once

#include "base/event.hpp"
#include "config/conninfo.hpp"
#include "pg/session.hpp"
#include "pg/sqlstate.hpp"
#include "pg/timelines.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace headspace::pg {

/// What became of one lookup of a name, or of one login at one address.
struct attempt_report {
    std::string host = {};                        // as configured
    connect_stage reached = connect_stage::begin; // of a login; begin: this is a lookup
    endpoint where = {};                          // of a login
    std::string sslmode = {};                     // that it was tried with
    std::vector<std::string> addresses = {};      // of a lookup
    std::optional<error> failure = {};            // nothing: it worked
    duration took{};
};

struct connect_settings {
    config::conninfo target;
    std::string sslmode; // "" : config::default_sslmode of each host
    std::string sslrootcert, sslcert, sslkey;
    std::string target_session_attrs =
        "any"; // any | read-write | read-only | primary | standby | prefer-standby
    std::string application_name = "headspaced";
    duration connect_timeout{}; // for one address
    duration resolve_timeout{}; // for one name
    duration keepalives_idle{}, keepalives_interval{}, tcp_user_timeout{};
    std::uint32_t keepalives_count = 3;
    std::uint32_t lookup_threads = 8; // names that may be looked up at once
    std::uint32_t cancel_threads = 2; // cancel requests that may be under way at once
    /// Sent by SET after connecting, unless a transaction pooler is in between; name and value.
    std::vector<std::pair<std::string, std::string>> session_settings;
    /// Asked once after 28P01: the password read again from where it came from, nothing when it
    /// cannot have changed.
    std::function<std::optional<secret>()> reread_password;
    /// Of every statement after connecting, the pool's pings included; may be empty.
    statement_listener on_statement;
    /// Where several hosts are given: what was seen of them so far; without it no primary is taken
    /// for a stale one.
    std::shared_ptr<timelines> seen;
    /// stale_primary, stale_primary_over, timeline_raised.
    event_sink events;
    /// There was a promotion: older connections belong to a primary of yesterday.
    std::function<void()> promoted;
    /// Blocking name lookup, called on threads; the system's when empty.
    std::function<result<std::vector<std::string>>(const std::string& name)> lookup;
    /// Told of each attempt, in order; nobody by default. For a probe that tells the stages apart.
    std::function<void(const attempt_report&)> observe;
};

/// `executor` must be the one that runs everything; lookups and cancels use threads of their own.
std::shared_ptr<connector> make_host_connector(asio::any_io_executor executor,
                                               connect_settings settings);

} // namespace headspace::pg
