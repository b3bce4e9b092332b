// Bytes in, requests out: HTTP/1.1 taken apart within limits. Pure; sockets and time are the
// session's business. Internal to the server.
#pragma once

#include "base/error.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace headspace::admin {

struct request_head {
    std::string_view method; // a literal; "GET" for HEAD; "" for one we do not know
    bool head_only = false;  // HEAD: the answer has no body
    std::string target;
    std::string accept;
    std::string host;
    bool has_host = false;
    bool several_hosts = false;
    bool has_origin = false;
    bool keep_alive = false;
    bool http11 = true;
    bool expects_continue = false;
    bool has_body = false;
    std::optional<std::uint64_t> content_length;
};

class request_reader {
public:
    enum class step {
        need_more, // read into prepare(), then commit()
        header,    // head() is there; allow_body() comes next
        done,      // take_body(), then next()
        failed,    // failure(); the connection cannot go on
    };

    /// Bytes: of a header, and what one read may take.
    explicit request_reader(std::size_t header_limit, std::size_t read_size);
    ~request_reader();

    [[nodiscard]] std::span<char> prepare();
    void commit(std::size_t count);
    [[nodiscard]] step advance();

    [[nodiscard]] const request_head& head() const noexcept;
    void allow_body(std::size_t limit);
    [[nodiscard]] std::string take_body();
    [[nodiscard]] const error& failure() const noexcept;

    /// Ready for the next request; bytes that already arrived are kept.
    void next();
    [[nodiscard]] bool has_bytes() const noexcept;

private:
    struct impl;
    std::unique_ptr<impl> impl_;
};

} // namespace headspace::admin
