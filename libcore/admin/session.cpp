#include "admin/session.hpp"

#include "base/loopback.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/write.hpp>

#include <algorithm>
#include <array>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

namespace headspace::admin {

namespace {

/// What one read takes at most; also the memory of an idle connection.
constexpr std::size_t read_size = 4096;
/// A body up to this is copied behind its header, so that both leave in one system call.
constexpr std::size_t joined_size = 16 * 1024;

peer peer_of(int fd, bool local) {
    peer out;
    ucred credentials{};
    socklen_t size = sizeof credentials;
    if (!local || ::getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &credentials, &size) != 0)
        return out;
    out.uid = credentials.uid;
    out.gid = credentials.gid;
    out.pid = credentials.pid;
    out.local = true;
    return out;
}

int family_of(int fd) {
    sockaddr_storage address{};
    socklen_t size = sizeof address;
    return ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) == 0 ? address.ss_family
                                                                                : AF_UNIX;
}

response bad_request(std::string what, std::string hint = {}) {
    return problem_response(
        make_error(errc::bad_request, error_class::refuse, std::move(what), std::move(hint)));
}

response too_large(std::size_t limit) {
    return problem_response(
        make_error(errc::body_too_large, error_class::refuse,
                   "the request's body is longer than " + std::to_string(limit) + " bytes"));
}

response with_status(int status, std::string what) {
    response out = problem_response(
        make_error(errc::bad_request, error_class::refuse, std::move(what)), {{"status", status}});
    out.status = status;
    return out;
}

/// Loopback TCP is open to every program of this host, and so to every web page in its browser.
std::optional<response> objection_to_foreigner(const request_head& head) {
    if (head.has_origin)
        return with_status(403,
                           "requests of web pages are refused (this one has an Origin header)");
    if (!is_loopback_host(head.host))
        return with_status(421, "the Host header must be localhost, 127.0.0.1 or [::1]");
    if (head.method == "GET")
        return std::nullopt;
    response out = problem_response(
        make_error(errc::method_not_allowed, error_class::refuse, "nothing can be changed over TCP",
                   "the admin socket takes such requests (headspacectl)"));
    out.headers.emplace_back("Allow", "GET, HEAD");
    return out;
}

response request_timed_out() {
    response out = problem_response(
        make_error(errc::timed_out, error_class::refuse, "the request did not arrive in time"),
        {{"status", 408}});
    out.status = 408;
    return out;
}

} // namespace

session::session(std::shared_ptr<server::impl> server, int fd, scope reach, bool local)
    : server_(std::move(server)), socket_(server_->executor), reach_(reach), local_(local),
      peer_(peer_of(fd, local)), reader_(server_->bounds.header_limit, read_size),
      since_(clock::now()) {
    if (!local) {
        const int on = 1;
        ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    }
    socket_.assign(asio::generic::stream_protocol(family_of(fd), 0), fd);
}

void session::start() {
    enter(phase::idle, server_->bounds.idle_timeout);
    asio::co_spawn(server_->executor, run(),
                   asio::bind_cancellation_slot(
                       cancel_.slot(), [self = shared_from_this()](std::exception_ptr failure) {
                           self->server_->ended(self.get(), self->gone_ ? nullptr : failure);
                       }));
}

bool session::dispensable() const noexcept {
    return phase_ == phase::idle || phase_ == phase::lingering;
}

void session::retire() {
    retired_ = true;
    if (dispensable())
        abort();
}

void session::enter(phase next, duration allowed) {
    phase_ = next;
    since_ = clock::now();
    deadline_ = allowed == duration::max() ? time_point::max() : since_ + allowed;
}

void session::expire() {
    deadline_ = time_point::max();
    if (phase_ == phase::reading) {
        timed_out_ = true; // the reader wakes up and says so
        error_code ignored;
        socket_.cancel(ignored);
    } else {
        abort();
    }
}

void session::abort() {
    gone_ = true;
    error_code ignored;
    socket_.close(ignored);
    cancel_.emit(asio::cancellation_type::terminal);
}

asio::awaitable<void> session::run() {
    bool again = true;
    while (again && !gone_ && !retired_) {
        reader_.next();
        route_ = nullptr;
        again = co_await read_header();
        if (again)
            again = co_await answer_one();
    }
    error_code ignored;
    socket_.close(ignored);
}

asio::awaitable<bool> session::read_header() {
    if (reader_.has_bytes())
        enter(phase::reading, server_->bounds.request_timeout);
    else
        enter(phase::idle, server_->bounds.idle_timeout);
    for (;;) {
        const auto step = reader_.advance();
        if (step == request_reader::step::header)
            co_return true;
        if (step == request_reader::step::failed)
            co_return co_await refuse(problem_response(reader_.failure()));
        if (server_->stopping && phase_ == phase::idle)
            co_return false;
        const auto room = reader_.prepare();
        auto [ec, count] =
            co_await socket_.async_read_some(asio::buffer(room.data(), room.size()), as_result);
        if (timed_out_)
            co_return co_await refuse(request_timed_out());
        if (ec)
            co_return false;
        if (phase_ == phase::idle)
            enter(phase::reading, server_->bounds.request_timeout);
        reader_.commit(count);
    }
}

/// False when the connection is over; what was to be said about it has been said.
asio::awaitable<bool> session::read_body(const route* to) {
    const request_head& head = reader_.head();
    const std::size_t limit = to->files ? server_->bounds.files_limit : server_->bounds.body_limit;
    if (head.content_length.value_or(0) > limit)
        co_return co_await refuse(too_large(limit));
    reader_.allow_body(limit);
    if (head.expects_continue && head.has_body && !reader_.has_bytes()) {
        static constexpr std::string_view go_on = "HTTP/1.1 100 Continue\r\n\r\n";
        auto [ec, count] = co_await asio::async_write(
            socket_, asio::buffer(go_on.data(), go_on.size()), as_result);
        if (ec)
            co_return false;
    }
    for (;;) {
        const auto step = reader_.advance();
        if (step == request_reader::step::done)
            co_return true;
        if (step == request_reader::step::failed)
            co_return co_await refuse(problem_response(reader_.failure()));
        const auto room = reader_.prepare();
        auto [ec, count] =
            co_await socket_.async_read_some(asio::buffer(room.data(), room.size()), as_result);
        if (timed_out_)
            co_return co_await refuse(request_timed_out());
        if (ec)
            co_return false;
        reader_.commit(count);
    }
}

/// What speaks against the request before anybody looks at it; fills `found`.
std::optional<response> session::objection(request& req, router::match& found) {
    const request_head& head = reader_.head();
    if (!split_target(head.target, req))
        return bad_request("the request's target is not valid", "a path such as /health");
    if ((head.http11 && !head.has_host) || head.several_hosts)
        return bad_request(head.has_host ? "there is more than one Host header"
                                         : "the Host header is missing");
    if (!local_)
        if (auto objected = objection_to_foreigner(head))
            return objected;
    found = server_->routes.find(head.method, req.path, reach_, req);
    route_ = found.found;
    line_ = {head.method, req.path, found.found != nullptr && found.found->changes};
    if (found.found == nullptr && !found.allow.empty()) {
        response out = problem_response(make_error(errc::method_not_allowed, error_class::refuse,
                                                   shown(req.path) + " takes " + found.allow));
        out.headers.emplace_back("Allow", std::move(found.allow));
        return out;
    }
    if (found.found == nullptr)
        return problem_response(
            make_error(errc::not_found, error_class::refuse, "there is no " + shown(req.path)));
    if (line_.changes && server_->is_operator && !server_->is_operator(peer_))
        return problem_response(make_error(
            errc::not_operator, error_class::refuse,
            "uid " + std::to_string(peer_.uid) + " is not an operator of this daemon",
            "reading is allowed; to change things, root adds \"" + std::to_string(peer_.uid) +
                "\" or the user's name to [admin].operators and reloads headspaced"));
    return std::nullopt;
}

asio::awaitable<bool> session::answer_one() {
    request req;
    req.method = reader_.head().method;
    req.accept = reader_.head().accept;
    req.from = peer_;
    req.listener = reach_;
    router::match found;
    line_ = {};
    ++server_->numbers.requests;
    if (auto objected = objection(req, found)) {
        server_->report(line_, peer_, objected->status);
        co_return co_await refuse_request(std::move(*objected));
    }
    const bool complete = co_await read_body(found.found);
    if (!complete)
        co_return false;
    const bool keep = reader_.head().keep_alive;
    req.body = reader_.take_body();
    enter(phase::running, duration::max());
    response answer;
    if (const auto* plain = std::get_if<plain_handler>(&found.found->run))
        answer = run_plain(*plain, req);
    else
        answer = co_await run_coroutine(found.found, std::move(req));
    server_->report(line_, peer_, answer.status);
    const bool keep_alive = keep && !broken_ && !retired_ && !server_->stopping;
    if (answer.stream && !reader_.head().head_only)
        co_return co_await stream(std::move(answer));
    co_return co_await write(std::move(answer), keep_alive);
}

response session::failed(const std::string& what) {
    broken_ = true;
    server_->report_failure(line_, what);
    return problem_response(make_error(errc::internal, error_class::bug,
                                       "the request failed inside headspaced",
                                       "its log says more"));
}

response session::run_plain(const plain_handler& run, const request& req) {
    try {
        return run(req);
    } catch (const std::exception& e) {
        return failed(e.what());
    }
}

asio::awaitable<response> session::run_coroutine(const route* to, request req) {
    std::string what;
    try {
        co_return co_await std::get<handler>(to->run)(std::move(req));
    } catch (const std::exception& e) {
        if (gone_) // cancelled by us
            throw;
        what = e.what();
    }
    co_return failed(what);
}

asio::awaitable<bool> session::write(response answer, bool keep_alive) {
    enter(phase::writing, server_->bounds.idle_timeout);
    server_->count(route_, answer.status);
    if (answer.status >= 500)
        ++server_->numbers.server_errors;
    else if (answer.status >= 400)
        ++server_->numbers.client_errors;
    const bool head_only = reader_.head().head_only;
    out_.clear();
    append_head(out_, answer, framing::length, keep_alive, server_->date());
    const bool joined = answer.body.size() <= joined_size;
    if (!head_only && joined)
        out_ += answer.body;
    const std::array<asio::const_buffer, 2> pieces{
        asio::buffer(out_), head_only || joined ? asio::const_buffer() : asio::buffer(answer.body)};
    auto [ec, count] = co_await asio::async_write(socket_, pieces, as_result);
    co_return !ec && keep_alive;
}

/// The request was understood but is not wanted; its body, if there is one, is not waited for.
asio::awaitable<bool> session::refuse_request(response answer) {
    const request_head& head = reader_.head();
    if (head.has_body)
        co_return co_await refuse(std::move(answer));
    reader_.allow_body(0);
    const bool keep_alive =
        head.keep_alive && !server_->stopping && reader_.advance() == request_reader::step::done;
    co_return co_await write(std::move(answer), keep_alive);
}

/// Says why and ends the connection. Closing with unread bytes would reset it before the client has
/// read the answer, so reading goes on until it hangs up or its time is over.
asio::awaitable<bool> session::refuse(response answer) {
    co_await write(std::move(answer), false);
    co_await linger();
    co_return false;
}

asio::awaitable<void> session::linger() {
    enter(phase::lingering, server_->bounds.request_timeout);
    error_code ec;
    socket_.shutdown(asio::socket_base::shutdown_send, ec);
    std::array<char, read_size> ignored{};
    while (!ec) {
        auto [failure, count] = co_await socket_.async_read_some(asio::buffer(ignored), as_result);
        ec = failure;
    }
}

} // namespace headspace::admin
