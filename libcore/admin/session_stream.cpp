// The streaming half of a session: lines go into a queue, the queue goes to the socket as fast as
// the reader takes it.
#include "admin/session.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/write.hpp>

namespace headspace::admin {

asio::awaitable<bool> session::stream(response answer) {
    const request_head head = reader_.head();
    server_->count(route_, answer.status);
    chunked_ = head.http11;
    const bool keep_alive = head.keep_alive && chunked_ && !server_->stopping;
    queued_.clear();
    out_.clear();
    sent_ = 0;
    append_head(queued_, answer, chunked_ ? framing::chunked : framing::close, keep_alive,
                server_->date());
    enter(phase::streaming, duration::max());
    drained_.emplace(server_->executor);
    watch_peer();
    pump();
    std::string what;
    try {
        co_await answer.stream(*this);
    } catch (const std::exception& e) {
        what = e.what();
    }
    if (gone_)
        co_return false;
    if (!what.empty()) {
        // The status is long gone: a stream that breaks off tells the client by its missing end.
        server_->report_failure(line_, what);
        co_await flushed();
        co_return false;
    }
    if (chunked_)
        queued_ += "0\r\n\r\n";
    pump();
    co_await flushed();
    error_code ignored;
    socket_.cancel(ignored); // the watch
    out_ = {};               // it may have grown to the limit
    queued_ = {};
    co_return !gone_ && keep_alive;
}

bool session::send(std::string_view line) {
    if (gone_ || phase_ != phase::streaming)
        return false;
    append_line(queued_, line, chunked_);
    if (queued_.size() + out_.size() - sent_ > server_->bounds.stream_limit) {
        gone_ = true;
        error_code ignored;
        socket_.close(ignored);
        return false;
    }
    pump();
    return true;
}

void session::pump() {
    if (sending_ || gone_)
        return;
    if (sent_ == out_.size()) {
        out_.clear();
        out_.swap(queued_);
        sent_ = 0;
    }
    if (out_.empty()) {
        deadline_ = time_point::max(); // a stream may be silent as long as it likes
        drained_->cancel();
        return;
    }
    sending_ = true;
    deadline_ = clock::now() + server_->bounds.idle_timeout;
    socket_.async_write_some(asio::buffer(out_.data() + sent_, out_.size() - sent_),
                             [self = shared_from_this()](error_code ec, std::size_t count) {
                                 self->sending_ = false;
                                 self->sent_ += count;
                                 if (ec) {
                                     self->gone_ = true;
                                     self->drained_->cancel();
                                 }
                                 self->pump();
                             });
}

asio::awaitable<void> session::flushed() {
    while (!gone_ && (sending_ || sent_ < out_.size() || !queued_.empty())) {
        drained_->expires_at(time_point::max());
        co_await drained_->async_wait(as_result);
    }
}

/// Ends the wait for the next line when the client hangs up. Only a full hang-up is an error
/// condition of the socket, so a client that has merely finished sending stays.
void session::watch_peer() {
    socket_.async_wait(asio::socket_base::wait_error, [self = shared_from_this()](error_code ec) {
        if (!ec && self->phase_ == phase::streaming)
            self->abort();
    });
}

} // namespace headspace::admin
