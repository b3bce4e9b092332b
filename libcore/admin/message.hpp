// What travels over the admin socket as handlers see it: a request, its sender, the answer. Knows
// neither Beast nor sockets.
#pragma once

#include "base/error.hpp"
#include "io/asio.hpp"

#include <boost/json/value.hpp>

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <map>
#include <string>
#include <string_view>
#include <sys/types.h>
#include <utility>
#include <vector>

namespace headspace::admin {

/// Who may reach a route: `admin` is the Unix socket, `publicly` loopback TCP as well.
enum class scope : std::uint8_t { admin, publicly };

/// The other end of a connection, as the kernel names it (SO_PEERCRED); nobody for TCP.
struct peer {
    uid_t uid = static_cast<uid_t>(-1);
    gid_t gid = static_cast<gid_t>(-1);
    pid_t pid = 0;
    bool local = false; // a Unix socket: uid, gid and pid are true
};

struct request {
    std::string_view method; // "GET" (also for HEAD), "POST", "PUT", "DELETE"; a literal
    std::string path;        // percent-encoded as sent, without the query
    std::map<std::string, std::string> query;                  // decoded
    std::vector<std::pair<std::string, std::string>> captures; // by {name} of the route, decoded
    std::string accept;                                        // the Accept header, or empty
    std::string body;
    peer from;
    scope listener = scope::admin; // where it came in

    /// The decoded part of the path that matched {name}; empty when the route has none.
    [[nodiscard]] std::string_view capture(std::string_view name) const;
    /// The value of ?name=, or empty.
    [[nodiscard]] std::string_view parameter(std::string_view name) const;
    /// The client asked for application/x-ndjson.
    [[nodiscard]] bool wants_ndjson() const;
};

/// The body as an object; an empty body is an empty object. Errors: bad_request for what is no JSON
/// object, and for a member that is not in `known` (with the one that was probably meant).
result<boost::json::object> body_object(const request& req,
                                        std::initializer_list<std::string_view> known);

/// One NDJSON stream. Lines are queued, so a slow reader holds nobody up; one that falls behind by
/// limits::stream_limit is cut off. Valid while the stream body's coroutine runs, on its executor.
class stream_writer {
public:
    virtual ~stream_writer() = default;
    /// Queues one line (the newline is added). False: the client is gone or too slow, stop writing.
    virtual bool send(std::string_view line) = 0;
    [[nodiscard]] virtual bool closed() const noexcept = 0;
    /// The same for a coroutine.
    asio::awaitable<bool> write(std::string line) { co_return send(line); }
};

/// Writes the lines of a stream and returns at its end. When the client goes away while it waits,
/// it is cancelled (terminal): what it awaits ends with operation_aborted. A stream without an end
/// of its own (events) must return when the daemon begins to drain, or server::stop waits for it to
/// its deadline.
using stream_body = std::function<asio::awaitable<void>(stream_writer&)>;

struct response {
    int status = 200;
    std::string_view content_type = "application/json"; // a literal
    std::string body;
    std::vector<std::pair<std::string, std::string>> headers; // besides length, type, connection
    stream_body stream;                                       // when set, `body` is not used
};

/// Handlers run on the server's executor, one at a time for a connection. An exception becomes a
/// 500 and ends that connection only. A coroutine takes its request by value.
using handler = std::function<asio::awaitable<response>(request)>;
/// For answers that need no waiting: no coroutine, nothing allocated.
using plain_handler = std::function<response(const request&)>;

[[nodiscard]] response json_response(const boost::json::value& value, int status = 200);
[[nodiscard]] response text_response(std::string text, int status = 200);
/// application/x-ndjson.
[[nodiscard]] response stream_response(stream_body body);
/// 202 with Location: /v1/operations/{id}.
[[nodiscard]] response accepted_response(std::string_view operation_id,
                                         const boost::json::value& value);

/// RFC 9457: type urn:headspace:problem:NAME, title, status, detail, code, exit_code, and hint,
/// diff, sqlstate, file, line where the error has them; `more` adds members of its own.
[[nodiscard]] boost::json::object problem_object(const error& e);
[[nodiscard]] response problem_response(const error& e, boost::json::object more = {});

} // namespace headspace::admin
