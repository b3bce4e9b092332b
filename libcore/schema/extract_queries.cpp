#include "schema/extract_queries.hpp"

#include <array>

namespace headspace::schema {

std::span<const extract_query> fact_queries() {
    static const std::array all{
        namespace_query,
        extension_query,
        table_query,
        column_query,
        default_query,
        inherited_column_query,
        sequence_query,
        sequence_owner_query,
        constraint_query,
        index_query,
        default_privilege_query,
        collation_query,
        enum_query,
        composite_query,
        domain_query,
        domain_constraint_query,
        range_query,
        function_query,
        aggregate_query,
        view_query,
        view_column_query,
        rule_query,
        trigger_query,
        policy_query,
        event_trigger_query,
        wrapper_query,
        server_query,
        user_mapping_query,
        foreign_table_query,
        statistics_query,
        publication_query,
        publication_table_query,
    };
    return all;
}

} // namespace headspace::schema
