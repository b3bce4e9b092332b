#include "pg/library.hpp"

#include <libpq-fe.h>

namespace headspace::pg {

int library_version() noexcept {
    return ::PQlibVersion();
}

} // namespace headspace::pg
