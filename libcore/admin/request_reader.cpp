#include "admin/request_reader.hpp"

#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/rfc7230.hpp>
#include <boost/beast/http/string_body.hpp>

#include <utility>

namespace headspace::admin {

namespace beast = boost::beast;
namespace http = boost::beast::http;

namespace {

std::string_view literal(http::verb method) {
    switch (method) {
    case http::verb::get:
    case http::verb::head:
        return "GET";
    case http::verb::post:
        return "POST";
    case http::verb::put:
        return "PUT";
    case http::verb::delete_:
        return "DELETE";
    default:
        return "";
    }
}

std::string text(beast::string_view view) {
    return {view.data(), view.size()};
}

error failure_of(boost::system::error_code ec, std::size_t header_limit, std::size_t body_limit) {
    if (ec == http::error::header_limit)
        return make_error(errc::header_too_large, error_class::refuse,
                          "the request's header is longer than " + std::to_string(header_limit) +
                              " bytes");
    if (ec == http::error::body_limit)
        return make_error(errc::body_too_large, error_class::refuse,
                          "the request's body is longer than " + std::to_string(body_limit) +
                              " bytes");
    return make_error(errc::bad_request, error_class::refuse,
                      "this is no HTTP request (" + ec.message() + ")",
                      "the admin socket speaks HTTP/1.1: curl --unix-socket PATH "
                      "http://localhost/health");
}

} // namespace

struct request_reader::impl {
    using parser_type = http::request_parser<http::string_body>;

    impl(std::size_t header, std::size_t read) : header_limit(header), read_size(read) {}

    void begin() {
        parser.emplace();
        parser->eager(false); // stop behind the header: the body's limit depends on the route
        parser->header_limit(static_cast<std::uint32_t>(header_limit));
        parser->body_limit(boost::none);
        head_taken = false;
    }

    void take_head() {
        const auto& message = parser->get();
        head = {};
        head.method = literal(message.method());
        head.head_only = message.method() == http::verb::head;
        head.target = text(message.target());
        head.accept = text(message[http::field::accept]);
        if (const auto host = message.find(http::field::host); host != message.end()) {
            head.has_host = true;
            head.host = text(host->value());
            head.several_hosts = message.count(http::field::host) > 1;
        }
        head.has_origin = message.count(http::field::origin) > 0;
        head.keep_alive = parser->keep_alive();
        head.http11 = message.version() >= 11;
        head.expects_continue =
            head.http11 && beast::iequals(message[http::field::expect], "100-continue");
        if (const auto length = parser->content_length())
            head.content_length = *length;
        head.has_body = parser->chunked() || head.content_length.value_or(0) > 0;
        head_taken = true;
    }

    step fail(boost::system::error_code ec) {
        problem = failure_of(ec, header_limit, body_limit);
        return step::failed;
    }

    std::size_t header_limit;
    std::size_t body_limit = 0;
    std::size_t read_size;
    beast::flat_buffer buffer;
    std::optional<parser_type> parser;
    bool head_taken = false;
    request_head head;
    error problem;
};

request_reader::request_reader(std::size_t header_limit, std::size_t read_size)
    : impl_(std::make_unique<impl>(header_limit, read_size)) {
    impl_->begin();
}
request_reader::~request_reader() = default;

std::span<char> request_reader::prepare() {
    const auto room = impl_->buffer.prepare(impl_->read_size);
    return {static_cast<char*>(room.data()), room.size()};
}

void request_reader::commit(std::size_t count) {
    impl_->buffer.commit(count);
}

request_reader::step request_reader::advance() {
    impl& my = *impl_;
    auto& parser = *my.parser;
    for (;;) {
        if (parser.is_done() && my.head_taken)
            return step::done;
        boost::system::error_code ec;
        const std::size_t used = parser.put(my.buffer.data(), ec);
        my.buffer.consume(used);
        if (ec == http::error::need_more) {
            // A header without an end: what has arrived is already more than it may have.
            if (!parser.is_header_done() && my.buffer.size() > my.header_limit)
                return my.fail(http::error::header_limit);
            return step::need_more;
        }
        if (ec)
            return my.fail(ec);
        if (parser.is_header_done() && !my.head_taken) {
            my.take_head();
            parser.eager(true);
            return step::header;
        }
        if (!parser.is_done() && my.buffer.size() == 0)
            return step::need_more;
    }
}

const request_head& request_reader::head() const noexcept {
    return impl_->head;
}

void request_reader::allow_body(std::size_t limit) {
    impl_->body_limit = limit;
    impl_->parser->body_limit(limit);
}

std::string request_reader::take_body() {
    return std::move(impl_->parser->get().body());
}

const error& request_reader::failure() const noexcept {
    return impl_->problem;
}

void request_reader::next() {
    impl_->begin();
}

bool request_reader::has_bytes() const noexcept {
    return impl_->buffer.size() > 0;
}

} // namespace headspace::admin
