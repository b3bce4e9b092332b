#include "revisions/own_schema.hpp"

namespace headspace::revisions {

std::string path_without_own_schema(bool only_in_transaction) {
    return std::string(R"sql(pg_catalog.set_config('search_path',
        pg_catalog.regexp_replace(pg_catalog.current_setting('search_path'),
                                  '^[[:space:]]*"[$]user"[[:space:]]*(,[[:space:]]*)?', ''), )sql") +
           (only_in_transaction ? "true)" : "false)");
}

} // namespace headspace::revisions
