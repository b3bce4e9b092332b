#include "pg/handle.hpp"

#include <sys/socket.h>

namespace headspace::pg {

void handle::adopt(PGconn* connection) {
    finish();
    connection_ = connection;
}

bool handle::is_open() const noexcept {
    return connection_ != nullptr && PQstatus(connection_) == CONNECTION_OK &&
           PQsocket(connection_) >= 0;
}

bool handle::attach() {
    const int socket = connection_ != nullptr ? PQsocket(connection_) : -1;
    if (socket < 0)
        return false;
    error_code failed;
    descriptor_.assign(socket, failed);
    return !failed;
}

void handle::detach() noexcept {
    if (descriptor_.is_open())
        descriptor_.release();
}

void handle::detach_if_closed() noexcept {
    if (connection_ == nullptr || PQsocket(connection_) < 0)
        detach();
}

void handle::finish() noexcept {
    // The descriptor first: its own close would close a socket that belongs to libpq.
    detach();
    if (connection_ == nullptr)
        return;
    // On a connection that does not work PQfinish must not wait for anything either.
    if (PQstatus(connection_) != CONNECTION_OK && PQsocket(connection_) >= 0)
        ::shutdown(PQsocket(connection_), SHUT_RDWR);
    PQfinish(connection_);
    connection_ = nullptr;
}

} // namespace headspace::pg
