#include "daemon/connecting.hpp"

#include "base/sql_quote.hpp"

#include <utility>

namespace headspace::daemon {

namespace {

pg::connect_settings base_settings(const config::conninfo& target,
                                   const config::database_settings& database) {
    pg::connect_settings s;
    s.target = target;
    s.sslmode = database.sslmode;
    s.sslrootcert = database.sslrootcert;
    s.sslcert = database.sslcert;
    s.sslkey = database.sslkey;
    s.target_session_attrs = database.target_session_attrs;
    s.application_name = database.application_name;
    s.connect_timeout = database.connect_timeout;
    s.resolve_timeout = database.resolve_timeout;
    s.lookup_threads = database.lookup_threads;
    s.cancel_threads = database.cancel_threads;
    s.keepalives_idle = database.tcp_keepalives_idle;
    s.keepalives_interval = database.tcp_keepalives_interval;
    s.keepalives_count = database.tcp_keepalives_count;
    s.tcp_user_timeout = database.tcp_user_timeout;
    return s;
}

class creating_connector final : public pg::connector {
public:
    creating_connector(std::shared_ptr<pg::connector> inner,
                       std::shared_ptr<pg::connector> maintenance, std::string database,
                       event_sink events)
        : inner_(std::move(inner)), maintenance_(std::move(maintenance)),
          database_(std::move(database)), events_(std::move(events)) {}

    asio::awaitable<result<std::unique_ptr<pg::session>>> connect(time_point until) override {
        result<std::unique_ptr<pg::session>> first = co_await inner_->connect(until);
        if (first.has_value() || first.error().sqlstate != "3D000")
            co_return first;
        const std::optional<error> failed = co_await create(until);
        if (failed)
            co_return *failed;
        co_return co_await inner_->connect(until);
    }

private:
    asio::awaitable<std::optional<error>> create(time_point until) {
        result<std::unique_ptr<pg::session>> session = co_await maintenance_->connect(until);
        if (!session.has_value())
            co_return session.error();
        result<pg::query_result> done =
            co_await (*session)->execute("CREATE DATABASE " + quote_identifier(database_), until);
        // 42P04: another daemon was faster; 23505 is the same race seen from inside pg_database's
        // index.
        if (!done.has_value() && done.error().sqlstate != "42P04" &&
            done.error().sqlstate != "23505") {
            error e = done.error();
            e.code = make_error_code(errc::database_unavailable);
            e.kind = error_class::unavailable;
            e.message =
                "database \"" + database_ + "\" does not exist and cannot be created: " + e.message;
            if (e.sqlstate == "42501")
                e.hint = "create it: CREATE DATABASE " + quote_identifier(database_) +
                         "; or let the role do it: ALTER ROLE ... CREATEDB";
            co_return e;
        }
        if (done.has_value() && events_)
            events_({log_level::info,
                     "database_created",
                     "Created the database \"" + database_ + "\"",
                     {{"DATABASE", database_}}});
        co_return std::nullopt;
    }

    std::shared_ptr<pg::connector> inner_;
    std::shared_ptr<pg::connector> maintenance_;
    std::string database_;
    event_sink events_;
};

class pending_connector final : public pg::connector {
public:
    explicit pending_connector(error reason) : reason_(std::move(reason)) {}
    asio::awaitable<result<std::unique_ptr<pg::session>>> connect(time_point) override {
        co_return reason_;
    }

private:
    error reason_;
};

} // namespace

pg::connect_settings make_connect_settings(const config::effective& in_force,
                                           const config::captured_environment& captured,
                                           password_listener learned) {
    pg::connect_settings s = base_settings(in_force.target, in_force.values.database);
    if (in_force.values.database.statement_timeout > duration::zero()) {
        const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(
            in_force.values.database.statement_timeout);
        s.session_settings.emplace_back("statement_timeout", std::to_string(ms.count()));
    }
    s.reread_password = [in_force, &captured, learned = std::move(learned)] {
        std::optional<secret> read = config::reread_password(in_force, captured);
        if (read)
            learned(*read);
        return read;
    };
    return s;
}

pg::connect_settings make_migration_connect_settings(const config::effective& in_force,
                                                     const config::captured_environment& captured,
                                                     password_listener learned) {
    if (!in_force.migrations_target) {
        pg::connect_settings s = make_connect_settings(in_force, captured, std::move(learned));
        s.session_settings.clear();
        return s;
    }
    return base_settings(*in_force.migrations_target, in_force.migrations_database);
}

std::shared_ptr<pg::connector> make_creating_connector(std::shared_ptr<pg::connector> inner,
                                                       std::shared_ptr<pg::connector> maintenance,
                                                       std::string database, event_sink events) {
    return std::make_shared<creating_connector>(std::move(inner), std::move(maintenance),
                                                std::move(database), std::move(events));
}

std::shared_ptr<pg::connector> make_pending_connector(error reason) {
    return std::make_shared<pending_connector>(std::move(reason));
}

} // namespace headspace::daemon
