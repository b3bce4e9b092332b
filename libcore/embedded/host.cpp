#include "embedded/host.hpp"

#include <cstdlib>
#include <unistd.h>

namespace headspace::embedded {

namespace {

std::string variable(const char* name) {
    const char* value = std::getenv(name);
    return value == nullptr ? "" : value;
}

} // namespace

result<host> read_host() {
    const auto us = io::find_account(::geteuid());
    if (!us)
        return make_error(errc::io_failed, error_class::refuse,
                          "the embedded PostgreSQL needs a name for the user that runs it: " +
                              us.error().message,
                          "add the user to /etc/passwd, or set DATABASE_URL to use another server");
    host h;
    h.user = us->name;
    h.root = us->uid == 0;
    if (h.root)
        if (auto server = io::find_account("postgres"))
            h.server = std::move(*server);
    if (const std::string folder = variable("TMPDIR"); folder.starts_with('/'))
        h.temporary = folder;
    h.pg_bindir = variable("PG_BINDIR");
    h.path = variable("PATH");
    return h;
}

} // namespace headspace::embedded
