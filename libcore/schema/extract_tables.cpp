// Schemas, extensions, tables, columns, defaults and sequences.
#include "schema/extract_queries.hpp"

namespace headspace::schema {

const extract_query namespace_query{"the schemas", R"(
SELECT 'schema' AS kind, 'pg_catalog.pg_namespace'::regclass::oid AS classid, n.oid AS objid,
       0 AS subid, n.nspname AS p1
  FROM pg_catalog.pg_namespace n
 WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND n.nspname <> ALL ($1::text[]))"};

// plpgsql is in every database. The version is not compared: what is installed decides it.
const extract_query extension_query{"the extensions", R"(
SELECT 'extension' AS kind, 'pg_catalog.pg_extension'::regclass::oid AS classid, e.oid AS objid,
       0 AS subid, e.extname AS p1, n.nspname AS schema,
       e.extrelocatable::text AS _relocatable, e.extversion AS _version
  FROM pg_catalog.pg_extension e JOIN pg_catalog.pg_namespace n ON n.oid = e.extnamespace)"};

const extract_query table_query{"the tables", R"(
SELECT 'table' AS kind, 'pg_catalog.pg_class'::regclass::oid AS classid, c.oid AS objid, 0 AS subid,
       'pg_catalog.pg_namespace'::regclass::oid AS pclass, n.oid AS pobj, 0 AS psub,
       n.nspname AS p1, c.relname AS p2,
       CASE WHEN c.relpersistence = 'u' THEN 'true' END AS unlogged,
       (SELECT pg_catalog.string_agg(o, ', ' ORDER BY o COLLATE "C")
          FROM (SELECT pg_catalog.unnest(c.reloptions) AS o
                 UNION ALL SELECT 'toast.' || pg_catalog.unnest(t.reloptions)) x) AS options,
       CASE WHEN a.amname <> 'heap' THEN a.amname END AS access_method,
       s.spcname AS tablespace,
       CASE c.relreplident WHEN 'f' THEN 'full' WHEN 'n' THEN 'nothing' WHEN 'i' THEN 'index' END
           AS replica_identity,
       CASE WHEN c.relrowsecurity THEN 'true' END AS row_security,
       CASE WHEN c.relforcerowsecurity THEN 'true' END AS force_row_security,
       CASE WHEN c.relkind = 'p' THEN pg_catalog.pg_get_partkeydef(c.oid) END AS partition_key,
       CASE WHEN c.relispartition THEN h.parents END AS partition_of,
       CASE WHEN c.relispartition THEN pg_catalog.pg_get_expr(c.relpartbound, c.oid) END AS bound,
       CASE WHEN NOT c.relispartition THEN h.parents END AS inherits,
       CASE WHEN c.relispartition THEN pg_catalog.pg_get_partition_constraintdef(c.oid) END
           AS _partition_constraint,
       CASE WHEN h.parents IS NOT NULL THEN
            (SELECT pg_catalog.string_agg(pg_catalog.quote_ident(a.attname), ', ')
               FROM pg_catalog.pg_attribute a
              WHERE a.attrelid = c.oid AND a.attnum > 0 AND a.attislocal AND a.attinhcount > 0) END
           AS _merged_columns,
       CASE WHEN h.parents IS NOT NULL THEN
            (SELECT pg_catalog.string_agg(pg_catalog.quote_ident(k.conname), ', ')
               FROM pg_catalog.pg_constraint k
              WHERE k.conrelid = c.oid AND k.contype = 'c' AND k.conislocal AND k.coninhcount > 0)
            END AS _merged_checks
  FROM pg_catalog.pg_class c
  LEFT JOIN LATERAL (
       SELECT pg_catalog.string_agg(pg_catalog.quote_ident(pn.nspname) || '.' ||
                                    pg_catalog.quote_ident(p.relname), ', ' ORDER BY i.inhseqno)
                  AS parents
         FROM pg_catalog.pg_inherits i
         JOIN pg_catalog.pg_class p ON p.oid = i.inhparent
         JOIN pg_catalog.pg_namespace pn ON pn.oid = p.relnamespace
        WHERE i.inhrelid = c.oid) h ON true
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  LEFT JOIN pg_catalog.pg_class t ON t.oid = c.reltoastrelid
  LEFT JOIN pg_catalog.pg_am a ON a.oid = c.relam
  LEFT JOIN pg_catalog.pg_tablespace s ON s.oid = c.reltablespace
 WHERE c.oid >= 16384 AND c.relkind IN ('r', 'p') AND c.relpersistence <> 't' AND c.reloftype = 0
   AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND n.nspname <> ALL ($1::text[]))"};

// Inherited columns, and all those of a partition, are the parent's, also those that the table had
// before it inherited (attislocal): no statement can make one otherwise.
// Servers keep marks of their own among attoptions (pg_attver=...); people's are n_distinct*.
// The sequence of an identity column is part of the column. `_base`: the type below domains, and
// `_modified`: whether it has a modifier; conversion.cpp decides by them.
const extract_query column_query{"the columns", R"(
SELECT 'column' AS kind, 'pg_catalog.pg_class'::regclass::oid AS classid, c.oid AS objid,
       a.attnum AS subid,
       'pg_catalog.pg_class'::regclass::oid AS pclass, c.oid AS pobj, 0 AS psub,
       n.nspname AS p1, c.relname AS p2, a.attname AS p3,
       pg_catalog.format_type(a.atttypid, a.atttypmod) AS type,
       CASE WHEN a.attnotnull THEN 'true' END AS not_null,
       CASE WHEN a.attcollation <> t.typcollation THEN
            (SELECT pg_catalog.quote_ident(cn.nspname) || '.' || pg_catalog.quote_ident(co.collname)
               FROM pg_catalog.pg_collation co JOIN pg_catalog.pg_namespace cn
                 ON cn.oid = co.collnamespace WHERE co.oid = a.attcollation) END AS collation,
       CASE WHEN a.attgenerated <> '' THEN pg_catalog.pg_get_expr(d.adbin, d.adrelid) END
           AS generated,
       CASE WHEN a.attgenerated = 'v' THEN 'true' END AS generated_virtual,
       CASE a.attidentity WHEN 'a' THEN 'ALWAYS' WHEN 'd' THEN 'BY DEFAULT' END AS identity,
       CASE WHEN q.seqrelid IS NOT NULL THEN q.seqstart::text END AS identity_start,
       CASE WHEN q.seqrelid IS NOT NULL THEN q.seqincrement::text END AS identity_increment,
       CASE WHEN q.seqrelid IS NOT NULL THEN q.seqmin::text END AS identity_min,
       CASE WHEN q.seqrelid IS NOT NULL THEN q.seqmax::text END AS identity_max,
       CASE WHEN q.seqcache <> 1 THEN q.seqcache::text END AS identity_cache,
       CASE WHEN q.seqcycle THEN 'true' END AS identity_cycle,
       CASE WHEN a.attstorage <> t.typstorage THEN
            CASE a.attstorage WHEN 'p' THEN 'PLAIN' WHEN 'e' THEN 'EXTERNAL'
                              WHEN 'm' THEN 'MAIN' ELSE 'EXTENDED' END END AS storage,
       CASE pg_catalog.to_jsonb(a) ->> 'attcompression' WHEN 'p' THEN 'pglz' WHEN 'l' THEN 'lz4' END
           AS compression,
       NULLIF(a.attstattarget, -1)::text AS statistics,
       (SELECT pg_catalog.string_agg(o, ', ' ORDER BY o COLLATE "C")
          FROM pg_catalog.unnest(a.attoptions) AS o WHERE o !~ '^pg_') AS options,
       (SELECT pg_catalog.string_agg(pg_catalog.quote_ident(x.option_name) || ' ' ||
                                     pg_catalog.quote_literal(x.option_value), E'\n'
                                     ORDER BY x.option_name COLLATE "C")
          FROM pg_catalog.pg_options_to_table(a.attfdwoptions) x) AS foreign_options,
       pg_catalog.lpad(a.attnum::text, 5, '0') AS _position,
       pg_catalog.format_type(a.atttypid, NULL) AS _type,
       pg_catalog.format_type(CASE WHEN t.typtype = 'd' THEN b.base ELSE a.atttypid END, NULL)
           AS _base,
       CASE t.typtype WHEN 'd' THEN 'domain' WHEN 'e' THEN 'enum' WHEN 'c' THEN 'composite' END
           AS _class,
       CASE t.typtype WHEN 'e' THEN
            (SELECT CASE WHEN bool_and(e.enumlabel ~ '^-?[0-9]+$') THEN 'true' END
               FROM pg_catalog.pg_enum e WHERE e.enumtypid = t.oid) END AS _numbers,
       CASE t.typstorage WHEN 'p' THEN 'PLAIN' WHEN 'e' THEN 'EXTERNAL'
                         WHEN 'm' THEN 'MAIN' ELSE 'EXTENDED' END AS _usual_storage
  FROM pg_catalog.pg_attribute a
  JOIN pg_catalog.pg_class c ON c.oid = a.attrelid
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
  LEFT JOIN LATERAL (
       WITH RECURSIVE up (oid, typtype, base) AS (
            SELECT t.oid, t.typtype, t.typbasetype WHERE t.typtype = 'd'
             UNION ALL SELECT p.oid, p.typtype, p.typbasetype
                         FROM up JOIN pg_catalog.pg_type p ON p.oid = up.base
                        WHERE up.typtype = 'd')
       SELECT oid AS base FROM up WHERE typtype <> 'd') b ON t.typtype = 'd'
  LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
  LEFT JOIN pg_catalog.pg_depend i ON a.attidentity <> '' AND i.refclassid = 'pg_catalog.pg_class'::regclass
        AND i.refobjid = a.attrelid AND i.refobjsubid = a.attnum AND i.deptype = 'i'
        AND i.classid = 'pg_catalog.pg_class'::regclass
  LEFT JOIN pg_catalog.pg_sequence q ON q.seqrelid = i.objid
 WHERE a.attnum > 0 AND NOT a.attisdropped AND c.relkind IN ('r', 'p', 'f')
   AND a.attinhcount = 0 AND a.attrelid >= 16384
   AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND n.nspname <> ALL ($1::text[]))"};

const extract_query default_query{"the defaults", R"(
SELECT 'default_value' AS kind, 'pg_catalog.pg_attrdef'::regclass::oid AS classid, d.oid AS objid,
       0 AS subid,
       'pg_catalog.pg_class'::regclass::oid AS pclass, c.oid AS pobj, a.attnum AS psub,
       n.nspname AS p1, c.relname AS p2, a.attname AS p3,
       pg_catalog.pg_get_expr(d.adbin, d.adrelid) AS expression
  FROM pg_catalog.pg_attrdef d
  JOIN pg_catalog.pg_attribute a ON a.attrelid = d.adrelid AND a.attnum = d.adnum
  JOIN pg_catalog.pg_class c ON c.oid = d.adrelid
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
 WHERE d.adrelid >= 16384 AND a.attgenerated = '' AND NOT a.attisdropped
   AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND n.nspname <> ALL ($1::text[]))"};

// What differs from all parents. Its address is that of its own default, so that it depends on what
// that calls; else the table with an impossible column.
const extract_query inherited_column_query{"the inherited columns", R"(
WITH inherited AS (
     SELECT a.attrelid, a.attnum, a.attname, a.attnotnull, d.oid AS own,
            pg_catalog.pg_get_expr(d.adbin, d.adrelid) AS expression,
            bool_or(pa.attnotnull) AS above_not_null,
            array_agg(pg_catalog.pg_get_expr(pd.adbin, pd.adrelid) ORDER BY i.inhseqno)
                FILTER (WHERE pd.oid IS NOT NULL) AS above
       FROM pg_catalog.pg_attribute a
       JOIN pg_catalog.pg_class c ON c.oid = a.attrelid
       JOIN pg_catalog.pg_inherits i ON i.inhrelid = a.attrelid
       JOIN pg_catalog.pg_attribute pa ON pa.attrelid = i.inhparent AND pa.attname = a.attname
            AND NOT pa.attisdropped
       LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
       LEFT JOIN pg_catalog.pg_attrdef pd ON pd.adrelid = pa.attrelid AND pd.adnum = pa.attnum
      WHERE a.attinhcount > 0 AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
        AND a.attrelid >= 16384 AND c.relkind IN ('r', 'p')
      GROUP BY a.attrelid, a.attnum, a.attname, a.attnotnull, d.oid,
               pg_catalog.pg_get_expr(d.adbin, d.adrelid)) -- 13 knows no keys of catalogues
SELECT 'inherited_column' AS kind,
       CASE WHEN s.own IS NULL THEN 'pg_catalog.pg_class'::regclass::oid
            ELSE 'pg_catalog.pg_attrdef'::regclass::oid END AS classid,
       coalesce(s.own, c.oid) AS objid,
       CASE WHEN s.own IS NULL THEN -100 - s.attnum ELSE 0 END AS subid,
       'pg_catalog.pg_class'::regclass::oid AS pclass, c.oid AS pobj, 0 AS psub,
       n.nspname AS p1, c.relname AS p2, s.attname AS p3,
       CASE WHEN s.attnotnull AND NOT s.above_not_null THEN 'true' END AS not_null,
       CASE WHEN s.expression = ANY (s.above) THEN NULL ELSE s.expression END AS expression,
       CASE WHEN s.own IS NULL AND s.above IS NOT NULL THEN 'true' END AS no_default,
       s.above[1] AS _above
  FROM inherited s
  JOIN pg_catalog.pg_class c ON c.oid = s.attrelid
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
 WHERE (s.attnotnull AND NOT s.above_not_null
        OR s.expression IS NOT NULL AND (s.expression = ANY (s.above)) IS NOT TRUE
        OR s.own IS NULL AND s.above IS NOT NULL)
   AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND n.nspname <> ALL ($1::text[]))"};

const extract_query sequence_query{"the sequences", R"(
SELECT 'sequence' AS kind, 'pg_catalog.pg_class'::regclass::oid AS classid, c.oid AS objid,
       0 AS subid,
       'pg_catalog.pg_namespace'::regclass::oid AS pclass, n.oid AS pobj, 0 AS psub,
       n.nspname AS p1, c.relname AS p2,
       pg_catalog.format_type(q.seqtypid, NULL) AS type, q.seqstart::text AS start,
       q.seqincrement::text AS increment, q.seqmin::text AS min, q.seqmax::text AS max,
       q.seqcache::text AS cache, CASE WHEN q.seqcycle THEN 'true' END AS cycle,
       CASE WHEN c.relpersistence = 'u' THEN 'true' END AS unlogged
  FROM pg_catalog.pg_sequence q
  JOIN pg_catalog.pg_class c ON c.oid = q.seqrelid
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
 WHERE c.relpersistence <> 't'
   AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend i
                    WHERE i.classid = 'pg_catalog.pg_class'::regclass AND i.objid = c.oid
                      AND i.deptype = 'i')
   AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND n.nspname <> ALL ($1::text[]))"};

// Its address is the sequence with an impossible column, so that it is found by nobody but us.
const extract_query sequence_owner_query{"the owners of sequences", R"(
SELECT 'sequence_owner' AS kind, 'pg_catalog.pg_class'::regclass::oid AS classid, c.oid AS objid,
       -1 AS subid,
       'pg_catalog.pg_class'::regclass::oid AS pclass, c.oid AS pobj, 0 AS psub,
       n.nspname AS p1, c.relname AS p2,
       pg_catalog.quote_ident(rn.nspname) || '.' || pg_catalog.quote_ident(r.relname) || '.' ||
           pg_catalog.quote_ident(a.attname) AS column,
       pg_catalog.quote_ident(rn.nspname) || '.' || pg_catalog.quote_ident(r.relname) AS _table,
       pg_catalog.quote_ident(a.attname) AS _column
  FROM pg_catalog.pg_depend d
  JOIN pg_catalog.pg_class c ON c.oid = d.objid AND c.relkind = 'S'
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_catalog.pg_class r ON r.oid = d.refobjid
  JOIN pg_catalog.pg_namespace rn ON rn.oid = r.relnamespace
  JOIN pg_catalog.pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
 WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.refclassid = 'pg_catalog.pg_class'::regclass
   AND d.deptype = 'a' AND d.refobjsubid > 0
   AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND n.nspname <> ALL ($1::text[]))"};

} // namespace headspace::schema
