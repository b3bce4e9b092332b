#include "schema/extract_queries.hpp"

#include <array>

namespace headspace::schema {

std::span<const extract_query> fact_queries() {
    static const std::array all{
        namespace_query, extension_query,      table_query,      column_query, default_query,
        sequence_query,  sequence_owner_query, constraint_query, index_query,
    };
    return all;
}

} // namespace headspace::schema
