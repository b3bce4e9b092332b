// Foreign data: wrappers, servers, user mappings, foreign tables. Options can hold secrets; their
// values never leave the server: `***` stands for them, and rules leave such options out.
#include "schema/extract_queries.hpp"

namespace headspace::schema {

// An option a line: its quoted name, a blank, its value as a literal.
#define HEADSPACE_OPTIONS(array)                                                                   \
    "(SELECT pg_catalog.string_agg(pg_catalog.quote_ident(x.option_name) || ' ' ||"                \
    "        CASE WHEN x.option_name ~* '(password|passfile|secret|token|key|conninfo)'"           \
    "             THEN '***' ELSE pg_catalog.quote_literal(x.option_value) END,"                   \
    "        E'\\n' ORDER BY x.option_name COLLATE \"C\")"                                         \
    "   FROM pg_catalog.pg_options_to_table(" array ") x)"

const extract_query wrapper_query{"the foreign data wrappers", R"(
SELECT 'fdw' AS kind, 'pg_catalog.pg_foreign_data_wrapper'::regclass::oid AS classid, w.oid AS objid,
       0 AS subid, w.fdwname AS p1,
       NULLIF(w.fdwhandler, 0)::pg_catalog.regproc::text AS handler,
       NULLIF(w.fdwvalidator, 0)::pg_catalog.regproc::text AS validator,
       )" HEADSPACE_OPTIONS("w.fdwoptions") R"( AS options
  FROM pg_catalog.pg_foreign_data_wrapper w)"};

const extract_query server_query{"the foreign servers", R"(
SELECT 'server' AS kind, 'pg_catalog.pg_foreign_server'::regclass::oid AS classid, s.oid AS objid,
       0 AS subid, s.srvname AS p1, w.fdwname AS wrapper, s.srvtype AS type,
       s.srvversion AS version,
       )" HEADSPACE_OPTIONS("s.srvoptions") R"( AS options
  FROM pg_catalog.pg_foreign_server s
  JOIN pg_catalog.pg_foreign_data_wrapper w ON w.oid = s.srvfdw)"};

// pg_user_mapping itself is for superusers only; the view shows the options to whom they concern.
const extract_query user_mapping_query{"the user mappings", R"(
SELECT 'user_mapping' AS kind, 'pg_catalog.pg_user_mapping'::regclass::oid AS classid,
       m.umid AS objid, 0 AS subid,
       'pg_catalog.pg_foreign_server'::regclass::oid AS pclass, m.srvid AS pobj, 0 AS psub,
       m.srvname AS p1, CASE WHEN m.umuser = 0 THEN '' ELSE m.usename END AS p2,
       )" HEADSPACE_OPTIONS("m.umoptions") R"( AS options
  FROM pg_catalog.pg_user_mappings m)"};

const extract_query foreign_table_query{"the foreign tables", R"(
SELECT 'foreign_table' AS kind, 'pg_catalog.pg_class'::regclass::oid AS classid, c.oid AS objid,
       0 AS subid,
       'pg_catalog.pg_namespace'::regclass::oid AS pclass, n.oid AS pobj, 0 AS psub,
       n.nspname AS p1, c.relname AS p2, s.srvname AS server,
       )" HEADSPACE_OPTIONS("f.ftoptions") R"( AS options
  FROM pg_catalog.pg_foreign_table f
  JOIN pg_catalog.pg_class c ON c.oid = f.ftrelid
  JOIN pg_catalog.pg_foreign_server s ON s.oid = f.ftserver
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
 WHERE NOT c.relispartition
   AND NOT EXISTS (SELECT FROM pg_catalog.pg_inherits i WHERE i.inhrelid = c.oid)
   AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND n.nspname <> ALL ($1::text[]))"};

} // namespace headspace::schema
