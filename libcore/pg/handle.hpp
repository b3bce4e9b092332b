// A PGconn and the Asio descriptor on its socket. libpq owns the socket and may close it, or put
// another one under the same number, in any call: this class keeps Asio from noticing too late.
#pragma once

#include "io/asio.hpp"

#include <libpq-fe.h>

#include <memory>

namespace headspace::pg {

struct result_deleter {
    void operator()(PGresult* result) const noexcept { PQclear(result); }
};
using result_ptr = std::unique_ptr<PGresult, result_deleter>;

class handle {
public:
    explicit handle(const asio::any_io_executor& executor) : descriptor_(executor) {}
    ~handle() { finish(); }
    handle(const handle&) = delete;
    handle& operator=(const handle&) = delete;

    /// Takes over `connection`, which may be null; the one before is finished.
    void adopt(PGconn* connection);

    /// Null before adopt() and after finish().
    [[nodiscard]] PGconn* get() const noexcept { return connection_; }
    [[nodiscard]] bool is_open() const noexcept;

    /// Watches the socket that libpq has now; false when it has none.
    bool attach();
    /// Stops watching: pending waits end with operation_aborted. Must precede every PQconnectPoll.
    void detach() noexcept;
    /// After any call that may have closed the socket.
    void detach_if_closed() noexcept;

    [[nodiscard]] asio::posix::stream_descriptor& descriptor() noexcept { return descriptor_; }

    /// Terminate is sent, nothing is waited for.
    void finish() noexcept;

private:
    PGconn* connection_ = nullptr;
    asio::posix::stream_descriptor descriptor_;
};

} // namespace headspace::pg
