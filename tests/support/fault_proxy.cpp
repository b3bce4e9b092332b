#include "support/fault_proxy.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>

#include <algorithm>
#include <array>
#include <set>
#include <utility>

namespace headspace::test {

namespace {

using tcp = asio::ip::tcp;

struct link {
    link(tcp::socket c, const asio::any_io_executor& executor)
        : client(std::move(c)), server(executor) {}
    tcp::socket client;
    tcp::socket server;
    std::size_t sent_to_client = 0;

    void end(bool by_reset) {
        error_code ignored;
        if (by_reset)
            client.set_option(asio::socket_base::linger(true, 0), ignored);
        client.close(ignored);
        server.close(ignored);
    }
};

} // namespace

struct fault_proxy::state {
    state(asio::io_context& loop, std::uint16_t to)
        : acceptor(loop, {asio::ip::address_v4::loopback(), 0}), upstream(to) {}

    tcp::acceptor acceptor;
    std::uint16_t upstream;
    faults now;
    int clients = 0;
    std::set<std::shared_ptr<link>> open;

    static asio::awaitable<error_code> forward(std::shared_ptr<state> self, std::shared_ptr<link> l,
                                               bool to_client, const char* data, std::size_t size) {
        asio::steady_timer pause(l->client.get_executor());
        while (size > 0 && !self->now.black_hole) {
            if (self->now.delay > duration::zero()) {
                pause.expires_after(self->now.delay);
                co_await pause.async_wait(as_result);
            }
            std::size_t piece = self->now.one_byte ? 1 : size;
            if (to_client && self->now.cut_after > 0) {
                if (l->sent_to_client >= self->now.cut_after)
                    co_return asio::error::connection_reset;
                piece = std::min(piece, self->now.cut_after - l->sent_to_client);
            }
            auto& to = to_client ? l->client : l->server;
            auto [ec, n] = co_await asio::async_write(to, asio::buffer(data, piece), as_result);
            if (ec)
                co_return ec;
            l->sent_to_client += to_client ? n : 0;
            data += n;
            size -= n;
        }
        co_return error_code();
    }

    static asio::awaitable<void> pump(std::shared_ptr<state> self, std::shared_ptr<link> l,
                                      bool to_client) {
        std::array<char, 16 * 1024> buffer{};
        auto& from = to_client ? l->server : l->client;
        for (;;) {
            auto [ec, n] = co_await from.async_read_some(asio::buffer(buffer), as_result);
            if (ec)
                break;
            const error_code failed = co_await forward(self, l, to_client, buffer.data(), n);
            if (failed) {
                l->end(true);
                break;
            }
        }
        l->end(false);
        self->open.erase(l);
    }

    static asio::awaitable<void> accept(std::shared_ptr<state> self) {
        for (;;) {
            auto [ec, client] = co_await self->acceptor.async_accept(as_result);
            if (ec)
                co_return;
            ++self->clients;
            const auto l = std::make_shared<link>(std::move(client), self->acceptor.get_executor());
            if (self->now.refuse) {
                l->end(false);
                continue;
            }
            const tcp::endpoint server(asio::ip::address_v4::loopback(), self->upstream);
            auto [failed] = co_await l->server.async_connect(server, as_result);
            if (failed) {
                l->end(true);
                continue;
            }
            self->open.insert(l);
            asio::co_spawn(self->acceptor.get_executor(), pump(self, l, true), asio::detached);
            asio::co_spawn(self->acceptor.get_executor(), pump(self, l, false), asio::detached);
        }
    }

    void end_all(bool by_reset) {
        for (const auto& l : std::exchange(open, {}))
            l->end(by_reset);
    }
};

fault_proxy::fault_proxy(asio::io_context& loop, std::uint16_t upstream)
    : state_(std::make_shared<state>(loop, upstream)) {
    asio::co_spawn(loop, state::accept(state_), asio::detached);
}

fault_proxy::~fault_proxy() {
    error_code ignored;
    state_->acceptor.close(ignored);
    state_->end_all(false);
}

std::uint16_t fault_proxy::port() const {
    return state_->acceptor.local_endpoint().port();
}
int fault_proxy::clients() const {
    return state_->clients;
}
faults& fault_proxy::set() {
    return state_->now;
}
void fault_proxy::reset_all() {
    state_->end_all(true);
}
void fault_proxy::close_all() {
    state_->end_all(false);
}

} // namespace headspace::test
