// A database server of the tests' own making: sessions and a connector that do what they are told,
// and remember what the caller did wrong.
#pragma once

#include "pg/session.hpp"

#include <deque>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace headspace::test {

/// How an operation goes.
struct behaviour {
    enum class kind { well, fails, never, throws } how = kind::well;
    duration after{};  // how long it takes
    error cause = {};  // of `fails`
    bool deaf = false; // `never` ignores even cancellation and close()
};

inline behaviour slow(duration after) {
    return {behaviour::kind::well, after, {}, false};
}
inline behaviour never() {
    return {behaviour::kind::never, {}, {}, false};
}
inline behaviour deaf() {
    return {behaviour::kind::never, {}, {}, true};
}
inline behaviour throws() {
    return {behaviour::kind::throws, {}, {}, false};
}
inline behaviour fails(error_class kind = error_class::retry, std::string sqlstate = "08001") {
    error e = make_error(errc::database_unavailable, kind, "Connection refused (fake:5432)",
                         "is PostgreSQL running there?");
    e.sqlstate = std::move(sqlstate);
    return {behaviour::kind::fails, {}, std::move(e), false};
}

class fake_session;

/// Shared by the connector, its sessions and the test.
struct fake_server {
    behaviour connect, ping, reset, cancel;
    std::deque<behaviour> next_connects; // used up before `connect`
    int connects = 0, pings = 0, resets = 0, discards = 0, cancels = 0, watches = 0;
    int most_open = 0;
    std::set<fake_session*> open;
    std::vector<std::string> misuse; // operations that overlapped or came while watched
};

class fake_session final : public pg::session {
public:
    fake_session(std::shared_ptr<fake_server> server, asio::any_io_executor executor)
        : server_(std::move(server)), executor_(executor), gone_(executor, time_point::max()) {
        server_->open.insert(this);
        server_->most_open = std::max(server_->most_open, static_cast<int>(server_->open.size()));
        facts_.host = "fake";
        facts_.port = 5432;
    }
    ~fake_session() override { server_->open.erase(this); }

    asio::awaitable<result<pg::query_result>>
    query(std::string, std::vector<std::optional<std::string>>, time_point) override {
        co_return pg::query_result{};
    }
    asio::awaitable<result<pg::query_result>> execute(std::string, time_point) override {
        co_return pg::query_result{};
    }
    asio::awaitable<result<void>> ping(time_point) override {
        ++server_->pings;
        return act("ping", server_->ping);
    }
    asio::awaitable<result<void>> reset(bool discard, time_point) override {
        ++server_->resets;
        server_->discards += discard;
        state = pg::transaction_status::idle;
        return act("reset", server_->reset);
    }
    asio::awaitable<result<void>> cancel(time_point) override {
        ++server_->cancels;
        return act("cancel", server_->cancel);
    }
    void watch_idle(std::function<void(error)> lost) override {
        ++server_->watches;
        if (busy_)
            server_->misuse.emplace_back("watched while busy");
        lost_ = std::move(lost);
        watched_ = true;
    }
    void stop_watching() noexcept override { watched_ = false; }
    [[nodiscard]] pg::transaction_status status() const noexcept override { return state; }
    [[nodiscard]] time_point last_answer() const noexcept override { return answered; }
    [[nodiscard]] bool broken() const noexcept override { return closed_ || dead; }
    [[nodiscard]] const pg::server_facts& facts() const noexcept override { return facts_; }
    void close() noexcept override {
        closed_ = true;
        gone_.cancel();
        server_->open.erase(this);
    }

    /// The server ends the connection: the watcher hears of it from the loop.
    void end(error why) {
        dead = true;
        asio::post(executor_, [this, why = std::move(why)] {
            if (std::exchange(watched_, false))
                lost_(why);
        });
    }

    pg::transaction_status state = pg::transaction_status::idle;
    time_point answered = time_point::min();
    bool dead = false;

private:
    asio::awaitable<result<void>> act(const char* what, behaviour b) {
        if (std::exchange(busy_, true) && std::string_view(what) != "cancel")
            server_->misuse.push_back(std::string(what) + " beside another operation");
        if (watched_)
            server_->misuse.push_back(std::string(what) + " while watched");
        if (b.how == behaviour::kind::throws)
            throw std::runtime_error("the fake was told to throw");
        if (b.how == behaviour::kind::never) {
            do {
                co_await asio::this_coro::throw_if_cancelled(!b.deaf);
                co_await gone_.async_wait(as_result);
            } while (b.deaf);
        } else if (b.after > duration::zero()) {
            asio::steady_timer timer(executor_, b.after);
            co_await timer.async_wait(as_result);
        }
        busy_ = false;
        if (closed_)
            co_return make_error(errc::connection_lost, error_class::retry, "closed");
        if (b.how == behaviour::kind::fails)
            co_return b.cause;
        co_return result<void>();
    }

    std::shared_ptr<fake_server> server_;
    asio::any_io_executor executor_;
    asio::steady_timer gone_;
    pg::server_facts facts_;
    std::function<void(error)> lost_;
    bool watched_ = false;
    bool busy_ = false;
    bool closed_ = false;
};

class fake_connector final : public pg::connector {
public:
    fake_connector(std::shared_ptr<fake_server> server, asio::any_io_executor executor)
        : server_(std::move(server)), executor_(executor) {}

    asio::awaitable<result<std::unique_ptr<pg::session>>> connect(time_point until) override {
        ++server_->connects;
        behaviour b = server_->connect;
        if (!server_->next_connects.empty()) {
            b = server_->next_connects.front();
            server_->next_connects.pop_front();
        }
        asio::steady_timer timer(executor_, b.how == behaviour::kind::never
                                                ? b.deaf ? time_point::max() : until
                                                : clock::now() + b.after);
        if (b.how == behaviour::kind::throws)
            throw std::runtime_error("the fake was told to throw");
        if (b.how == behaviour::kind::never || b.after > duration::zero()) {
            if (b.deaf)
                co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
            co_await timer.async_wait(as_result);
        }
        if (b.how == behaviour::kind::never)
            co_return make_error(errc::database_unavailable, error_class::retry,
                                 "no reply (fake:5432)");
        if (b.how == behaviour::kind::fails)
            co_return b.cause;
        std::unique_ptr<pg::session> made = std::make_unique<fake_session>(server_, executor_);
        co_return result<std::unique_ptr<pg::session>>(std::move(made));
    }

private:
    std::shared_ptr<fake_server> server_;
    asio::any_io_executor executor_;
};

} // namespace headspace::test
