// An established connection: pg::session over libpq. The only place that runs statements.
#pragma once

#include "io/blocking.hpp"
#include "pg/handle.hpp"
#include "pg/session.hpp"
#include "pg/sqlstate.hpp"

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace headspace::pg {

class connection final : public session {
public:
    /// `established` has just been connected to `where`. `threads` runs cancel requests.
    connection(std::shared_ptr<handle> established, endpoint where,
               std::shared_ptr<io::blocking> threads);
    ~connection() override;

    asio::awaitable<result<query_result>> query(std::string sql,
                                                std::vector<std::optional<std::string>> parameters,
                                                time_point until) override;
    asio::awaitable<result<query_result>> execute(std::string sql, time_point until) override;
    asio::awaitable<result<void>> ping(time_point until) override;
    asio::awaitable<result<void>> reset(bool discard, time_point until) override;
    asio::awaitable<result<void>> cancel(time_point until) override;
    void watch_idle(std::function<void(error)> lost) override;
    void stop_watching() noexcept override;
    void on_notice(std::function<void(const notice&)> listener) override;
    [[nodiscard]] transaction_status status() const noexcept override;
    [[nodiscard]] time_point last_answer() const noexcept override;
    [[nodiscard]] bool broken() const noexcept override;
    [[nodiscard]] error why_broken() const override;
    [[nodiscard]] const server_facts& facts() const noexcept override;
    void close() noexcept override;

    /// What only its maker finds out: the pooler, the role of a server older than 14, warnings.
    [[nodiscard]] server_facts& mutable_facts() noexcept;

    /// Nobody hears of statements by default.
    void on_statement(statement_listener listener);

    /// Sends the session settings now and after each reset that discards them; behind a pooler they
    /// are not sent, since there they would land on another client's connection.
    asio::awaitable<result<void>>
    keep_settings(std::vector<std::pair<std::string, std::string>> settings, time_point until);

private:
    class impl;
    std::shared_ptr<impl> impl_; // shared with what is under way
};

} // namespace headspace::pg
