#include "admin/router.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>

namespace headspace::admin {

namespace {

/// Deeper than any route of ours.
constexpr std::size_t deepest = 8;

struct segments {
    std::array<std::string_view, deepest> parts;
    std::size_t count = 0;
    bool too_deep = false;
};

/// "/a/b" is a, b. "/" is one empty segment, as is a slash at the end: neither is left out.
segments take_apart(std::string_view path) {
    segments out;
    while (!path.empty()) {
        path.remove_prefix(1);
        const std::string_view part = path.substr(0, path.find('/'));
        if (out.count == deepest) {
            out.too_deep = true;
            return out;
        }
        out.parts[out.count++] = part;
        path.remove_prefix(part.size());
    }
    return out;
}

bool is_capture(std::string_view segment) {
    return segment.size() > 2 && segment.front() == '{' && segment.back() == '}';
}

bool fits(const route& r, const segments& path) {
    if (path.too_deep || r.segments.size() != path.count)
        return false;
    for (std::size_t i = 0; i < path.count; ++i)
        if (is_capture(r.segments[i]) ? path.parts[i].empty() : r.segments[i] != path.parts[i])
            return false;
    return true;
}

/// Fewer captures first, so that /v1/migrations/upgrade beats /v1/migrations/{revision}.
std::ptrdiff_t captures_in(const route& r) {
    return std::count_if(r.segments.begin(), r.segments.end(), is_capture);
}

int hex(char c) {
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

} // namespace

std::string route::path() const {
    std::string out;
    for (const std::string& segment : segments)
        out += "/" + segment;
    return out;
}

void router::insert(route r, std::string_view path) {
    const segments parts = take_apart(path);
    const std::string name = r.method + " " + std::string(path);
    if (path.empty() || path.front() != '/' || parts.too_deep)
        throw std::logic_error("not a path for a route: " + name);
    if (r.reach == scope::publicly && (r.method != "GET" || r.changes))
        throw std::logic_error("a public route that is more than a GET: " + name);
    r.segments.assign(parts.parts.begin(), parts.parts.begin() + parts.count);
    for (const route& other : routes_)
        if (other.method == r.method && other.segments == r.segments)
            throw std::logic_error("two routes for " + name);
    const auto place =
        std::upper_bound(routes_.begin(), routes_.end(), r, [](const route& a, const route& b) {
            return captures_in(a) < captures_in(b);
        });
    routes_.insert(place, std::move(r));
}

void router::add(std::string_view method, std::string_view path, scope reach, handler run,
                 route_options options) {
    insert({std::string(method),
            {},
            reach,
            std::move(run),
            options.files,
            options.changes.value_or(method != "GET")},
           path);
}

void router::add(std::string_view method, std::string_view path, scope reach, plain_handler run,
                 route_options options) {
    insert({std::string(method),
            {},
            reach,
            std::move(run),
            options.files,
            options.changes.value_or(method != "GET")},
           path);
}

router::match router::find(std::string_view method, std::string_view path, scope reach,
                           request& req) const {
    match out;
    const segments parts = take_apart(path);
    for (const route& r : routes_) {
        if ((reach == scope::publicly && r.reach != scope::publicly) || !fits(r, parts))
            continue;
        if (r.method != method) {
            out.allow += (out.allow.empty() ? "" : ", ") + r.method;
            out.allow += r.method == "GET" ? ", HEAD" : "";
            continue;
        }
        for (std::size_t i = 0; i < parts.count; ++i) {
            if (!is_capture(r.segments[i]))
                continue;
            auto decoded = percent_decode(parts.parts[i], false);
            if (!decoded)
                return {};
            const std::string_view name = r.segments[i];
            req.captures.emplace_back(name.substr(1, name.size() - 2), std::move(*decoded));
        }
        out.found = &r;
        return out;
    }
    return out;
}

std::optional<std::string> percent_decode(std::string_view text, bool query) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '%') {
            if (i + 2 >= text.size())
                return std::nullopt;
            const int high = hex(text[i + 1]);
            const int low = hex(text[i + 2]);
            if (high < 0 || low < 0)
                return std::nullopt;
            out += static_cast<char>(high * 16 + low);
            i += 2;
        } else {
            out += query && text[i] == '+' ? ' ' : text[i];
        }
    }
    if (!is_utf8(out))
        return std::nullopt;
    return out;
}

std::string shown(std::string_view path) {
    constexpr std::size_t longest = 200;
    std::string out(path.substr(0, longest));
    std::replace_if(
        out.begin(), out.end(), [](char c) { return c < ' ' || c > '~'; }, '?');
    if (path.size() > longest)
        out.append("...");
    return out;
}

bool split_target(std::string_view target, request& req) {
    if (target.empty() || target.front() != '/')
        return false;
    const std::size_t mark = target.find('?');
    req.path = target.substr(0, mark);
    if (mark == std::string_view::npos)
        return true;
    for (const std::string& pair : split(target.substr(mark + 1), '&')) {
        if (pair.empty())
            continue;
        const std::size_t equals = pair.find('=');
        auto name = percent_decode(std::string_view(pair).substr(0, equals), true);
        auto value =
            percent_decode(equals == std::string::npos ? std::string_view{}
                                                       : std::string_view(pair).substr(equals + 1),
                           true);
        if (!name || !value)
            return false;
        req.query.insert_or_assign(std::move(*name), std::move(*value));
    }
    return true;
}

} // namespace headspace::admin
