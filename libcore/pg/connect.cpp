#include "pg/connect.hpp"

#include "io/with_deadline.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <sys/socket.h>
#include <vector>

namespace headspace::pg {

namespace {

const std::vector<std::pair<int, std::string>>& errno_texts() {
    static const std::vector<std::pair<int, std::string>> all = [] {
        std::vector<std::pair<int, std::string>> texts;
        for (int number : {ECONNREFUSED, ENOENT, ETIMEDOUT, EHOSTUNREACH, ENETUNREACH, ECONNRESET,
                           EPIPE, EACCES, EMFILE, ENFILE, EADDRNOTAVAIL, EAGAIN, EINVAL})
            texts.emplace_back(number, std::strerror(number));
        return texts;
    }();
    return all;
}

PGconn* start(const parameters& what) {
    std::vector<const char*> keywords;
    std::vector<const char*> values;
    for (const auto& [keyword, value] : what.values) {
        keywords.push_back(keyword.c_str());
        values.push_back(value.c_str());
    }
    if (what.password && !what.password->empty()) {
        keywords.push_back("password");
        values.push_back(what.password->c_str());
    }
    if (!what.sslpassword.empty()) {
        keywords.push_back("sslpassword");
        values.push_back(what.sslpassword.c_str());
    }
    keywords.push_back(nullptr);
    values.push_back(nullptr);
    return PQconnectStartParams(keywords.data(), values.data(), 0);
}

connect_stage stage_of(const PGconn* connection) {
    switch (PQstatus(connection)) {
    case CONNECTION_STARTED:
    case CONNECTION_MADE:
        return connect_stage::transport;
    case CONNECTION_SSL_STARTUP:
        return connect_stage::tls;
    default:
        return connect_stage::login;
    }
}

/// Looks at what the server sent, without taking it: libpq's words would have to be guessed at.
void observe(const PGconn* connection, connect_failure& seen) {
    const connect_stage stage = stage_of(connection);
    if (stage != seen.stage) {
        seen.stage = stage;
        seen.answer = 0;
    }
    seen.encrypted = PQsslInUse(const_cast<PGconn*>(connection)) != 0;
    if (stage == connect_stage::transport)
        return;
    char byte = 0;
    const auto count = ::recv(PQsocket(connection), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    seen.closed = count == 0;
    seen.system_errno = count < 0 && errno != EAGAIN && errno != EINTR ? errno : 0;
    if (count == 1 && seen.answer == 0)
        seen.answer = byte;
}

void complete(PGconn* connection, connect_failure& failure) {
    failure.text = connection != nullptr ? PQerrorMessage(connection) : "out of memory";
    failure.needs_password = connection != nullptr && PQconnectionNeedsPassword(connection) != 0;
    if (failure.system_errno == 0)
        failure.system_errno = errno_in(failure.text, errno_texts());
}

} // namespace

asio::awaitable<std::optional<connect_failure>> connect_once(std::shared_ptr<handle> target,
                                                             parameters what, time_limit limit) {
    connect_failure failure;
    failure.limit = limit.length;
    target->adopt(start(what));
    PGconn* connection = target->get();
    if (connection == nullptr || PQstatus(connection) == CONNECTION_BAD) {
        complete(connection, failure);
        target->finish();
        co_return failure;
    }
    PQsetErrorVerbosity(connection, PQERRORS_VERBOSE); // the only way to a failed login's SQLSTATE
    PQsetNoticeReceiver(
        connection, [](void*, const PGresult*) {}, nullptr);
    PostgresPollingStatusType wanted = PGRES_POLLING_WRITING;
    while (wanted != PGRES_POLLING_OK) {
        if (!target->attach()) {
            failure.text = "libpq has no socket";
            target->finish();
            co_return failure;
        }
        const auto direction = wanted == PGRES_POLLING_READING
                                   ? asio::posix::stream_descriptor::wait_read
                                   : asio::posix::stream_descriptor::wait_write;
        auto [ec] = co_await io::with_deadline(
            target->descriptor().async_wait(direction, asio::deferred), limit.until);
        target->detach(); // libpq may close the socket and get another with the same number
        observe(connection, failure);
        if (ec) {
            failure.timed_out = ec == make_error_code(errc::timed_out);
            failure.cancelled = !failure.timed_out;
            target->finish();
            co_return failure;
        }
        wanted = PQconnectPoll(connection);
        if (wanted == PGRES_POLLING_FAILED) {
            complete(connection, failure);
            target->finish();
            co_return failure;
        }
    }
    PQsetErrorVerbosity(connection, PQERRORS_DEFAULT);
    PQsetnonblocking(connection, 1); // only now: it flushes
    if (!target->attach()) {
        failure.closed = true;
        target->finish();
        co_return failure;
    }
    co_return std::nullopt;
}

} // namespace headspace::pg
