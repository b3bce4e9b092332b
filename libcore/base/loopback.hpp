// An address of this host that others cannot reach, as it is written in a configuration.
#pragma once

#include "base/error.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace headspace {

struct loopback_endpoint {
    std::string host; // numeric: in 127.0.0.0/8, or "::1"
    std::uint16_t port = 0;
    bool v6 = false;

    /// "127.0.0.1:8433", "[::1]:8433"
    [[nodiscard]] std::string text() const;
    bool operator==(const loopback_endpoint&) const = default;
};

/// "127.0.0.1:8433", "[::1]:8433" or "localhost:8433". Errors: config_invalid, with the reason in
/// words that continue a sentence ("has no port").
result<loopback_endpoint> parse_loopback(std::string_view text);

/// RFC 9110 section 7.2 against DNS rebinding: localhost, an address in 127.0.0.0/8 or [::1], with
/// or without a port.
[[nodiscard]] bool is_loopback_host(std::string_view host);

} // namespace headspace
