#include "pg/connection.hpp"

#include "pg/exchange.hpp"
#include "pg/result.hpp"

#include <array>
#include <utility>

namespace headspace::pg {

namespace {

using stream = asio::posix::stream_descriptor;
using session_settings = std::vector<std::pair<std::string, std::string>>;

transaction_status status_of(PGTransactionStatusType status) {
    switch (status) {
    case PQTRANS_IDLE:
        return transaction_status::idle;
    case PQTRANS_ACTIVE:
        return transaction_status::active;
    case PQTRANS_INTRANS:
        return transaction_status::in_transaction;
    case PQTRANS_INERROR:
        return transaction_status::in_error;
    case PQTRANS_UNKNOWN:
        break;
    }
    return transaction_status::unknown;
}

bool reports_on(const PGconn* connection, const char* parameter) {
    const char* value = PQparameterStatus(connection, parameter);
    return value != nullptr && std::string_view(value) == "on";
}

server_facts facts_of(PGconn* connection, const endpoint& where) {
    server_facts facts;
    facts.version = PQserverVersion(connection);
    const char* version = PQparameterStatus(connection, "server_version");
    facts.version_text = version != nullptr ? version : "";
    facts.host = where.host;
    facts.address = where.address;
    facts.port = where.port;
    facts.backend_pid = PQbackendPID(connection);
    facts.tls = PQsslInUse(connection) != 0;
    return facts;
}

} // namespace

class connection::impl : public std::enable_shared_from_this<impl> {
public:
    impl(std::shared_ptr<handle> established, endpoint at, std::shared_ptr<io::blocking> pool)
        : handle_(std::move(established)), where_(std::move(at)), threads_(std::move(pool)),
          facts_(facts_of(handle_->get(), where_)) {
        PQsetNoticeReceiver(handle_->get(), &impl::receive_notice, this);
        update_role();
    }

    template<class Send>
    asio::awaitable<result<query_result>> run(Send send, time_point until);
    asio::awaitable<result<void>> cancel(time_point until);
    asio::awaitable<result<void>> reset(bool discard, time_point until);
    asio::awaitable<result<void>> send_settings(time_point until);
    asio::awaitable<result<query_result>> simple(std::string sql, time_point until);
    asio::awaitable<result<query_result>>
    extended(std::string sql, std::vector<std::optional<std::string>> parameters, time_point until);
    void keep(session_settings settings) { settings_ = std::move(settings); }

    void watch(std::function<void(error)> lost) {
        lost_ = std::move(lost);
        arm();
    }
    void stop_watching() noexcept { lost_ = nullptr; }
    void listen(std::function<void(const notice&)> listener) { listener_ = std::move(listener); }
    [[nodiscard]] transaction_status status() const noexcept {
        return broken() ? transaction_status::unknown
                        : status_of(PQtransactionStatus(handle_->get()));
    }
    [[nodiscard]] bool broken() const noexcept { return broken_ || !handle_->is_open(); }
    [[nodiscard]] server_facts& facts() noexcept { return facts_; }

    void close() noexcept {
        broken_ = true;
        lost_ = nullptr;
        listener_ = nullptr;
        if (handle_->get() != nullptr)
            PQsetNoticeReceiver(
                handle_->get(), [](void*, const PGresult*) {}, nullptr);
        handle_->finish();
    }

private:
    /// Marks the connection broken when a statement is left in the middle, by an error, by
    /// cancellation or because its coroutine is destroyed.
    class statement {
    public:
        explicit statement(impl& owner) : owner_(owner) { owner_.busy_ = true; }
        ~statement() {
            owner_.busy_ = false;
            owner_.broken_ = owner_.broken_ || !complete_;
        }
        statement(const statement&) = delete;
        statement& operator=(const statement&) = delete;
        void complete() { complete_ = true; }

    private:
        impl& owner_;
        bool complete_ = false;
    };

    void arm();
    void readable();
    void report_loss();
    void update_role();
    static void receive_notice(void* self, const PGresult* result) noexcept;

    [[nodiscard]] error lost(std::string reason = {}) const;
    [[nodiscard]] error gave_up(error_code why, duration waited) const;

    std::shared_ptr<handle> handle_;
    endpoint where_;
    std::shared_ptr<io::blocking> threads_;
    server_facts facts_;
    session_settings settings_;
    std::function<void(error)> lost_;
    std::function<void(const notice&)> listener_;
    server_message last_words_; // why the server ends the connection, once it has said so
    bool broken_ = false;
    bool busy_ = false;
    bool armed_ = false;
};

// --- one statement

template<class Send>
asio::awaitable<result<query_result>> connection::impl::run(Send send, time_point until) {
    const auto self = shared_from_this(); // the session may be destroyed meanwhile
    if (busy_)
        co_return make_error(errc::internal, error_class::bug,
                             "two statements at once on one connection");
    if (broken())
        co_return lost();
    const time_point begin = clock::now();
    statement current(*this);
    if (send(handle_->get()) != 1) {
        handle_->detach_if_closed();
        co_return lost(clean(PQerrorMessage(handle_->get())));
    }
    exchange_outcome outcome = co_await exchange(handle_, until);
    if (outcome.stuck)
        co_return gave_up(outcome.stuck, clock::now() - begin);
    if (outcome.copying)
        co_return make_error(errc::query_failed, error_class::refuse,
                             "COPY from or to the client is not possible here",
                             "use INSERT, or COPY with a file on the server");
    if (outcome.fatal)
        last_words_ = {outcome.failure->sqlstate, outcome.failure->message};
    if (outcome.fatal || broken())
        co_return lost(outcome.failure ? outcome.failure->message : std::string());
    current.complete();
    update_role();
    if (outcome.failure)
        co_return std::move(*outcome.failure);
    co_return std::move(outcome.rows);
}

asio::awaitable<result<query_result>> connection::impl::simple(std::string sql, time_point until) {
    return run([sql = std::move(sql)](PGconn* c) { return PQsendQuery(c, sql.c_str()); }, until);
}

asio::awaitable<result<query_result>>
connection::impl::extended(std::string sql, std::vector<std::optional<std::string>> parameters,
                           time_point until) {
    return run(
        [sql = std::move(sql), parameters = std::move(parameters)](PGconn* c) {
            std::vector<const char*> values;
            values.reserve(parameters.size());
            for (const auto& parameter : parameters)
                values.push_back(parameter ? parameter->c_str() : nullptr);
            return PQsendQueryParams(c, sql.c_str(), static_cast<int>(values.size()), nullptr,
                                     values.data(), nullptr, nullptr, 0);
        },
        until);
}

asio::awaitable<result<void>> connection::impl::reset(bool discard, time_point until) {
    const auto self = shared_from_this();
    const transaction_status now = status();
    if (now == transaction_status::in_transaction || now == transaction_status::in_error) {
        const auto outcome = co_await simple("ROLLBACK", until);
        if (!outcome)
            co_return outcome.error();
    }
    if (!discard)
        co_return result<void>();
    const auto discarded = co_await simple("DISCARD ALL", until);
    if (!discarded)
        co_return discarded.error();
    const auto sent = co_await send_settings(until);
    co_return sent;
}

/// One round trip for all of them; values are parameters, so nothing has to be quoted.
asio::awaitable<result<void>> connection::impl::send_settings(time_point until) {
    const auto self = shared_from_this();
    if (facts_.pooler || settings_.empty())
        co_return result<void>();
    std::string sql = "SELECT ";
    std::vector<std::optional<std::string>> values;
    for (const auto& [name, value] : settings_) {
        sql += values.empty() ? "" : ", ";
        sql += "pg_catalog.set_config($" + std::to_string(values.size() + 1) + ", $" +
               std::to_string(values.size() + 2) + ", false)";
        values.emplace_back(name);
        values.emplace_back(value);
    }
    const auto outcome = co_await extended(std::move(sql), std::move(values), until);
    if (!outcome)
        co_return outcome.error();
    co_return result<void>();
}

asio::awaitable<result<void>> connection::impl::cancel(time_point until) {
    const auto self = shared_from_this();
    if (broken())
        co_return lost();
    const std::shared_ptr<PGcancel> request(PQgetCancel(handle_->get()), &PQfreeCancel);
    if (request == nullptr)
        co_return make_error(errc::io_failed, error_class::retry, "no memory to cancel");
    // Waits for the server to close the request's own connection: without that the cancellation
    // could hit the next statement.
    auto ask = [request] {
        std::array<char, 256> text{};
        const bool asked = PQcancel(request.get(), text.data(), static_cast<int>(text.size())) == 1;
        return asked ? std::string() : clean(text.data());
    };
    const auto outcome = co_await threads_->run(ask, until, "the cancel request");
    if (!outcome)
        co_return outcome.error();
    if (!outcome->empty())
        co_return make_error(errc::io_failed, error_class::retry,
                             "the cancel request failed (" + where_.where() + "): " + *outcome);
    co_return result<void>();
}

// --- the idle watch

void connection::impl::arm() {
    if (armed_)
        return;
    if (!handle_->descriptor().is_open()) { // dead already, but never said from within this call
        asio::post(handle_->descriptor().get_executor(),
                   [self = shared_from_this()] { self->report_loss(); });
        return;
    }
    armed_ = true;
    handle_->descriptor().async_wait(stream::wait_read, [self = shared_from_this()](error_code ec) {
        self->armed_ = false;
        if (!ec)
            self->readable();
        else if (!self->handle_->descriptor().is_open())
            self->report_loss(); // libpq closed the socket under the wait
    });
}

void connection::impl::report_loss() {
    broken_ = true;
    if (lost_)
        std::exchange(lost_, nullptr)(lost());
}

/// Something came on the socket: the answer of a statement that runs is not ours to read.
void connection::impl::readable() {
    if (busy_ || !lost_ || handle_->get() == nullptr)
        return;
    const bool ok = consume(*handle_);
    PQisBusy(handle_->get()); // parses: notices reach receive_notice, parameters are kept
    update_role();
    if (ok && handle_->is_open() && !ends_session(last_words_.sqlstate)) {
        arm(); // a notice or a changed parameter
        return;
    }
    report_loss();
}

void connection::impl::receive_notice(void* self, const PGresult* result) noexcept {
    auto& owner = *static_cast<impl*>(self);
    try {
        const notice said = notice_of(result);
        // A crash elsewhere ends this connection too, but is only a WARNING here.
        if (said.severity == "FATAL" || said.severity == "PANIC" || ends_session(said.sqlstate))
            owner.last_words_ = {said.sqlstate, said.message};
        if (owner.listener_)
            owner.listener_(said);
    } catch (...) { // no memory: the notice is lost, libpq must not see an exception
        return;
    }
}

void connection::impl::update_role() {
    if (PQparameterStatus(handle_->get(), "in_hot_standby") == nullptr)
        return; // before 14 the server does not say
    facts_.in_recovery = reports_on(handle_->get(), "in_hot_standby");
    facts_.default_read_only = reports_on(handle_->get(), "default_transaction_read_only");
}

// --- errors

error connection::impl::lost(std::string reason) const {
    if (!last_words_.text.empty())
        reason = last_words_.text;
    else if (reason.empty())
        reason = "the server closed it without a reason";
    const std::string state = last_words_.sqlstate;
    error e = make_error(errc::connection_lost, error_class::retry,
                         "connection lost: " + reason + " (" + where_.where() +
                             (state.empty() ? "" : ", " + state) + ")");
    e.sqlstate = state;
    return e;
}

error connection::impl::gave_up(error_code why, duration waited) const {
    if (why != make_error_code(errc::timed_out))
        return make_error(errc::cancelled, error_class::retry,
                          "the statement was abandoned (" + where_.where() + ")");
    return make_error(errc::timed_out, error_class::retry,
                      "no reply for " + format_elapsed(waited) + " (" + where_.where() +
                          "); connection abandoned",
                      "backend pid " + std::to_string(facts_.backend_pid) +
                          " may still run the statement");
}

// --- the session

connection::connection(std::shared_ptr<handle> established, endpoint where,
                       std::shared_ptr<io::blocking> threads)
    : impl_(std::make_shared<impl>(std::move(established), std::move(where), std::move(threads))) {}

connection::~connection() {
    impl_->close();
}

asio::awaitable<result<query_result>>
connection::query(std::string sql, std::vector<std::optional<std::string>> parameters,
                  time_point until) {
    return impl_->extended(std::move(sql), std::move(parameters), until);
}

asio::awaitable<result<query_result>> connection::execute(std::string sql, time_point until) {
    return impl_->simple(std::move(sql), until);
}

asio::awaitable<result<void>> connection::ping(time_point until) {
    const auto self = impl_;
    const auto outcome = co_await self->simple("", until);
    if (!outcome)
        co_return outcome.error();
    co_return result<void>();
}

asio::awaitable<result<void>> connection::reset(bool discard, time_point until) {
    return impl_->reset(discard, until);
}

asio::awaitable<result<void>>
connection::keep_settings(std::vector<std::pair<std::string, std::string>> settings,
                          time_point until) {
    impl_->keep(std::move(settings));
    return impl_->send_settings(until);
}

asio::awaitable<result<void>> connection::cancel(time_point until) {
    return impl_->cancel(until);
}

void connection::watch_idle(std::function<void(error)> lost) {
    impl_->watch(std::move(lost));
}
void connection::stop_watching() noexcept {
    impl_->stop_watching();
}
void connection::on_notice(std::function<void(const notice&)> listener) {
    impl_->listen(std::move(listener));
}
transaction_status connection::status() const noexcept {
    return impl_->status();
}
bool connection::broken() const noexcept {
    return impl_->broken();
}
const server_facts& connection::facts() const noexcept {
    return impl_->facts();
}
server_facts& connection::mutable_facts() noexcept {
    return impl_->facts();
}
void connection::close() noexcept {
    impl_->close();
}

} // namespace headspace::pg
