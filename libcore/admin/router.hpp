// Which handler answers a method and a path. Pure.
#pragma once

#include "admin/message.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace headspace::admin {

struct route_options {
    bool files = false; // the body holds migration files: limits::files_limit instead of body_limit
    std::optional<bool> changes = {}; // needs an operator and is reported; default: all but GET
};

struct route {
    std::string method;
    std::vector<std::string> segments; // "{name}" captures one
    scope reach = scope::admin;
    std::variant<handler, plain_handler> run;
    bool files = false;
    bool changes = false;

    /// As it was added: "/v1/operations/{id}".
    [[nodiscard]] std::string path() const;
};

class router {
public:
    /// `path` like "/v1/operations/{id}". A GET route answers HEAD too. Throws std::logic_error for
    /// a second route of the same method and path, and for a public route that is no GET.
    void add(std::string_view method, std::string_view path, scope reach, handler run,
             route_options options = {});
    void add(std::string_view method, std::string_view path, scope reach, plain_handler run,
             route_options options = {});

    struct match {
        const route* found = nullptr;
        std::string allow; // not found though the path exists: the Allow header
    };
    /// `path` without the query. Fills `captures` of `req`. A literal segment beats a capture.
    [[nodiscard]] match find(std::string_view method, std::string_view path, scope reach,
                             request& req) const;

private:
    void insert(route r, std::string_view path);
    std::vector<route> routes_;
};

/// %41 and, in a query, + decoded; nothing when the escapes are broken or do not give UTF-8.
[[nodiscard]] std::optional<std::string> percent_decode(std::string_view text, bool query);

/// "/a/b?x=1&y" taken apart into req.path and req.query; false when the escapes are broken or the
/// target is no absolute path.
[[nodiscard]] bool split_target(std::string_view target, request& req);

/// A path as messages and logs may show it: 200 characters at most, only printable ASCII.
[[nodiscard]] std::string shown(std::string_view path);

} // namespace headspace::admin
