// SHA-256 as lower-case hex digits, by OpenSSL.
#pragma once

#include <string>
#include <string_view>

namespace headspace::revisions {

[[nodiscard]] std::string sha256_hex(std::string_view data);

} // namespace headspace::revisions
