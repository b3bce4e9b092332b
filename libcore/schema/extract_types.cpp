// Types and collations.
#include "schema/extract_queries.hpp"

namespace headspace::schema {

// The labels as SQL literals, in their order: what stands between the parentheses of CREATE TYPE.
const extract_query enum_query{"the enums", R"(
SELECT 'enum_type' AS kind, 'pg_catalog.pg_type'::regclass::oid AS classid, t.oid AS objid,
       0 AS subid,
       'pg_catalog.pg_namespace'::regclass::oid AS pclass, n.oid AS pobj, 0 AS psub,
       n.nspname AS p1, t.typname AS p2,
       (SELECT pg_catalog.string_agg(pg_catalog.quote_literal(e.enumlabel), ', '
                                     ORDER BY e.enumsortorder)
          FROM pg_catalog.pg_enum e WHERE e.enumtypid = t.oid) AS labels
  FROM pg_catalog.pg_type t JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
 WHERE t.typtype = 'e'
   AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND n.nspname <> ALL ($1::text[]))"};

// One attribute a line: its quoted name, a blank, and what follows it in CREATE TYPE.
const extract_query composite_query{"the composite types", R"(
SELECT 'composite_type' AS kind, 'pg_catalog.pg_type'::regclass::oid AS classid, t.oid AS objid,
       0 AS subid,
       'pg_catalog.pg_namespace'::regclass::oid AS pclass, n.oid AS pobj, 0 AS psub,
       n.nspname AS p1, t.typname AS p2,
       (SELECT pg_catalog.string_agg(
                   pg_catalog.quote_ident(a.attname) || ' ' ||
                   pg_catalog.format_type(a.atttypid, a.atttypmod) ||
                   CASE WHEN a.attcollation <> at.typcollation THEN
                       (SELECT ' COLLATE ' || pg_catalog.quote_ident(cn.nspname) || '.' ||
                               pg_catalog.quote_ident(co.collname)
                          FROM pg_catalog.pg_collation co
                          JOIN pg_catalog.pg_namespace cn ON cn.oid = co.collnamespace
                         WHERE co.oid = a.attcollation) ELSE '' END,
                   E'\n' ORDER BY a.attnum)
          FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_type at ON at.oid = a.atttypid
         WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped) AS attributes
  FROM pg_catalog.pg_type t
  JOIN pg_catalog.pg_class c ON c.oid = t.typrelid AND c.relkind = 'c'
  JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
 WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND n.nspname <> ALL ($1::text[]))"};

const extract_query domain_query{"the domains", R"(
SELECT 'domain' AS kind, 'pg_catalog.pg_type'::regclass::oid AS classid, t.oid AS objid, 0 AS subid,
       'pg_catalog.pg_namespace'::regclass::oid AS pclass, n.oid AS pobj, 0 AS psub,
       n.nspname AS p1, t.typname AS p2,
       pg_catalog.format_type(t.typbasetype, t.typtypmod) AS base,
       CASE WHEN t.typcollation <> b.typcollation THEN
            (SELECT pg_catalog.quote_ident(cn.nspname) || '.' || pg_catalog.quote_ident(co.collname)
               FROM pg_catalog.pg_collation co JOIN pg_catalog.pg_namespace cn
                 ON cn.oid = co.collnamespace WHERE co.oid = t.typcollation) END AS collation,
       CASE WHEN t.typnotnull THEN 'true' END AS not_null,
       CASE WHEN t.typdefaultbin IS NOT NULL THEN pg_catalog.pg_get_expr(t.typdefaultbin, 0) END
           AS "default"
  FROM pg_catalog.pg_type t
  JOIN pg_catalog.pg_type b ON b.oid = t.typbasetype
  JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
 WHERE t.typtype = 'd'
   AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND n.nspname <> ALL ($1::text[]))"};

// contype 'n' (18) is the domain's NOT NULL, which is an attribute of the domain here.
const extract_query domain_constraint_query{"the constraints of domains", R"(
SELECT 'domain_constraint' AS kind, 'pg_catalog.pg_constraint'::regclass::oid AS classid,
       k.oid AS objid, 0 AS subid,
       'pg_catalog.pg_type'::regclass::oid AS pclass, k.contypid AS pobj, 0 AS psub,
       n.nspname AS p1, t.typname AS p2, k.conname AS p3,
       pg_catalog.regexp_replace(pg_catalog.pg_get_constraintdef(k.oid), ' NOT VALID$', '')
           AS definition,
       CASE WHEN NOT k.convalidated THEN 'true' END AS not_valid
  FROM pg_catalog.pg_constraint k
  JOIN pg_catalog.pg_type t ON t.oid = k.contypid
  JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
 WHERE k.contypid <> 0 AND k.contype = 'c'
   AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND n.nspname <> ALL ($1::text[]))"};

const extract_query range_query{"the range types", R"(
SELECT 'range_type' AS kind, 'pg_catalog.pg_type'::regclass::oid AS classid, t.oid AS objid,
       0 AS subid,
       'pg_catalog.pg_namespace'::regclass::oid AS pclass, n.oid AS pobj, 0 AS psub,
       n.nspname AS p1, t.typname AS p2,
       pg_catalog.format_type(r.rngsubtype, NULL) AS subtype,
       CASE WHEN NOT o.opcdefault THEN
            (SELECT pg_catalog.quote_ident(oc.nspname) || '.' || pg_catalog.quote_ident(o.opcname)
               FROM pg_catalog.pg_namespace oc WHERE oc.oid = o.opcnamespace) END AS opclass,
       CASE WHEN r.rngcollation <> s.typcollation THEN
            (SELECT pg_catalog.quote_ident(cn.nspname) || '.' || pg_catalog.quote_ident(co.collname)
               FROM pg_catalog.pg_collation co JOIN pg_catalog.pg_namespace cn
                 ON cn.oid = co.collnamespace WHERE co.oid = r.rngcollation) END AS collation,
       NULLIF(r.rngcanonical, 0)::pg_catalog.regproc::text AS canonical,
       NULLIF(r.rngsubdiff, 0)::pg_catalog.regproc::text AS subtype_diff,
       (SELECT pg_catalog.quote_ident(mn.nspname) || '.' || pg_catalog.quote_ident(m.typname)
          FROM pg_catalog.pg_type m JOIN pg_catalog.pg_namespace mn ON mn.oid = m.typnamespace
         WHERE m.oid = (pg_catalog.to_jsonb(r) ->> 'rngmultitypid')::oid) AS multirange
  FROM pg_catalog.pg_range r
  JOIN pg_catalog.pg_type t ON t.oid = r.rngtypid
  JOIN pg_catalog.pg_type s ON s.oid = r.rngsubtype
  JOIN pg_catalog.pg_opclass o ON o.oid = r.rngsubopc
  JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
 WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND n.nspname <> ALL ($1::text[]))"};

// The version of the library is of the machine, not of the schema.
const extract_query collation_query{"the collations", R"(
SELECT 'collation' AS kind, 'pg_catalog.pg_collation'::regclass::oid AS classid, c.oid AS objid,
       0 AS subid,
       'pg_catalog.pg_namespace'::regclass::oid AS pclass, n.oid AS pobj, 0 AS psub,
       n.nspname AS p1, c.collname AS p2,
       CASE c.collprovider WHEN 'i' THEN 'icu' WHEN 'b' THEN 'builtin' ELSE 'libc' END AS provider,
       coalesce(pg_catalog.to_jsonb(c) ->> 'colllocale', pg_catalog.to_jsonb(c) ->> 'colliculocale',
                CASE WHEN c.collprovider = 'i' THEN c.collcollate END) AS locale,
       CASE WHEN c.collprovider = 'c' THEN c.collcollate END AS lc_collate,
       CASE WHEN c.collprovider = 'c' THEN c.collctype END AS lc_ctype,
       CASE WHEN NOT c.collisdeterministic THEN 'false' END AS deterministic,
       pg_catalog.to_jsonb(c) ->> 'collicurules' AS rules
  FROM pg_catalog.pg_collation c JOIN pg_catalog.pg_namespace n ON n.oid = c.collnamespace
 WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND n.nspname <> ALL ($1::text[]))"};

} // namespace headspace::schema
