// The listener of [http].listen, which may come, move and go with the configuration.
#pragma once

#include "admin/server.hpp"
#include "base/loopback.hpp"

#include <optional>
#include <string>

namespace headspace::daemon {

class http_listening {
public:
    /// `server` must outlive this.
    http_listening(asio::any_io_executor executor, admin::server& server, event_sink events);

    /// Takes the address ("": none) without answering there yet; what it answers on now goes on.
    /// Errors: those of admin::listener::loopback.
    result<void> prepare(const std::string& listen);
    /// Answers where the last prepare() said, and nowhere else.
    void commit();

private:
    asio::any_io_executor executor_;
    admin::server& server_;
    event_sink events_;
    std::optional<loopback_endpoint> present_; // as configured
    std::optional<loopback_endpoint> wanted_;
    std::optional<admin::listener> taken_; // for wanted_, when that is not present_
};

} // namespace headspace::daemon
