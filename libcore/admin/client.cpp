// The request itself; connecting and waiting are in client_socket.cpp.
#include "admin/client.hpp"

#include "admin/client_socket.hpp"
#include "base/version.hpp"

#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include <array>
#include <optional>
#include <thread>

namespace headspace::admin {

namespace http = boost::beast::http;

namespace {

using parser = http::response_parser<http::string_body>;
using line_sink = std::function<bool(std::string_view)>;

constexpr std::string_view ndjson = "application/x-ndjson";

std::string head(const call& what, bool stream) {
    std::string out = what.method + " " + what.target +
                      " HTTP/1.1\r\nHost: localhost\r\nUser-Agent: headspacectl/";
    out += version;
    out += "\r\nConnection: close\r\nAccept: ";
    if (stream)
        out.append(ndjson).append(", ");
    out += "application/json, application/problem+json, text/plain\r\n";
    if (!what.body.empty() || what.method != "GET")
        out += "Content-Type: application/json\r\nContent-Length: " +
               std::to_string(what.body.size()) + "\r\n";
    return out + "\r\n";
}

/// Takes whole lines out of `body`; false when the sink has had enough.
bool hand_over(std::string& body, const line_sink& sink) {
    std::size_t begin = 0;
    for (std::size_t end; (end = body.find('\n', begin)) != std::string::npos; begin = end + 1)
        if (end > begin && !sink(std::string_view(body).substr(begin, end - begin)))
            return false;
    body.erase(0, begin);
    return true;
}

/// One exchange on one connection.
class exchange {
public:
    exchange(client_socket socket, time_point until) : socket_(std::move(socket)), until_(until) {
        parser_.body_limit(boost::none);
        parser_.header_limit(64 * 1024);
        parser_.eager(true);
    }

    /// Nothing: the daemon closed the connection before the first byte of its answer.
    result<std::optional<reply>> run(const call& what, duration idle, const line_sink* sink) {
        // A daemon that refuses the request closes its end while we write: its answer still counts.
        const auto sent = socket_.write(head(what, sink != nullptr) + what.body, until_);
        if (!sent && !socket_.peer_closed())
            return sent.error();
        while (!parser_.is_done()) {
            const auto got = socket_.read(buffer_, until_);
            if (!got)
                return got.error();
            if (*got == 0 && !any_)
                return std::optional<reply>{};
            if (const auto fed = feed(*got); !fed)
                return fed.error();
            if (sink && is_stream()) {
                until_ = idle == duration::zero() ? time_point::max() : clock::now() + idle;
                if (!hand_over(parser_.get().body(), *sink))
                    break;
            }
        }
        return std::optional<reply>(take());
    }

private:
    bool is_stream() const {
        return parser_.is_header_done() && parser_.get().result_int() < 300 &&
               parser_.get()[http::field::content_type].starts_with(
                   boost::beast::string_view(ndjson.data(), ndjson.size()));
    }

    result<void> feed(std::size_t count) {
        error_code ec;
        if (count == 0) {
            parser_.put_eof(ec);
            return ec ? result<void>(
                            socket_.broken("closed the connection in the middle of its answer"))
                      : result<void>();
        }
        any_ = true;
        pending_.append(buffer_.data(), count);
        while (!pending_.empty() && !parser_.is_done()) {
            const std::size_t used =
                parser_.put(boost::asio::const_buffer(pending_.data(), pending_.size()), ec);
            pending_.erase(0, used);
            if (ec == http::error::need_more)
                return {};
            if (ec)
                return socket_.broken("sent something that is no HTTP answer (" + ec.message() +
                                      ")");
        }
        return {};
    }

    reply take() {
        auto message = parser_.release();
        reply out;
        out.status = static_cast<int>(message.result_int());
        out.content_type = std::string(message[http::field::content_type]);
        out.location = std::string(message[http::field::location]);
        out.body = std::move(message.body());
        return out;
    }

    client_socket socket_;
    time_point until_;
    parser parser_;
    std::array<char, 16 * 1024> buffer_{};
    std::string pending_;
    bool any_ = false;
};

result<reply> perform(const std::vector<socket_place>& places, const client_options& options,
                      const call& what, duration idle, const line_sink* sink) {
    const time_point until = clock::now() + what.timeout;
    const auto chosen = choose_socket(places);
    if (!chosen)
        return chosen.error();
    const std::string& path = *chosen;
    // Only what changes nothing is sent twice: of anything else nobody knows whether it was done.
    const int tries = what.method == "GET" ? 1 + options.restart_retries : 1;
    for (int left = tries; left > 0; --left) {
        auto socket = client_socket::connect(path, until);
        if (!socket)
            return socket.error();
        auto answer = exchange(std::move(*socket), until).run(what, idle, sink);
        if (!answer)
            return answer.error();
        if (*answer)
            return std::move(**answer);
        if (left > 1)
            std::this_thread::sleep_for(options.restart_pause);
    }
    return make_error(errc::daemon_unreachable, error_class::retry,
                      "the daemon at " + path + " closed the connection without an answer",
                      tries > 1 ? "it may be starting again: try once more"
                                : "whether the request was carried out is unknown: look before "
                                  "sending it again");
}

} // namespace

client::client(std::vector<socket_place> places, client_options options)
    : places_(std::move(places)), options_(options) {}

result<reply> client::send(const call& what) {
    return perform(places_, options_, what, duration::zero(), nullptr);
}

result<reply> client::follow(const call& what, duration idle, const line_sink& on_line) {
    return perform(places_, options_, what, idle, &on_line);
}

std::string client::where() const {
    const auto chosen = choose_socket(places_);
    return chosen ? *chosen : places_.empty() ? std::string() : places_.front().path;
}

} // namespace headspace::admin
