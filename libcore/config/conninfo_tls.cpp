// Which hosts a password may travel to without TLS when nobody said anything about it: those that
// are not reached over the internet.
#include "base/text.hpp"
#include "config/conninfo.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <cstdint>
#include <cstring>

namespace headspace::config {

namespace {

constexpr std::array<std::string_view, 6> local_suffixes{".local", ".internal",    ".lan",
                                                         ".svc",   ".localdomain", ".home.arpa"};

/// Loopback, RFC 1918, link-local.
bool is_private(std::uint32_t v4) {
    return v4 >> 24 == 127 || v4 >> 24 == 10 || v4 >> 20 == 0xAC1 || v4 >> 16 == 0xC0A8 ||
           v4 >> 16 == 0xA9FE;
}

/// ::1, fc00::/7, fe80::/10, and IPv4 in its mapped form.
bool is_private(const std::array<std::uint8_t, 16>& v6) {
    std::array<std::uint8_t, 16> loopback{};
    loopback[15] = 1;
    if (v6 == loopback || (v6[0] & 0xFE) == 0xFC || (v6[0] == 0xFE && (v6[1] & 0xC0) == 0x80))
        return true;
    constexpr std::array<std::uint8_t, 12> mapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};
    if (!std::equal(mapped.begin(), mapped.end(), v6.begin()))
        return false;
    std::uint32_t v4 = 0;
    std::memcpy(&v4, v6.data() + 12, sizeof v4);
    return is_private(ntohl(v4));
}

bool is_local_name(std::string name) {
    name = to_lower(name);
    if (name.ends_with('.'))
        name.pop_back();
    if (name.find('.') == std::string::npos)
        // "134744072" and "0x8080808" have no dot and are 8.8.8.8 to the resolver.
        return name.find_first_not_of("0123456789") != std::string::npos && !name.starts_with("0x");
    return std::any_of(local_suffixes.begin(), local_suffixes.end(),
                       [&](std::string_view suffix) { return name.ends_with(suffix); });
}

} // namespace

std::string default_sslmode(const host_entry& host) {
    const std::string& name = host.hostaddr.empty() ? host.host : host.hostaddr;
    if (name.empty() || name.starts_with('/'))
        return "prefer";
    const std::string bare = name.substr(0, name.find('%'));
    in_addr v4{};
    if (::inet_pton(AF_INET, bare.c_str(), &v4) == 1)
        return is_private(ntohl(v4.s_addr)) ? "prefer" : "require";
    std::array<std::uint8_t, 16> v6{};
    if (::inet_pton(AF_INET6, bare.c_str(), v6.data()) == 1)
        return is_private(v6) ? "prefer" : "require";
    return is_local_name(name) ? "prefer" : "require";
}

} // namespace headspace::config
