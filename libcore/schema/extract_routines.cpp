// Functions, procedures and aggregates. Their identity is the types of what they are called with,
// so that the new name of a parameter is a change and not another function.
#include "schema/extract_queries.hpp"

namespace headspace::schema {

// `parameters`: modes, names and types without the defaults; CREATE OR REPLACE can change neither
// them nor `result`, nor take a default away.
const extract_query function_query{"the functions", R"(
SELECT CASE p.prokind WHEN 'p' THEN 'procedure' ELSE 'function' END AS kind,
       'pg_catalog.pg_proc'::regclass::oid AS classid, p.oid AS objid, 0 AS subid,
       'pg_catalog.pg_namespace'::regclass::oid AS pclass, n.oid AS pobj, 0 AS psub,
       n.nspname AS p1, p.proname AS p2,
       coalesce((SELECT pg_catalog.string_agg(pg_catalog.format_type(x.type, NULL), ', '
                                              ORDER BY x.place)
                   FROM pg_catalog.unnest(p.proargtypes) WITH ORDINALITY AS x (type, place)), '')
           AS p3,
       pg_catalog.rtrim(pg_catalog.pg_get_functiondef(p.oid), E'\n') AS definition,
       pg_catalog.pg_get_function_result(p.oid) AS result,
       (SELECT pg_catalog.string_agg(
                   coalesce(p.proargmodes[x.place]::text, 'i') || ' ' ||
                   coalesce(p.proargnames[x.place], '') || ' ' ||
                   pg_catalog.format_type(x.type, NULL), ', ' ORDER BY x.place)
          FROM pg_catalog.unnest(coalesce(p.proallargtypes, p.proargtypes::oid[]))
               WITH ORDINALITY AS x (type, place)) AS parameters,
       CASE p.prokind WHEN 'w' THEN 'true' END AS is_window,
       p.pronargdefaults::text AS _defaults, l.lanname AS _language
  FROM pg_catalog.pg_proc p
  JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
  JOIN pg_catalog.pg_language l ON l.oid = p.prolang
 WHERE p.oid >= 16384 AND p.prokind IN ('f', 'p', 'w')
   AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend i
                    WHERE i.classid = 'pg_catalog.pg_proc'::regclass AND i.objid = p.oid
                      AND i.deptype = 'i')
   AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND n.nspname <> ALL ($1::text[]))"};

// There is no pg_get_functiondef() of an aggregate. `options` is what stands in the second pair of
// parentheses of CREATE AGGREGATE.
const extract_query aggregate_query{"the aggregates", R"(
SELECT 'aggregate' AS kind, 'pg_catalog.pg_proc'::regclass::oid AS classid, p.oid AS objid,
       0 AS subid,
       'pg_catalog.pg_namespace'::regclass::oid AS pclass, n.oid AS pobj, 0 AS psub,
       n.nspname AS p1, p.proname AS p2,
       coalesce(NULLIF(pg_catalog.pg_get_function_identity_arguments(p.oid), ''), '*') AS p3,
       pg_catalog.concat_ws(E',\n    ',
           'SFUNC = ' || a.aggtransfn::text,
           'STYPE = ' || pg_catalog.format_type(a.aggtranstype, NULL),
           CASE WHEN a.aggtransspace <> 0 THEN 'SSPACE = ' || a.aggtransspace END,
           'FINALFUNC = ' || NULLIF(a.aggfinalfn, 0)::pg_catalog.regproc::text,
           CASE WHEN a.aggfinalextra THEN 'FINALFUNC_EXTRA' END,
           CASE WHEN a.aggfinalfn <> 0 AND
                     a.aggfinalmodify <> CASE a.aggkind WHEN 'n' THEN 'r' ELSE 'w' END::"char" THEN
                'FINALFUNC_MODIFY = ' || CASE a.aggfinalmodify WHEN 'r' THEN 'READ_ONLY'
                     WHEN 's' THEN 'SHAREABLE' ELSE 'READ_WRITE' END END,
           'COMBINEFUNC = ' || NULLIF(a.aggcombinefn, 0)::pg_catalog.regproc::text,
           'SERIALFUNC = ' || NULLIF(a.aggserialfn, 0)::pg_catalog.regproc::text,
           'DESERIALFUNC = ' || NULLIF(a.aggdeserialfn, 0)::pg_catalog.regproc::text,
           'INITCOND = ' || pg_catalog.quote_literal(a.agginitval),
           'MSFUNC = ' || NULLIF(a.aggmtransfn, 0)::pg_catalog.regproc::text,
           'MINVFUNC = ' || NULLIF(a.aggminvtransfn, 0)::pg_catalog.regproc::text,
           CASE WHEN a.aggmtranstype <> 0 THEN
                'MSTYPE = ' || pg_catalog.format_type(a.aggmtranstype, NULL) END,
           CASE WHEN a.aggmtransspace <> 0 THEN 'MSSPACE = ' || a.aggmtransspace END,
           'MFINALFUNC = ' || NULLIF(a.aggmfinalfn, 0)::pg_catalog.regproc::text,
           CASE WHEN a.aggmfinalextra THEN 'MFINALFUNC_EXTRA' END,
           CASE WHEN a.aggmfinalfn <> 0 AND
                     a.aggmfinalmodify <> CASE a.aggkind WHEN 'n' THEN 'r' ELSE 'w' END::"char" THEN
                'MFINALFUNC_MODIFY = ' || CASE a.aggmfinalmodify WHEN 'r' THEN 'READ_ONLY'
                     WHEN 's' THEN 'SHAREABLE' ELSE 'READ_WRITE' END END,
           'MINITCOND = ' || pg_catalog.quote_literal(a.aggminitval),
           'SORTOP = ' || (SELECT 'OPERATOR(' || pg_catalog.quote_ident(on_.nspname) || '.' ||
                                  o.oprname || ')'
                             FROM pg_catalog.pg_operator o
                             JOIN pg_catalog.pg_namespace on_ ON on_.oid = o.oprnamespace
                            WHERE o.oid = a.aggsortop),
           CASE p.proparallel WHEN 's' THEN 'PARALLEL = SAFE' WHEN 'r' THEN 'PARALLEL = RESTRICTED' END,
           CASE WHEN a.aggkind = 'h' THEN 'HYPOTHETICAL' END) AS options,
       pg_catalog.pg_get_function_arguments(p.oid) AS arguments,
       pg_catalog.format_type(p.prorettype, NULL) AS result
  FROM pg_catalog.pg_aggregate a
  JOIN pg_catalog.pg_proc p ON p.oid = a.aggfnoid
  JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
 WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND n.nspname <> ALL ($1::text[]))"};

} // namespace headspace::schema
