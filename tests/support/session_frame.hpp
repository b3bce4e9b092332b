// The frame of tests that connect: a loop, a connector to a target, and shorthands that fail the
// test instead of returning errors.
#pragma once

#include "pg/host_connector.hpp"
#include "support/run_on.hpp"

#include <chrono>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>

namespace headspace::test {

using session_ptr = std::unique_ptr<pg::session>;

/// Settings for one URL; the deadlines are short enough for a test and long enough for a busy
/// machine. Throws when the URL is not understood.
inline pg::connect_settings settings_for(const std::string& url) {
    auto parsed = config::parse_conninfo(url, "the test");
    if (!parsed)
        throw std::runtime_error(parsed.error().text());
    pg::connect_settings settings;
    settings.target = std::move(parsed->value);
    settings.application_name = "headspace_test";
    settings.connect_timeout = settings.resolve_timeout = std::chrono::seconds(10);
    return settings;
}

inline time_point in(duration d) {
    return clock::now() + d;
}

class session_frame {
public:
    asio::io_context loop;

    result<session_ptr> try_connect(const pg::connect_settings& settings,
                                    duration limit = std::chrono::seconds(20)) {
        return try_connect(*pg::make_host_connector(loop.get_executor(), settings), limit);
    }
    result<session_ptr> try_connect(pg::connector& connector,
                                    duration limit = std::chrono::seconds(20)) {
        return run_on(loop, connector.connect(in(limit)));
    }
    /// Throws the text of the error.
    session_ptr connect(const pg::connect_settings& settings) {
        auto outcome = try_connect(settings);
        if (!outcome)
            throw std::runtime_error("cannot connect: " + outcome.error().text());
        return std::move(*outcome);
    }
    session_ptr connect(const std::string& url) { return connect(settings_for(url)); }
    /// The error that connecting must end with; throws when it worked.
    error refused(const pg::connect_settings& settings, duration limit = std::chrono::seconds(20)) {
        auto outcome = try_connect(settings, limit);
        if (outcome)
            throw std::runtime_error("the connection was made, and should not have been");
        return outcome.error();
    }

    result<pg::query_result> query(pg::session& session, std::string sql,
                                   std::vector<std::optional<std::string>> parameters = {},
                                   duration limit = std::chrono::seconds(20)) {
        return run_on(loop, session.query(std::move(sql), std::move(parameters), in(limit)));
    }
    result<pg::query_result> execute(pg::session& session, std::string sql,
                                     duration limit = std::chrono::seconds(20)) {
        return run_on(loop, session.execute(std::move(sql), in(limit)));
    }
    /// First field of the first row; throws the text of the error.
    std::string value(pg::session& session, std::string sql) {
        const auto outcome = query(session, std::move(sql));
        if (!outcome)
            throw std::runtime_error(outcome.error().text());
        return std::string(outcome->text(0, 0));
    }
};

} // namespace headspace::test
