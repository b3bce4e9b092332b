// Constraints of tables, and indexes.
#include "schema/extract_queries.hpp"

namespace headspace::schema {

// What ALTER can change by itself is taken out of the definition: NOT VALID and deferrability.
// Clones on partitions, and what is inherited, belong to the parent's constraint. One that is NOT
// ENFORCED (18) is never validated and says so in its definition.
const extract_query constraint_query{"the constraints", R"(
SELECT CASE k.contype WHEN 'p' THEN 'primary_key' WHEN 'u' THEN 'unique' WHEN 'c' THEN 'check'
                      WHEN 'x' THEN 'exclusion' ELSE 'foreign_key' END AS kind,
       'pg_catalog.pg_constraint'::regclass::oid AS classid, k.oid AS objid, 0 AS subid,
       'pg_catalog.pg_class'::regclass::oid AS pclass, c.oid AS pobj, 0 AS psub,
       n.nspname AS p1, c.relname AS p2, k.conname AS p3,
       pg_catalog.regexp_replace(pg_catalog.regexp_replace(pg_catalog.regexp_replace(
           pg_catalog.pg_get_constraintdef(k.oid), ' NOT VALID$', ''),
           ' INITIALLY DEFERRED$', ''), ' DEFERRABLE$', '') AS definition,
       CASE WHEN NOT k.convalidated AND coalesce(pg_catalog.to_jsonb(k) ->> 'conenforced', 'true') =
                'true' THEN 'true' END AS not_valid,
       CASE WHEN k.condeferrable THEN 'true' END AS deferrable,
       CASE WHEN k.condeferred THEN 'true' END AS initially_deferred,
       (SELECT pg_catalog.string_agg(o, ', ' ORDER BY o COLLATE "C")
          FROM pg_catalog.unnest(ic.reloptions) AS o) AS options,
       s.spcname AS tablespace,
       CASE WHEN i.indisclustered THEN 'true' END AS clustered,
       CASE WHEN i.indisreplident THEN 'true' END AS replica_identity,
       CASE WHEN NOT i.indisvalid THEN 'true' END AS invalid,
       (SELECT pg_catalog.string_agg(pg_catalog.quote_ident(a.attname), ', ' ORDER BY x.place)
          FROM pg_catalog.unnest(k.conkey) WITH ORDINALITY AS x (num, place)
          JOIN pg_catalog.pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = x.num)
           AS _columns,
       CASE WHEN k.contype = 'f' THEN (SELECT pg_catalog.quote_ident(fn.nspname) || '.' ||
            pg_catalog.quote_ident(f.relname) FROM pg_catalog.pg_class f
            JOIN pg_catalog.pg_namespace fn ON fn.oid = f.relnamespace
           WHERE f.oid = k.confrelid) END AS _references
  FROM pg_catalog.pg_constraint k
  JOIN pg_catalog.pg_class c ON c.oid = k.conrelid
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  LEFT JOIN pg_catalog.pg_class ic ON ic.oid = k.conindid AND k.contype IN ('p', 'u', 'x')
  LEFT JOIN pg_catalog.pg_index i ON i.indexrelid = ic.oid
  LEFT JOIN pg_catalog.pg_tablespace s ON s.oid = ic.reltablespace
 WHERE k.oid >= 16384 AND k.contype IN ('p', 'u', 'c', 'x', 'f') AND k.conparentid = 0
   AND k.coninhcount = 0
   AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND n.nspname <> ALL ($1::text[]))"};

const extract_query index_query{"the indexes", R"(
SELECT 'index' AS kind, 'pg_catalog.pg_class'::regclass::oid AS classid, c.oid AS objid,
       0 AS subid,
       'pg_catalog.pg_class'::regclass::oid AS pclass, i.indrelid AS pobj, 0 AS psub,
       n.nspname AS p1, c.relname AS p2,
       CASE c.relkind WHEN 'I' -- of the partitions too
            THEN pg_catalog.regexp_replace(pg_catalog.pg_get_indexdef(c.oid), ' ON ONLY ', ' ON ')
            ELSE pg_catalog.pg_get_indexdef(c.oid) END AS definition,
       s.spcname AS tablespace,
       CASE WHEN i.indisclustered THEN 'true' END AS clustered,
       CASE WHEN i.indisreplident THEN 'true' END AS replica_identity,
       CASE WHEN NOT i.indisvalid THEN 'true' END AS invalid,
       (SELECT pg_catalog.string_agg(a.attnum || ' ' || a.attstattarget, ', ' ORDER BY a.attnum)
          FROM pg_catalog.pg_attribute a WHERE a.attrelid = c.oid AND a.attstattarget >= 0)
           AS statistics,
       pg_catalog.quote_ident(rn.nspname) || '.' || pg_catalog.quote_ident(r.relname) AS _table,
       (SELECT pg_catalog.string_agg(pg_catalog.pg_get_indexdef(c.oid, g, true), ', ' ORDER BY g)
          FROM pg_catalog.generate_series(1, i.indnkeyatts) AS g) AS _columns
  FROM pg_catalog.pg_index i
  JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_catalog.pg_class r ON r.oid = i.indrelid
  JOIN pg_catalog.pg_namespace rn ON rn.oid = r.relnamespace
 LEFT JOIN pg_catalog.pg_tablespace s ON s.oid = c.reltablespace
 WHERE i.indexrelid >= 16384 AND NOT c.relispartition AND c.relpersistence <> 't'
   AND NOT EXISTS (SELECT FROM pg_catalog.pg_constraint k
                    WHERE k.conindid = c.oid AND k.conrelid = i.indrelid
                      AND k.contype IN ('p', 'u', 'x'))
   AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND n.nspname <> ALL ($1::text[]))"};

} // namespace headspace::schema
