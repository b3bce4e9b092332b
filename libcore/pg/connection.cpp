#include "pg/connection_impl.hpp"
#include "pg/exchange.hpp"

#include <array>
#include <utility>

namespace headspace::pg {

namespace {

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
    if (facts.tls) {
        const auto attribute = [&](const char* name) {
            const char* value = PQsslAttribute(connection, name);
            return std::string(value == nullptr ? "" : value);
        };
        facts.tls_version = attribute("protocol");
        facts.tls_cipher = attribute("cipher");
    }
    return facts;
}

} // namespace

connection::impl::impl(std::shared_ptr<handle> established, endpoint where,
                       std::shared_ptr<io::blocking> threads)
    : handle_(std::move(established)), where_(std::move(where)), threads_(std::move(threads)),
      facts_(facts_of(handle_->get(), where_)) {
    PQsetNoticeReceiver(handle_->get(), &impl::receive_notice, this);
    update_role();
}

transaction_status connection::impl::status() const noexcept {
    return broken() ? transaction_status::unknown : status_of(PQtransactionStatus(handle_->get()));
}

void connection::impl::close() noexcept {
    broken_ = true;
    lost_ = nullptr;
    listener_ = nullptr;
    if (handle_->get() != nullptr)
        PQsetNoticeReceiver(
            handle_->get(), [](void*, const PGresult*) {}, nullptr);
    handle_->finish();
}

void connection::impl::update_role() {
    if (PQparameterStatus(handle_->get(), "in_hot_standby") == nullptr)
        return; // before 14 the server does not say
    facts_.in_recovery = reports_on(handle_->get(), "in_hot_standby");
    facts_.default_read_only = reports_on(handle_->get(), "default_transaction_read_only");
}

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

template<class Send>
asio::awaitable<result<query_result>> connection::impl::run(self_ptr self, Send send,
                                                            time_point until) {
    if (self->busy_)
        co_return make_error(errc::internal, error_class::bug,
                             "two statements at once on one connection");
    if (self->broken())
        co_return self->lost();
    const time_point begin = clock::now();
    if (begin >= until)
        co_return make_error(errc::timed_out, error_class::retry,
                             "no time was left to run the statement");
    statement current(*self, begin);
    if (send(self->handle_->get()) != 1) {
        self->handle_->detach_if_closed();
        co_return self->broke(self->lost(clean(PQerrorMessage(self->handle_->get()))));
    }
    exchange_outcome outcome = co_await exchange(self->handle_, until);
    if (outcome.stuck)
        co_return self->broke(self->gave_up(outcome.stuck, clock::now() - begin));
    if (outcome.copying)
        co_return make_error(errc::query_failed, error_class::refuse,
                             "COPY from or to the client is not possible here",
                             "use INSERT, or COPY with a file on the server");
    const bool answered =
        self->handle_->is_open() && PQtransactionStatus(self->handle_->get()) != PQTRANS_ACTIVE;
    const bool says_why = outcome.failure && !outcome.failure->sqlstate.empty();
    if (outcome.fatal || (!answered && says_why))
        self->last_words_ = {outcome.failure->sqlstate, outcome.failure->message};
    if (outcome.fatal || !answered)
        co_return self->broke(
            self->lost(outcome.failure ? outcome.failure->message : std::string()));
    current.complete(!outcome.failure);
    self->last_answer_ = clock::now();
    self->update_role();
    if (outcome.failure)
        co_return std::move(*outcome.failure);
    co_return std::move(outcome.rows);
}

asio::awaitable<result<query_result>> connection::impl::simple(self_ptr self, std::string sql,
                                                               time_point until) {
    return run(
        std::move(self), [sql = std::move(sql)](PGconn* c) { return PQsendQuery(c, sql.c_str()); },
        until);
}

asio::awaitable<result<query_result>>
connection::impl::extended(self_ptr self, std::string sql,
                           std::vector<std::optional<std::string>> parameters, time_point until) {
    return run(
        std::move(self),
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

asio::awaitable<result<void>> connection::impl::ping(self_ptr self, time_point until) {
    const auto outcome = co_await simple(std::move(self), "", until);
    if (!outcome)
        co_return outcome.error();
    co_return result<void>();
}

asio::awaitable<result<void>> connection::impl::reset(self_ptr self, bool discard,
                                                      time_point until) {
    const transaction_status now = self->status();
    if (now == transaction_status::in_transaction || now == transaction_status::in_error) {
        const auto outcome = co_await simple(self, "ROLLBACK", until);
        if (!outcome)
            co_return outcome.error();
    }
    if (!discard)
        co_return result<void>();
    const auto discarded = co_await simple(self, "DISCARD ALL", until);
    if (!discarded)
        co_return discarded.error();
    const auto sent = co_await send_settings(self, until);
    co_return sent;
}

/// One round trip for all of them; values are parameters, so nothing has to be quoted.
asio::awaitable<result<void>> connection::impl::send_settings(self_ptr self, time_point until) {
    if (self->facts_.pooler || self->settings_.empty())
        co_return result<void>();
    std::string sql = "SELECT ";
    std::vector<std::optional<std::string>> values;
    for (const auto& [name, value] : self->settings_) {
        sql += values.empty() ? "" : ", ";
        sql += "pg_catalog.set_config($" + std::to_string(values.size() + 1) + ", $" +
               std::to_string(values.size() + 2) + ", false)";
        values.emplace_back(name);
        values.emplace_back(value);
    }
    const auto outcome = co_await extended(self, std::move(sql), std::move(values), until);
    if (!outcome)
        co_return outcome.error();
    co_return result<void>();
}

asio::awaitable<result<void>> connection::impl::cancel(self_ptr self, time_point until) {
    if (self->broken())
        co_return self->lost();
    const std::shared_ptr<PGcancel> request(PQgetCancel(self->handle_->get()), &PQfreeCancel);
    if (request == nullptr)
        co_return make_error(errc::io_failed, error_class::retry, "no memory to cancel");
    // Waits for the server to close the request's own connection: without that the cancellation
    // could hit the next statement.
    auto ask = [request] {
        std::array<char, 256> text{};
        const bool asked = PQcancel(request.get(), text.data(), static_cast<int>(text.size())) == 1;
        return asked ? std::string() : clean(text.data());
    };
    const auto outcome = co_await self->threads_->run(ask, until, "the cancel request");
    if (!outcome)
        co_return outcome.error();
    if (!outcome->empty())
        co_return make_error(errc::io_failed, error_class::retry,
                             "the cancel request failed (" + self->where_.where() +
                                 "): " + *outcome);
    co_return result<void>();
}

connection::connection(std::shared_ptr<handle> established, endpoint where,
                       std::shared_ptr<io::blocking> threads)
    : impl_(std::make_shared<impl>(std::move(established), std::move(where), std::move(threads))) {}

connection::~connection() {
    impl_->close();
}

asio::awaitable<result<query_result>>
connection::query(std::string sql, std::vector<std::optional<std::string>> parameters,
                  time_point until) {
    return impl::extended(impl_, std::move(sql), std::move(parameters), until);
}

asio::awaitable<result<query_result>> connection::execute(std::string sql, time_point until) {
    return impl::simple(impl_, std::move(sql), until);
}

asio::awaitable<result<void>> connection::ping(time_point until) {
    return impl::ping(impl_, until);
}

asio::awaitable<result<void>> connection::reset(bool discard, time_point until) {
    return impl::reset(impl_, discard, until);
}

void connection::on_statement(statement_listener listener) {
    impl_->time_statements(std::move(listener));
}

asio::awaitable<result<void>>
connection::keep_settings(std::vector<std::pair<std::string, std::string>> settings,
                          time_point until) {
    impl_->keep(std::move(settings));
    return impl::send_settings(impl_, until);
}

asio::awaitable<result<void>> connection::cancel(time_point until) {
    return impl::cancel(impl_, until);
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
time_point connection::last_answer() const noexcept {
    return impl_->last_answer();
}
bool connection::broken() const noexcept {
    return impl_->broken();
}
error connection::why_broken() const {
    return impl_->why_broken();
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
