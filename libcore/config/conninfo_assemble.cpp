// From decoded fields to a conninfo: maps what other drivers call differently, checks every value
// that libpq would check only when it connects, and splits the lists of hosts and ports.
#include "base/text.hpp"
#include "config/conninfo_parts.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <map>

namespace headspace::config {

namespace {

// Where Debian keeps what `sslrootcert=system` means from libpq 16 on; 15 would take it as a file.
constexpr const char* system_certificates = "/etc/ssl/certs/ca-certificates.crt";

bool is_address(const std::string& text) {
    const std::string bare = text.substr(0, text.find('%'));
    unsigned char buffer[sizeof(in6_addr)];
    return ::inet_pton(AF_INET, bare.c_str(), buffer) == 1 ||
           ::inet_pton(AF_INET6, bare.c_str(), buffer) == 1;
}

class assembler {
public:
    explicit assembler(std::string_view label) : label_(label) {}

    result<parsed_conninfo> run(const conninfo_fields& fields) {
        for (std::size_t i = 0; i < fields.size(); ++i)
            if (!take(fields[i], i + 1)) {
                failure_.position = fields[i].position;
                return failure_;
            }
        if (!split_hosts()) {
            failure_.position = lists_at_;
            return failure_;
        }
        if (!use_system_certificates())
            return failure_;
        return std::move(out_);
    }

private:
    bool fail(std::string message, std::string_view hint = {}) {
        failure_ = conninfo_error(label_, std::move(message), std::string(hint));
        return false;
    }

    bool take(const conninfo_field& field, std::size_t number) {
        const std::string_view value = field.value.reveal();
        const std::string& keyword = field.keyword;
        if (keyword == "password") {
            out_.value.password = value.empty() ? std::nullopt : std::optional<secret>(field.value);
            return true;
        }
        if (keyword == "sslpassword") {
            out_.value.sslpassword = field.value;
            return true;
        }
        if (keyword == "user")
            out_.value.user = value;
        else if (keyword == "dbname")
            out_.value.database = value;
        else if (keyword == "service")
            out_.value.service = value;
        else if (keyword == "host" || keyword == "hostaddr" || keyword == "port") {
            lists_[keyword] = value;
            lists_at_ = field.position;
        } else if (keyword == "replication")
            return fail("replication connections are not for a pool", "leave replication out");
        else
            return take_parameter(keyword, value, number);
        return true;
    }

    bool take_parameter(const std::string& keyword, std::string_view value, std::size_t number) {
        if (const parameter_rule* rule = find_parameter(keyword)) {
            const std::string wrong = check_parameter(*rule, value);
            if (!wrong.empty())
                return fail(wrong);
            if (value.empty())
                out_.value.parameters.erase(keyword);
            else
                out_.value.parameters[keyword] = value;
            return true;
        }
        const mapped_parameter mapped = map_foreign_parameter(keyword, value);
        if (!mapped.keyword.empty()) {
            if (mapped.value.empty())
                return fail("the value of " + keyword + " is not known",
                            "write " + mapped.keyword + " instead");
            return take({mapped.keyword, secret(mapped.value), 0}, number);
        }
        if (is_ignored_parameter(keyword)) {
            out_.warnings.push_back(std::string(label_) + ": " + keyword +
                                    " belongs to another driver and is ignored");
            return true;
        }
        if (const int version = parameter_needs_libpq(keyword))
            return fail(keyword + " needs libpq " + std::to_string(version),
                        "leave it out, headspaced is made for libpq 15");
        // The keyword itself may be a piece of a password; only one that is nearly right is shown.
        const std::vector<std::string_view> known = all_conninfo_keywords();
        const std::string meant = did_you_mean(keyword, known);
        if (meant.empty())
            return fail("keyword number " + std::to_string(number) + " is not known");
        return fail("unknown parameter; did you mean '" + meant + "'?");
    }

    bool split_hosts() {
        if (lists_.empty())
            return true;
        const std::vector<std::string> hosts = split(lists_["host"], ',');
        const std::vector<std::string> addresses = split(lists_["hostaddr"], ',');
        const std::vector<std::string> ports = split(lists_["port"], ',');
        const bool have_hosts = !lists_["host"].empty();
        const bool have_addresses = !lists_["hostaddr"].empty();
        if (have_hosts && have_addresses && hosts.size() != addresses.size())
            return fail(std::to_string(addresses.size()) + " values of hostaddr for " +
                        std::to_string(hosts.size()) + " hosts");
        const std::size_t count = have_hosts ? hosts.size() : addresses.size();
        if (ports.size() != 1 && ports.size() != count)
            return fail(std::to_string(ports.size()) + " ports for " + std::to_string(count) +
                            (count == 1 ? " host" : " hosts"),
                        "give one port for all hosts or one for each");
        for (std::size_t i = 0; i < count; ++i) {
            host_entry entry;
            entry.host = have_hosts ? hosts[i] : "";
            entry.hostaddr = have_addresses ? addresses[i] : "";
            if (const std::string wrong = check_host(entry.host); !wrong.empty())
                return fail(wrong, encode_hint);
            if (!entry.hostaddr.empty() && !is_address(entry.hostaddr))
                return fail("hostaddr must be a numeric address", "a name belongs into host");
            const std::string& port = ports.size() == 1 ? ports[0] : ports[i];
            if (!port.empty()) {
                entry.port = parse_port(port);
                entry.port_given = true;
                if (entry.port == 0)
                    return fail("a port must be a number from 1 to 65535", encode_hint);
            }
            out_.value.hosts.push_back(std::move(entry));
        }
        return true;
    }

    bool use_system_certificates() {
        auto& parameters = out_.value.parameters;
        const auto root = parameters.find("sslrootcert");
        if (root == parameters.end() || root->second != "system")
            return true;
        root->second = system_certificates;
        const std::string& mode = parameters.try_emplace("sslmode", "verify-full").first->second;
        return mode == "verify-full" ||
               fail("sslrootcert=system needs sslmode=verify-full",
                    "any public certificate authority would do for a weaker check");
    }

    std::string_view label_;
    parsed_conninfo out_;
    std::map<std::string, std::string> lists_; // host, hostaddr, port
    std::uint32_t lists_at_ = 0;               // the last of them
    error failure_;
};

} // namespace

result<parsed_conninfo> assemble_conninfo(const conninfo_fields& fields, std::string_view label) {
    return assembler(label).run(fields);
}

std::string check_host(std::string_view host) {
    if (host.find('@') != std::string_view::npos)
        return "a host contains '@'";
    if (host.find('/') != std::string_view::npos && !host.starts_with('/'))
        return "a host contains '/' (a socket directory begins with it)";
    for (const char c : host) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte <= 0x20 || byte == 0x7F)
            return "a host contains a blank or a control character";
    }
    if (host.starts_with('/'))
        return {};
    if (host.find(':') != std::string_view::npos && !is_address(std::string(host)))
        return "a host contains ':' and is no IPv6 address";
    return {};
}

std::uint16_t parse_port(std::string_view text) {
    if (text.empty() || text.size() > 5 ||
        text.find_first_not_of("0123456789") != std::string_view::npos)
        return 0;
    const int port = std::stoi(std::string(text));
    return port > 65535 ? std::uint16_t{0} : static_cast<std::uint16_t>(port);
}

} // namespace headspace::config
