// Extended statistics and publications.
#include "schema/extract_queries.hpp"

namespace headspace::schema {

const extract_query statistics_query{"the extended statistics", R"(
SELECT 'statistics' AS kind, 'pg_catalog.pg_statistic_ext'::regclass::oid AS classid, s.oid AS objid,
       0 AS subid,
       'pg_catalog.pg_class'::regclass::oid AS pclass, s.stxrelid AS pobj, 0 AS psub,
       n.nspname AS p1, s.stxname AS p2,
       pg_catalog.pg_get_statisticsobjdef(s.oid) AS definition,
       NULLIF(s.stxstattarget, -1)::text AS target
  FROM pg_catalog.pg_statistic_ext s
  JOIN pg_catalog.pg_namespace n ON n.oid = s.stxnamespace
 WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND n.nspname <> ALL ($1::text[]))"};

// Whole schemas came with 15, in a catalogue that older servers have not; that a schema belongs to
// a publication is a dependency everywhere. Generated columns are published since 18.
const extract_query publication_query{"the publications", R"(
SELECT 'publication' AS kind, 'pg_catalog.pg_publication'::regclass::oid AS classid, p.oid AS objid,
       0 AS subid, p.pubname AS p1,
       CASE WHEN p.puballtables THEN 'true' END AS all_tables,
       pg_catalog.concat_ws(', ', CASE WHEN p.pubinsert THEN 'insert' END,
                            CASE WHEN p.pubupdate THEN 'update' END,
                            CASE WHEN p.pubdelete THEN 'delete' END,
                            CASE WHEN p.pubtruncate THEN 'truncate' END) AS publish,
       CASE WHEN p.pubviaroot THEN 'true' END AS via_root,
       CASE pg_catalog.to_jsonb(p) ->> 'pubgencols' WHEN 's' THEN 'stored' END AS generated_columns,
       (SELECT pg_catalog.string_agg(pg_catalog.quote_ident(n.nspname), E'\n'
                                     ORDER BY n.nspname COLLATE "C")
          FROM pg_catalog.pg_depend m
          JOIN pg_catalog.pg_depend s ON s.classid = m.classid AND s.objid = m.objid
          JOIN pg_catalog.pg_namespace n ON n.oid = s.refobjid
         WHERE m.refclassid = 'pg_catalog.pg_publication'::regclass AND m.refobjid = p.oid
           AND s.refclassid = 'pg_catalog.pg_namespace'::regclass) AS schemas
  FROM pg_catalog.pg_publication p)"};

// Row filters and column lists came with 15; before it there are no such columns.
const extract_query publication_table_query{"the tables of publications", R"(
SELECT 'publication_table' AS kind, 'pg_catalog.pg_publication_rel'::regclass::oid AS classid,
       r.oid AS objid, 0 AS subid,
       'pg_catalog.pg_publication'::regclass::oid AS pclass, p.oid AS pobj, 0 AS psub,
       p.pubname AS p1, n.nspname AS p2, c.relname AS p3,
       (SELECT pg_catalog.string_agg(pg_catalog.quote_ident(a.attname), ', ' ORDER BY x.place)
          FROM pg_catalog.unnest(pg_catalog.translate(
                   pg_catalog.to_jsonb(r) ->> 'prattrs', '[,]', '   ')::pg_catalog.int2vector)
               WITH ORDINALITY AS x (num, place)
          JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum = x.num) AS columns,
       (SELECT pg_catalog.to_jsonb(t) ->> 'rowfilter' FROM pg_catalog.pg_publication_tables t
         WHERE t.pubname = p.pubname AND t.schemaname = n.nspname AND t.tablename = c.relname)
           AS filter
  FROM pg_catalog.pg_publication_rel r
  JOIN pg_catalog.pg_publication p ON p.oid = r.prpubid
  JOIN pg_catalog.pg_class c ON c.oid = r.prrelid
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace)"};

} // namespace headspace::schema
