// What one client may cost. The daemon fills it from config::admin_settings, where the same names
// have their comments.
#pragma once

#include "base/time.hpp"

#include <cstdint>

namespace headspace::admin {

struct limits {
    std::uint32_t max_connections = 256;           // then the longest idle one closes, or 503
    std::uint32_t header_limit = 8 * 1024;         // bytes
    std::uint32_t body_limit = 64 * 1024;          // bytes
    std::uint32_t files_limit = 64 * 1024 * 1024;  // bytes, on routes that take migration files
    std::uint32_t stream_limit = 16 * 1024 * 1024; // bytes a stream's reader may be behind
    duration request_timeout = std::chrono::seconds(10); // to send one request
    duration idle_timeout =
        std::chrono::seconds(60); // between requests; to take one answer's bytes
    duration accept_pause = std::chrono::milliseconds(100);   // when file descriptors have run out
    duration unwind_timeout = std::chrono::milliseconds(500); // for handlers that stop() cancelled
};

} // namespace headspace::admin
