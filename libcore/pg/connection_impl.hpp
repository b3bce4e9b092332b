// What a connection is made of; for connection*.cpp only.
#pragma once

#include "pg/connection.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace headspace::pg {

class connection::impl : public std::enable_shared_from_this<impl> {
public:
    impl(std::shared_ptr<handle> established, endpoint where,
         std::shared_ptr<io::blocking> threads);

    // Coroutines keep what they work on: the session may be destroyed meanwhile.
    using self_ptr = std::shared_ptr<impl>;
    static asio::awaitable<result<query_result>> simple(self_ptr self, std::string sql,
                                                        time_point until);
    static asio::awaitable<result<query_result>>
    extended(self_ptr self, std::string sql, std::vector<std::optional<std::string>> parameters,
             time_point until);
    static asio::awaitable<result<void>> ping(self_ptr self, time_point until);
    static asio::awaitable<result<void>> cancel(self_ptr self, time_point until);
    static asio::awaitable<result<void>> reset(self_ptr self, bool discard, time_point until);
    static asio::awaitable<result<void>> send_settings(self_ptr self, time_point until);
    void keep(std::vector<std::pair<std::string, std::string>> settings) {
        settings_ = std::move(settings);
    }

    void watch(std::function<void(error)> lost) {
        lost_ = std::move(lost);
        arm();
    }
    void stop_watching() noexcept { lost_ = nullptr; }
    void listen(std::function<void(const notice&)> listener) { listener_ = std::move(listener); }
    void time_statements(statement_listener listener) { timed_ = std::move(listener); }
    [[nodiscard]] transaction_status status() const noexcept;
    [[nodiscard]] time_point last_answer() const noexcept { return last_answer_; }
    [[nodiscard]] bool broken() const noexcept { return broken_ || !handle_->is_open(); }
    [[nodiscard]] error why_broken() const { return why_broken_; }
    [[nodiscard]] server_facts& facts() noexcept { return facts_; }

    void close() noexcept;

private:
    /// Marks the connection broken when a statement is left in the middle, by an error, by
    /// cancellation or because its coroutine is destroyed.
    class statement {
    public:
        statement(impl& owner, time_point begin) : owner_(owner), begin_(begin) {
            owner_.busy_ = true;
        }
        ~statement() {
            if (owner_.timed_)
                owner_.timed_(succeeded_, clock::now() - begin_);
            owner_.busy_ = false;
            owner_.broken_ = owner_.broken_ || !complete_;
        }
        statement(const statement&) = delete;
        statement& operator=(const statement&) = delete;
        void complete(bool succeeded) noexcept {
            complete_ = true;
            succeeded_ = succeeded;
            if (!owner_.broken_) // what sounded like an end was none
                owner_.last_words_ = {};
        }

    private:
        impl& owner_;
        time_point begin_;
        bool complete_ = false;
        bool succeeded_ = false;
    };

    template<class Send>
    static asio::awaitable<result<query_result>> run(self_ptr self, Send send, time_point until);

    void arm();
    void readable();
    void report_loss();
    void update_role();
    static void receive_notice(void* self, const PGresult* result) noexcept;

    error broke(error why) { return why_broken_ = std::move(why); }
    [[nodiscard]] error lost(std::string reason = {}) const;
    [[nodiscard]] error gave_up(error_code why, duration waited) const;

    std::shared_ptr<handle> handle_;
    endpoint where_;
    std::shared_ptr<io::blocking> threads_;
    server_facts facts_;
    std::vector<std::pair<std::string, std::string>> settings_;
    std::function<void(error)> lost_;
    std::function<void(const notice&)> listener_;
    statement_listener timed_;
    server_message last_words_; // why the server ends the connection, once it has said so
    error why_broken_;          // what the statement that broke it failed with
    bool broken_ = false;
    bool busy_ = false;
    bool armed_ = false;
    time_point last_answer_ = time_point::min();
};

} // namespace headspace::pg
