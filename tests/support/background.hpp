// A fake_server or fault_proxy on a thread of its own, for tests that talk to a whole daemon.
#pragma once

#include "io/asio.hpp"

#include <cstdint>
#include <future>
#include <thread>
#include <utility>

namespace headspace::test {

template<class Server>
class background {
public:
    template<class... Arguments>
    explicit background(Arguments&&... arguments)
        : server_(loop_, std::forward<Arguments>(arguments)...), port_(server_.port()),
          thread_([this] {
              const auto stay = asio::make_work_guard(loop_);
              loop_.run();
          }) {}
    ~background() {
        loop_.stop();
        thread_.join(); // the server goes only when nobody runs it any more
    }
    background(const background&) = delete;
    background& operator=(const background&) = delete;

    [[nodiscard]] std::uint16_t port() const noexcept { return port_; }
    /// Runs `change(server)` on the server's thread and waits for it.
    template<class Change>
    void with(Change change) {
        std::promise<void> done;
        asio::post(loop_, [&] {
            change(server_);
            done.set_value();
        });
        done.get_future().wait();
    }

private:
    asio::io_context loop_;
    Server server_;
    std::uint16_t port_;
    std::thread thread_;
};

} // namespace headspace::test
