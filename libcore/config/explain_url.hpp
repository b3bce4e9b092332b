// What a connection string means, for `headspacectl explain-url`: each value and where it comes
// from, what is read differently from how it was written, and what TLS it leads to. Pure, offline;
// holds no password.
#pragma once

#include "base/error.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace headspace::config {

struct url_value {
    std::string name;
    std::string value;  // "***" for a secret
    std::string source; // "the string", "default", "rule"; why, where there is more to say
};

struct url_tls {
    std::string mode;
    std::string source; // "the string", or the rule that decided
    std::string means;
};

struct url_explanation {
    std::string masked;
    std::vector<url_value> values;
    std::vector<std::string> changes; // how it is read, where that is not how it is written
    url_tls tls;
    std::vector<std::string> warnings; // what is wrong, or will be
    std::vector<std::string> hints;    // what is good to know of this host
};

/// `user`: of the system, which is meant where the string names none. Errors: those of
/// parse_conninfo, with the position.
result<url_explanation> explain_url(std::string_view text, std::string_view label,
                                    const std::string& user);

} // namespace headspace::config
