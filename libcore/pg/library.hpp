// Which libpq this program runs with.
#pragma once

namespace headspace::pg {

/// 150020 for 15.20, as PQlibVersion: the library at run time, not the headers.
[[nodiscard]] int library_version() noexcept;

} // namespace headspace::pg
