#include "base/loopback.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <charconv>

namespace headspace {

namespace {

error refuse(std::string why) {
    return make_error(errc::config_invalid, error_class::refuse, std::move(why),
                      "a loopback address and a port, such as 127.0.0.1:8433");
}

bool is_v4_loopback(const std::string& text) {
    in_addr address{};
    return ::inet_pton(AF_INET, text.c_str(), &address) == 1 &&
           (ntohl(address.s_addr) >> 24U) == 127;
}

bool is_v6_loopback(const std::string& text) {
    in6_addr address{};
    return ::inet_pton(AF_INET6, text.c_str(), &address) == 1 && IN6_IS_ADDR_LOOPBACK(&address);
}

bool is_digits(std::string_view text) {
    return !text.empty() &&
           std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

/// "[::1]" without its brackets; nothing when there are none.
std::string without_brackets(std::string_view host) {
    return host.size() > 2 && host.front() == '[' && host.back() == ']'
               ? std::string(host.substr(1, host.size() - 2))
               : std::string();
}

} // namespace

std::string loopback_endpoint::text() const {
    return (v6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

result<loopback_endpoint> parse_loopback(std::string_view text) {
    const std::size_t colon = text.rfind(':');
    if (colon == std::string_view::npos)
        return refuse("has no port");
    const std::string_view digits = text.substr(colon + 1);
    loopback_endpoint out;
    const auto [end, ec] = std::from_chars(digits.data(), digits.data() + digits.size(), out.port);
    if (ec != std::errc{} || end != digits.data() + digits.size())
        return refuse("has no valid port");
    const std::string host = to_lower(text.substr(0, colon));
    if (const std::string inner = without_brackets(host); is_v6_loopback(inner)) {
        out.host = "::1";
        out.v6 = true;
        return out;
    }
    out.host = host == "localhost" ? "127.0.0.1" : host;
    if (!is_v4_loopback(out.host))
        return refuse("is not a loopback address: this listener is for programs of this host only");
    return out;
}

bool is_loopback_host(std::string_view host) {
    constexpr std::size_t longest_port = 5;
    std::string name = to_lower(host);
    const std::size_t colon = name.rfind(':');
    if (colon != std::string::npos && name.find(']', colon) == std::string::npos) {
        const std::string_view port = std::string_view(name).substr(colon + 1);
        if (!is_digits(port) || port.size() > longest_port)
            return false;
        name.resize(colon);
    }
    return name == "localhost" || is_v4_loopback(name) || is_v6_loopback(without_brackets(name));
}

} // namespace headspace
