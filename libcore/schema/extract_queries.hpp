// The questions that read_catalogue() asks. A new kind is one of them, in a file of its kind, named
// in extract_queries.cpp, and one rule (rules.hpp).
//
// A query of facts returns these columns, by name:
//     kind                     enumerator of schema::kind, text
//     classid, objid, subid    its address in pg_depend
//     pclass, pobj, psub       the address of its parent; without them, or NULL: no parent
//     p1, p2, p3, p4           its path; NULL where it is shorter
// and every further column is an attribute of that name; NULL is "not set". Names that begin with
// `_` go to fact::aside, without it. What belongs to an extension and what has an unknown parent
// is left out by the caller. $1 is the array of schemas that are not looked into; `pg_temp` tables
// and system schemas are excluded by the query (user_schema below).
#pragma once

#include <span>
#include <string_view>

namespace headspace::schema {

struct extract_query {
    std::string_view what; // "the tables", for error messages
    std::string_view sql;
};

/// In any order.
std::span<const extract_query> fact_queries();

// One for each file of them.
extern const extract_query namespace_query;
extern const extract_query extension_query;
extern const extract_query table_query;
extern const extract_query column_query;
extern const extract_query default_query;
extern const extract_query inherited_column_query;
extern const extract_query sequence_query;
extern const extract_query sequence_owner_query;
extern const extract_query constraint_query;
extern const extract_query index_query;
extern const extract_query default_privilege_query;
extern const extract_query collation_query;
extern const extract_query enum_query;
extern const extract_query composite_query;
extern const extract_query domain_query;
extern const extract_query domain_constraint_query;
extern const extract_query range_query;
extern const extract_query function_query;
extern const extract_query aggregate_query;
extern const extract_query view_query;
extern const extract_query view_column_query;
extern const extract_query rule_query;
extern const extract_query trigger_query;
extern const extract_query policy_query;
extern const extract_query event_trigger_query;
extern const extract_query wrapper_query;
extern const extract_query server_query;
extern const extract_query user_mapping_query;
extern const extract_query foreign_table_query;
extern const extract_query statistics_query;
extern const extract_query publication_query;
extern const extract_query publication_table_query;

// Those that are no facts by themselves.
/// classid, objid, subid, ext (oid of the extension).
extern const extract_query member_query;
/// classid, objid, subid, toclass, toobj, tosub: an internal object and the one that stands for it;
/// clone: it was made on a partition or heir because the parent has it.
extern const extract_query alias_query;
/// classid, objid, subid, refclass, refobj, refsub, deptype.
extern const extract_query depend_query;
/// classid, objid, subid, text.
extern const extract_query comment_query;
/// classid, objid, subid, grantee ("" PUBLIC), privilege, state.
extern const extract_query privilege_query;
/// from, to, context, binary.
extern const extract_query cast_query;
/// classid, objid of everything that exists outside the system and the extensions.
extern const extract_query everything_query;
/// The role that asks.
extern const extract_query role_query;
/// type, identity of security labels: they have no rule.
extern const extract_query label_query;
/// type, identity of the addresses in $1 (classids) and $2 (objids).
extern const extract_query identify_query;

} // namespace headspace::schema
