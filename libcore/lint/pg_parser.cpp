// The only file that knows libpg_query.
#include "lint/parser.hpp"

extern "C" {
#include <pg_query.h>
}

#include <algorithm>

namespace headspace::lint {

parsed parse_with_libpg_query(const std::string& sql) {
    const PgQueryParseResult answer = pg_query_parse(sql.c_str());
    parsed said;
    said.accepted = answer.error == nullptr;
    if (said.accepted) {
        said.text = answer.parse_tree;
    } else {
        said.text = answer.error->message;
        said.position = static_cast<std::uint32_t>(std::max(answer.error->cursorpos, 0));
    }
    pg_query_free_parse_result(answer);
    return said;
}

} // namespace headspace::lint
