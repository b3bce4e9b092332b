// A TCP proxy that misbehaves on demand, between a client under test and a real server. Runs on the
// test's own loop. Changes take effect at once, also for connections that are open.
#pragma once

#include "base/time.hpp"
#include "io/asio.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>

namespace headspace::test {

struct faults {
    duration delay{};          // before every piece, in both directions
    bool black_hole = false;   // take everything, pass nothing on
    bool one_byte = false;     // pass on in pieces of one byte
    bool refuse = false;       // close new clients at once
    std::size_t cut_after = 0; // bytes to the client, then RST; 0: never
};

class fault_proxy {
public:
    /// Listens at 127.0.0.1 and forwards to 127.0.0.1:upstream.
    fault_proxy(asio::io_context& loop, std::uint16_t upstream);
    ~fault_proxy();
    fault_proxy(const fault_proxy&) = delete;
    fault_proxy& operator=(const fault_proxy&) = delete;

    [[nodiscard]] std::uint16_t port() const;
    [[nodiscard]] int clients() const; // so far
    faults& set();                     // what to change
    void reset_all();                  // RST to every client
    void close_all();                  // FIN to every client

private:
    struct state;
    std::shared_ptr<state> state_;
};

} // namespace headspace::test
