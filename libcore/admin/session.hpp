// One connection: reads a request, has it answered, writes the answer, again. Its deadline is a
// number that the server's sweeper looks at, so that a request costs no timer. Internal to the
// server.
#pragma once

#include "admin/request_reader.hpp"
#include "admin/response_head.hpp"
#include "admin/server_impl.hpp"

#include <boost/asio/generic/stream_protocol.hpp>

#include <memory>
#include <optional>
#include <string>

namespace headspace::admin {

class session final : public stream_writer, public std::enable_shared_from_this<session> {
public:
    enum class phase {
        idle,      // between requests
        reading,   // a request has begun
        running,   // its handler works; no deadline
        writing,   // the answer is on its way
        streaming, // lines are; a deadline only while the reader owes us something
        lingering, // refused: reading on until the client has seen the answer
    };

    session(std::shared_ptr<server::impl> server, int fd, scope reach, bool local);

    void start();
    /// Nobody waits for anything here: may be closed to make room.
    [[nodiscard]] bool dispensable() const noexcept;
    [[nodiscard]] phase now_in() const noexcept { return phase_; }
    [[nodiscard]] time_point since() const noexcept { return since_; }
    [[nodiscard]] time_point deadline() const noexcept { return deadline_; }
    /// The deadline has passed.
    void expire();
    /// Not another request here: its listener is gone.
    void retire();
    [[nodiscard]] scope reach() const noexcept { return reach_; }
    /// Closes the connection and cancels a handler that runs.
    void abort();

    bool send(std::string_view line) override;
    [[nodiscard]] bool closed() const noexcept override { return gone_; }

private:
    asio::awaitable<void> run();
    asio::awaitable<bool> read_header();
    asio::awaitable<bool> read_body(const route* to);
    asio::awaitable<bool> answer_one();
    asio::awaitable<bool> write(response answer, bool keep_alive);
    asio::awaitable<bool> refuse(response answer);
    asio::awaitable<bool> refuse_request(response answer);
    asio::awaitable<void> linger();
    asio::awaitable<bool> stream(response answer);
    asio::awaitable<void> flushed();
    std::optional<response> objection(request& req, router::match& found);
    response run_plain(const plain_handler& run, const request& req);
    asio::awaitable<response> run_coroutine(const route* to, request req);
    response failed(const std::string& what);
    void enter(phase next, duration allowed);
    void pump();
    void watch_peer();

    std::shared_ptr<server::impl> server_;
    asio::generic::stream_protocol::socket socket_;
    asio::cancellation_signal cancel_;
    scope reach_;
    bool local_;
    peer peer_;
    request_reader reader_;
    request_line line_;            // of the request that is being answered
    const route* route_ = nullptr; // its route, once that is known
    std::string out_;
    phase phase_ = phase::idle;
    time_point since_;
    time_point deadline_ = time_point::max();
    bool timed_out_ = false;
    bool retired_ = false;
    bool broken_ = false; // a handler threw: not another request here

    // Of a stream.
    bool gone_ = false;
    bool chunked_ = false;
    bool sending_ = false;
    std::size_t sent_ = 0;
    std::string queued_;
    std::optional<asio::steady_timer> drained_;
};

} // namespace headspace::admin
