// The other end of the admin socket: one request at a time, blocking, each with a deadline. No
// threads, no executor.
#pragma once

#include "admin/socket_path.hpp"
#include "base/error.hpp"
#include "base/time.hpp"

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace headspace::admin {

struct call {
    std::string method = "GET";
    std::string target; // path and query
    std::string body;   // JSON, or empty
    duration timeout =
        std::chrono::seconds(10); // for the whole exchange; of follow(): to the headers
};

struct reply {
    int status = 0;
    std::string content_type;
    std::string location;
    std::string body;
};

/// What headspacectl's commands see, so that their tests need no socket.
class caller {
public:
    virtual ~caller() = default;
    /// Errors: daemon_unreachable and socket_permission, both naming the path; an HTTP error is a
    /// reply.
    virtual result<reply> send(const call& what) = 0;
    /// The same with Accept: application/x-ndjson. A reply of that type goes to `on_line` line by
    /// line (false: enough) and has an empty body; any other is returned as by send(). `idle` is
    /// the longest silence between lines; 0: for ever.
    virtual result<reply> follow(const call& what, duration idle,
                                 const std::function<bool(std::string_view)>& on_line) = 0;
    /// The socket that was chosen, for messages.
    [[nodiscard]] virtual std::string where() const = 0;
};

struct client_options {
    int restart_retries = 3; // a GET that the daemon dropped before its first byte is sent again
    duration restart_pause = std::chrono::milliseconds(100);
};

class client final : public caller {
public:
    /// Takes the first of `places` that exists.
    explicit client(std::vector<socket_place> places, client_options options = {});

    result<reply> send(const call& what) override;
    result<reply> follow(const call& what, duration idle,
                         const std::function<bool(std::string_view)>& on_line) override;
    [[nodiscard]] std::string where() const override;

private:
    std::vector<socket_place> places_;
    client_options options_;
};

} // namespace headspace::admin
