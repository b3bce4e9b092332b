// A conninfo for people. Rendered from its fields, never by editing what the user wrote, so that a
// password cannot slip through in a form that was not thought of.
#include "base/text.hpp"
#include "config/conninfo.hpp"

#include <algorithm>
#include <array>
#include <cstdio>

namespace headspace::config {

namespace {

std::string encode(std::string_view text) {
    constexpr std::string_view plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                       "0123456789-._~/:,";
    std::string out;
    for (const char c : text) {
        if (plain.find(c) != std::string_view::npos) {
            out += c;
            continue;
        }
        std::array<char, 4> buffer{};
        std::snprintf(buffer.data(), buffer.size(), "%%%02X",
                      static_cast<unsigned>(static_cast<unsigned char>(c)));
        out += buffer.data();
    }
    return out;
}

/// The name that is connected to: a host without a name is known by its address.
const std::string& name_of(const host_entry& entry) {
    return entry.host.empty() ? entry.hostaddr : entry.host;
}

std::string bracketed(const std::string& name) {
    return name.find(':') == std::string::npos || name.starts_with('/') ? name : "[" + name + "]";
}

std::string authority(const conninfo& target) {
    std::vector<std::string> parts;
    for (const host_entry& entry : target.hosts)
        parts.push_back(bracketed(encode(name_of(entry))) + ":" + std::to_string(entry.port));
    return join(parts, ",");
}

/// A URL has no place for a socket directory but a parameter, and a list stays together.
bool hosts_are_parameters(const conninfo& target) {
    return std::any_of(target.hosts.begin(), target.hosts.end(),
                       [](const host_entry& entry) { return entry.is_socket(); });
}

using parameter_map = std::map<std::string, std::string>;

void add_host_parameters(const conninfo& target, parameter_map& parameters) {
    std::vector<std::string> hosts, ports;
    bool any_port = false;
    for (const host_entry& entry : target.hosts) {
        hosts.push_back(name_of(entry));
        ports.push_back(std::to_string(entry.port));
        any_port = any_port || entry.port_given;
    }
    parameters["host"] = join(hosts, ",");
    if (any_port)
        parameters["port"] = join(ports, ",");
}

std::string render(const conninfo& target, const parameter_map& given, std::string_view password) {
    parameter_map parameters = given;
    const bool as_parameters = hosts_are_parameters(target);
    if (as_parameters)
        add_host_parameters(target, parameters);
    std::string out = "postgresql://" + encode(target.user) + std::string(password);
    if (!target.user.empty() || !password.empty())
        out += '@';
    if (!as_parameters)
        out += authority(target);
    out += '/' + encode(target.database);
    char separator = '?';
    for (const auto& [keyword, value] : parameters) {
        // sslpassword=*** is the one value that is not encoded.
        out += separator + keyword + '=' + (keyword == "sslpassword" ? value : encode(value));
        separator = '&';
    }
    return out;
}

} // namespace

std::string conninfo::masked() const {
    parameter_map shown = parameters;
    if (!service.empty())
        shown["service"] = service;
    if (!sslpassword.empty())
        shown["sslpassword"] = "***";
    std::vector<std::string> addresses;
    bool any_address = false;
    for (const host_entry& entry : hosts) {
        addresses.push_back(entry.hostaddr);
        any_address = any_address || !entry.hostaddr.empty();
    }
    if (any_address)
        shown["hostaddr"] = join(addresses, ",");
    return render(*this, shown, password ? ":***" : "");
}

std::string conninfo::log_form() const {
    return render(*this, {}, "");
}

std::string conninfo::where() const {
    std::vector<std::string> parts;
    for (const host_entry& entry : hosts)
        parts.push_back(bracketed(name_of(entry)) + ":" + std::to_string(entry.port));
    return join(parts, ", ");
}

} // namespace headspace::config
