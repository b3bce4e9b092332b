// Views, and what hangs on relations: rules, triggers, policies. Event triggers too.
#include "schema/extract_queries.hpp"

namespace headspace::schema {

// `columns`: one a line, name and type; CREATE OR REPLACE VIEW can only append to them.
const extract_query view_query{"the views", R"(
SELECT CASE c.relkind WHEN 'v' THEN 'view' ELSE 'materialized_view' END AS kind,
       'pg_catalog.pg_class'::regclass::oid AS classid, c.oid AS objid, 0 AS subid,
       'pg_catalog.pg_namespace'::regclass::oid AS pclass, n.oid AS pobj, 0 AS psub,
       n.nspname AS p1, c.relname AS p2,
       pg_catalog.rtrim(pg_catalog.pg_get_viewdef(c.oid), ';') AS definition,
       (SELECT pg_catalog.string_agg(o, ', ' ORDER BY o COLLATE "C")
          FROM pg_catalog.unnest(c.reloptions) AS o) AS options,
       CASE WHEN a.amname <> 'heap' THEN a.amname END AS access_method,
       s.spcname AS tablespace,
       CASE WHEN c.relkind = 'm' AND NOT c.relispopulated THEN 'true' END AS unpopulated,
       (SELECT pg_catalog.string_agg(
                   pg_catalog.quote_ident(x.attname) || ' ' ||
                   pg_catalog.format_type(x.atttypid, x.atttypmod) || ' ' ||
                   x.attcollation::pg_catalog.regcollation,
                   E'\n' ORDER BY x.attnum)
          FROM pg_catalog.pg_attribute x WHERE x.attrelid = c.oid AND x.attnum > 0) AS _columns
  FROM pg_catalog.pg_class c
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  LEFT JOIN pg_catalog.pg_am a ON a.oid = c.relam
  LEFT JOIN pg_catalog.pg_tablespace s ON s.oid = c.reltablespace
 WHERE c.oid >= 16384 AND c.relkind IN ('v', 'm') AND c.relpersistence <> 't'
   AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND n.nspname <> ALL ($1::text[]))"};

// They come and go with their view; facts so that comments, grants and defaults have a place.
const extract_query view_column_query{"the columns of views", R"(
SELECT 'view_column' AS kind, 'pg_catalog.pg_class'::regclass::oid AS classid, c.oid AS objid,
       a.attnum AS subid,
       'pg_catalog.pg_class'::regclass::oid AS pclass, c.oid AS pobj, 0 AS psub,
       n.nspname AS p1, c.relname AS p2, a.attname AS p3,
       CASE WHEN c.relkind = 'm' AND a.attstattarget >= 0 THEN a.attstattarget::text END
           AS statistics,
       CASE c.relkind WHEN 'm' THEN 'MATERIALIZED ' ELSE '' END AS _materialized
  FROM pg_catalog.pg_attribute a
  JOIN pg_catalog.pg_class c ON c.oid = a.attrelid
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
 WHERE c.oid >= 16384 AND c.relkind IN ('v', 'm') AND c.relpersistence <> 't' AND a.attnum > 0 AND NOT a.attisdropped
   AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND n.nspname <> ALL ($1::text[]))"};

const extract_query rule_query{"the rules", R"(
SELECT 'rule' AS kind, 'pg_catalog.pg_rewrite'::regclass::oid AS classid, r.oid AS objid, 0 AS subid,
       'pg_catalog.pg_class'::regclass::oid AS pclass, c.oid AS pobj, 0 AS psub,
       n.nspname AS p1, c.relname AS p2, r.rulename AS p3,
       pg_catalog.rtrim(pg_catalog.pg_get_ruledef(r.oid), ';') AS definition,
       CASE r.ev_enabled WHEN 'D' THEN 'DISABLE' WHEN 'R' THEN 'ENABLE REPLICA'
                         WHEN 'A' THEN 'ENABLE ALWAYS' END AS enabled,
       c.relkind AS _relkind
  FROM pg_catalog.pg_rewrite r
  JOIN pg_catalog.pg_class c ON c.oid = r.ev_class
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
 WHERE r.rulename <> '_RETURN'
   AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND n.nspname <> ALL ($1::text[]))"};

// Those of partitions that were made by the parent's are not of their own.
const extract_query trigger_query{"the triggers", R"(
SELECT 'trigger' AS kind, 'pg_catalog.pg_trigger'::regclass::oid AS classid, t.oid AS objid,
       0 AS subid,
       'pg_catalog.pg_class'::regclass::oid AS pclass, c.oid AS pobj, 0 AS psub,
       n.nspname AS p1, c.relname AS p2, t.tgname AS p3,
       pg_catalog.pg_get_triggerdef(t.oid) AS definition,
       CASE t.tgenabled WHEN 'D' THEN 'DISABLE' WHEN 'R' THEN 'ENABLE REPLICA'
                        WHEN 'A' THEN 'ENABLE ALWAYS' END AS enabled,
       c.relkind AS _relkind
  FROM pg_catalog.pg_trigger t
  JOIN pg_catalog.pg_class c ON c.oid = t.tgrelid
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
 WHERE NOT t.tgisinternal AND t.tgparentid = 0
   AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND n.nspname <> ALL ($1::text[]))"};

const extract_query policy_query{"the policies", R"(
SELECT 'policy' AS kind, 'pg_catalog.pg_policy'::regclass::oid AS classid, p.oid AS objid, 0 AS subid,
       'pg_catalog.pg_class'::regclass::oid AS pclass, c.oid AS pobj, 0 AS psub,
       n.nspname AS p1, c.relname AS p2, p.polname AS p3,
       CASE p.polcmd WHEN 'r' THEN 'SELECT' WHEN 'a' THEN 'INSERT' WHEN 'w' THEN 'UPDATE'
                     WHEN 'd' THEN 'DELETE' ELSE 'ALL' END AS command,
       CASE WHEN NOT p.polpermissive THEN 'true' END AS restrictive,
       (SELECT pg_catalog.string_agg(CASE WHEN x.role = 0 THEN 'PUBLIC' ELSE
                   pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(x.role)) END, ', '
                   ORDER BY x.role = 0, pg_catalog.pg_get_userbyid(x.role) COLLATE "C")
          FROM pg_catalog.unnest(p.polroles) AS x (role)) AS roles,
       pg_catalog.pg_get_expr(p.polqual, p.polrelid) AS "using",
       pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid) AS "check"
  FROM pg_catalog.pg_policy p
  JOIN pg_catalog.pg_class c ON c.oid = p.polrelid
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
 WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND n.nspname <> ALL ($1::text[]))"};

const extract_query event_trigger_query{"the event triggers", R"(
SELECT 'event_trigger' AS kind, 'pg_catalog.pg_event_trigger'::regclass::oid AS classid,
       e.oid AS objid, 0 AS subid, e.evtname AS p1,
       e.evtevent AS event,
       (SELECT pg_catalog.string_agg(pg_catalog.quote_literal(x.tag), ', ' ORDER BY x.tag COLLATE "C")
          FROM pg_catalog.unnest(e.evttags) AS x (tag)) AS tags,
       e.evtfoid::pg_catalog.regproc::text AS function,
       CASE e.evtenabled WHEN 'D' THEN 'DISABLE' WHEN 'R' THEN 'ENABLE REPLICA'
                         WHEN 'A' THEN 'ENABLE ALWAYS' END AS enabled
  FROM pg_catalog.pg_event_trigger e)"};

} // namespace headspace::schema
