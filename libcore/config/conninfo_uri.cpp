// postgresql://[user[:password]@][host[:port][,...]][/database][?keyword=value[&...]], read as
// libpq reads it (fe-connect.c, conninfo_uri_parse_options), but refusing what libpq takes apart
// wrongly when a password is not percent-encoded: there pieces of it end up in host, port or
// database name.
#include "base/text.hpp"
#include "config/conninfo_parts.hpp"

#include <algorithm>

namespace headspace::config {

namespace {

constexpr std::string_view looks_unencoded =
    "the password seems to contain '@', '/', '%' or ':' that is not percent-encoded";

int hex_digit(char c) {
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

class uri_parser {
public:
    uri_parser(std::string_view text, std::string_view label)
        : whole_(text), rest_(text), label_(label) {}

    result<conninfo_fields> run() {
        if (!parse_userinfo() || !parse_authority() || !parse_path() || !parse_query())
            return failure_;
        return std::move(fields_);
    }

private:
    bool fail(std::string message, std::string_view hint = {}) {
        return fail_at(rest_, std::move(message), hint);
    }
    /// `piece` is a part of the text.
    bool fail_at(std::string_view piece, std::string message, std::string_view hint = {}) {
        failure_ = conninfo_error(label_, std::move(message), std::string(hint));
        failure_.position = position_of(piece);
        return false;
    }
    [[nodiscard]] std::uint32_t position_of(std::string_view piece) const {
        return static_cast<std::uint32_t>(piece.data() - whole_.data()) + 1;
    }

    /// Appends the decoded `text` to `out`. '+' stays a plus sign.
    bool decode(std::string_view text, std::string& out) {
        for (std::size_t i = 0; i < text.size(); ++i) {
            if (text[i] != '%') {
                out += text[i];
                continue;
            }
            const int high = i + 2 < text.size() ? hex_digit(text[i + 1]) : -1;
            const int low = i + 2 < text.size() ? hex_digit(text[i + 2]) : -1;
            if (high < 0 || low < 0)
                return fail_at(text.substr(i), "a '%' is not followed by two hexadecimal digits",
                               encode_hint);
            if (high == 0 && low == 0)
                return fail_at(text.substr(i), "%00 is not allowed");
            out += static_cast<char>(high * 16 + low);
            i += 2;
        }
        return true;
    }

    bool add(std::string_view keyword, std::string_view encoded) {
        std::string value;
        const bool ok = decode(encoded, value);
        if (ok)
            fields_.push_back({std::string(keyword), secret(value), position_of(encoded)});
        wipe(value);
        return ok;
    }

    /// Everything before the first '@', if that comes before the first '/'. As in libpq, '?' and
    /// '#' do not end it.
    bool parse_userinfo() {
        const auto at = rest_.find_first_of("@/");
        if (at == std::string_view::npos || rest_[at] != '@')
            return true;
        const std::string_view userinfo = rest_.substr(0, at);
        rest_.remove_prefix(at + 1);
        const auto colon = userinfo.find(':');
        if (!userinfo.substr(0, colon).empty() && !add("user", userinfo.substr(0, colon)))
            return false;
        if (colon == std::string_view::npos || colon + 1 == userinfo.size())
            return true; // "user:@host" sets no password
        return add("password", userinfo.substr(colon + 1));
    }

    bool parse_authority() {
        // Whatever follows the hosts: an '@' there, before the parameters, was meant to end a
        // password.
        const std::string_view before_query = rest_.substr(0, rest_.find('?'));
        const auto stray = before_query.find('@');
        if (stray != std::string_view::npos) {
            const auto comma = before_query.find(',');
            if (comma < stray && before_query.find('/') > stray)
                return fail_at(rest_.substr(stray),
                               "there is one user:password for all hosts, before the first of them",
                               encode_hint);
            return fail_at(rest_.substr(stray), std::string(looks_unencoded), encode_hint);
        }
        std::string hosts, ports;
        const std::uint32_t begin = position_of(rest_);
        for (bool first = true;; first = false) {
            if (!first) {
                hosts += ',';
                ports += ',';
                rest_.remove_prefix(1);
            }
            if (!parse_host(hosts, ports))
                return false;
            if (rest_.empty() || rest_.front() != ',')
                break;
        }
        if (hosts.find_first_not_of(',') != std::string::npos)
            fields_.push_back({"host", secret(hosts), begin});
        else if (!hosts.empty())
            return fail("the list of hosts is empty");
        if (ports.find_first_not_of(',') != std::string::npos)
            fields_.push_back({"port", secret(ports), begin});
        return true;
    }

    bool parse_host(std::string& hosts, std::string& ports) {
        if (rest_.starts_with('[')) {
            const auto close = rest_.find(']');
            if (close == std::string_view::npos || close == 1 || close > rest_.find_first_of("/?"))
                return fail("an IPv6 address is not complete", bracket_hint);
            std::string address;
            if (!decode(rest_.substr(1, close - 1), address))
                return false;
            if (address.find(':') == std::string::npos || address.find(',') != std::string::npos)
                return fail("what is in brackets is not an IPv6 address", bracket_hint);
            hosts += address;
            rest_.remove_prefix(close + 1);
            if (!rest_.empty() && std::string_view(":/?,").find(rest_.front()) == rest_.npos)
                return fail("only a port may follow an IPv6 address", bracket_hint);
        } else {
            const std::string_view element = rest_.substr(0, rest_.find_first_of("/?,"));
            if (std::count(element.begin(), element.end(), ':') > 1) {
                const bool address =
                    element.find_first_not_of("0123456789abcdefABCDEF:.") == std::string_view::npos;
                return address ? fail("an IPv6 address is not in brackets", bracket_hint)
                               : fail("there is more than one ':' in a host", encode_hint);
            }
            const auto end = std::min(rest_.find_first_of(":/?,"), rest_.size());
            if (!decode(rest_.substr(0, end), hosts))
                return false;
            rest_.remove_prefix(end);
        }
        if (!rest_.starts_with(':'))
            return true;
        rest_.remove_prefix(1);
        const auto end = std::min(rest_.find_first_of("/?,"), rest_.size());
        std::string port;
        if (!decode(rest_.substr(0, end), port))
            return false;
        if (!port.empty() && parse_port(port) == 0)
            return fail("a port must be a number from 1 to 65535", encode_hint);
        ports += port;
        rest_.remove_prefix(end);
        return true;
    }

    bool parse_path() {
        if (!rest_.starts_with('/'))
            return true;
        const auto end = std::min(rest_.find('?'), rest_.size());
        const std::string_view name = rest_.substr(1, end - 1);
        rest_.remove_prefix(end);
        if (name.empty())
            return true;
        if (name.find('/') != std::string_view::npos)
            return fail_at(
                name.substr(name.find('/')), "the database name contains '/'",
                "a socket directory is written postgresql:///database?host=/run/postgresql; "
                "a '/' that belongs to the name or to the password is %2F");
        return add("dbname", name);
    }

    bool parse_query() {
        if (rest_.empty())
            return true;
        rest_.remove_prefix(1); // '?'
        for (std::size_t number = 1; !rest_.empty(); ++number) {
            const auto end = std::min(rest_.find('&'), rest_.size());
            const std::string_view pair = rest_.substr(0, end);
            rest_.remove_prefix(std::min(end + 1, rest_.size()));
            const auto equals = pair.find('=');
            const std::string which = "parameter " + std::to_string(number);
            if (equals == std::string_view::npos || equals == 0)
                return fail_at(pair, which + " is not of the form keyword=value");
            if (pair.find('=', equals + 1) != std::string_view::npos)
                return fail_at(pair.substr(pair.find('=', equals + 1)), which + " has a second '='",
                               "an '=' inside a value is written %3D");
            std::string keyword;
            if (!decode(pair.substr(0, equals), keyword) || !add(keyword, pair.substr(equals + 1)))
                return false;
        }
        return true;
    }

    std::string_view whole_;
    std::string_view rest_;
    std::string_view label_;
    conninfo_fields fields_;
    error failure_;
};

} // namespace

result<conninfo_fields> parse_conninfo_uri(std::string_view text, std::string_view label) {
    return uri_parser(text, label).run();
}

} // namespace headspace::config
