// What belongs to every kind: who depends on whom, what stands for what, comments, privileges,
// casts, and what else there is.
#include "schema/extract_queries.hpp"

namespace headspace::schema {

const extract_query member_query{"the members of extensions", R"(
SELECT classid, objid, 0 AS subid, refobjid AS ext
  FROM pg_catalog.pg_depend WHERE deptype = 'e')"};

// Chains are followed: an array type stands for its element, a row type for its relation.
// Clones of constraints, triggers and indexes on partitions stand for those of the parent; the
// multirange and the constructors of a range stand for it. NOT NULL, a constraint of its own on
// domains since 17 and on tables since 18, is an attribute here, whatever it is called; one that is
// NOT VALID or NO INHERIT is more than that, and left to be named.
const extract_query alias_query{"the internal objects", R"(
SELECT 'pg_catalog.pg_rewrite'::regclass::oid AS classid, oid AS objid, 0 AS subid,
       'pg_catalog.pg_class'::regclass::oid AS toclass, ev_class AS toobj, 0 AS tosub,
       false AS clone
  FROM pg_catalog.pg_rewrite WHERE oid >= 16384 AND rulename = '_RETURN'
UNION ALL
SELECT 'pg_catalog.pg_class'::regclass, conindid, 0, 'pg_catalog.pg_constraint'::regclass, oid, 0, false
  FROM pg_catalog.pg_constraint WHERE oid >= 16384 AND contype IN ('p', 'u', 'x') AND conindid <> 0
UNION ALL
SELECT 'pg_catalog.pg_attrdef'::regclass, d.oid, 0, 'pg_catalog.pg_class'::regclass, d.adrelid, d.adnum, false
  FROM pg_catalog.pg_attrdef d
  JOIN pg_catalog.pg_attribute a ON a.attrelid = d.adrelid AND a.attnum = d.adnum
 WHERE a.attgenerated <> ''
UNION ALL
SELECT 'pg_catalog.pg_type'::regclass, typarray, 0, 'pg_catalog.pg_type'::regclass, oid, 0, false
  FROM pg_catalog.pg_type WHERE oid >= 16384 AND typarray <> 0
UNION ALL
SELECT 'pg_catalog.pg_type'::regclass, t.oid, 0, 'pg_catalog.pg_class'::regclass, t.typrelid, 0, false
  FROM pg_catalog.pg_type t JOIN pg_catalog.pg_class c ON c.oid = t.typrelid
 WHERE t.oid >= 16384 AND c.relkind <> 'c'
UNION ALL
SELECT 'pg_catalog.pg_class'::regclass, t.typrelid, 0, 'pg_catalog.pg_type'::regclass, t.oid, 0, false
  FROM pg_catalog.pg_type t JOIN pg_catalog.pg_class c ON c.oid = t.typrelid
 WHERE t.oid >= 16384 AND c.relkind = 'c'
UNION ALL
SELECT classid, objid, 0, refclassid, refobjid, refobjsubid, false
  FROM pg_catalog.pg_depend
 WHERE classid = 'pg_catalog.pg_class'::regclass AND objid >= 16384 AND deptype = 'i'
   AND refclassid = 'pg_catalog.pg_class'::regclass AND refobjsubid > 0
UNION ALL
SELECT 'pg_catalog.pg_constraint'::regclass, oid, 0, 'pg_catalog.pg_constraint'::regclass, conparentid, 0, true
  FROM pg_catalog.pg_constraint WHERE conparentid <> 0
UNION ALL
SELECT 'pg_catalog.pg_constraint'::regclass, oid, 0, 'pg_catalog.pg_class'::regclass, conrelid, 0, true
  FROM pg_catalog.pg_constraint WHERE conparentid = 0 AND coninhcount > 0
UNION ALL
SELECT 'pg_catalog.pg_constraint'::regclass, oid, 0, 'pg_catalog.pg_class'::regclass, conrelid, conkey[1],
       coninhcount > 0
  FROM pg_catalog.pg_constraint
 WHERE contype = 'n' AND conrelid <> 0 AND convalidated AND NOT connoinherit AND conparentid = 0
   AND (conislocal OR coninhcount = 0)
UNION ALL
SELECT 'pg_catalog.pg_constraint'::regclass, oid, 0, 'pg_catalog.pg_type'::regclass, contypid, 0, false
  FROM pg_catalog.pg_constraint WHERE contype = 'n' AND contypid <> 0
UNION ALL
SELECT 'pg_catalog.pg_trigger'::regclass, oid, 0, 'pg_catalog.pg_constraint'::regclass, tgconstraint, 0, false
  FROM pg_catalog.pg_trigger WHERE tgisinternal AND tgconstraint <> 0
UNION ALL
SELECT 'pg_catalog.pg_trigger'::regclass, oid, 0, 'pg_catalog.pg_trigger'::regclass, tgparentid, 0, true
  FROM pg_catalog.pg_trigger WHERE tgparentid <> 0 AND NOT tgisinternal
UNION ALL
SELECT 'pg_catalog.pg_type'::regclass, (pg_catalog.to_jsonb(r) ->> 'rngmultitypid')::oid, 0,
       'pg_catalog.pg_type'::regclass, r.rngtypid, 0, false
  FROM pg_catalog.pg_range r
 WHERE r.rngtypid >= 16384 AND pg_catalog.to_jsonb(r) ->> 'rngmultitypid' IS NOT NULL
UNION ALL
SELECT classid, objid, 0, refclassid, refobjid, 0, false
  FROM pg_catalog.pg_depend
 WHERE classid = 'pg_catalog.pg_proc'::regclass AND objid >= 16384 AND deptype = 'i'
   AND refclassid = 'pg_catalog.pg_type'::regclass
UNION ALL
SELECT 'pg_catalog.pg_class'::regclass, i.inhrelid, 0, 'pg_catalog.pg_class'::regclass, i.inhparent, 0, true
  FROM pg_catalog.pg_inherits i JOIN pg_catalog.pg_class c ON c.oid = i.inhrelid
 WHERE c.relkind IN ('i', 'I')
   AND NOT EXISTS (SELECT FROM pg_catalog.pg_constraint k
                    WHERE k.conindid = c.oid AND k.contype IN ('p', 'u', 'x')))"};

const extract_query depend_query{"the dependencies", R"(
SELECT classid, objid, objsubid AS subid, refclassid AS refclass, refobjid AS refobj,
       refobjsubid AS refsub, deptype
  FROM pg_catalog.pg_depend
 WHERE objid >= 16384 AND refobjid >= 16384 AND deptype IN ('n', 'a', 'i', 'P', 'S')
   AND (refclassid <> 'pg_catalog.pg_namespace'::regclass OR
        classid = 'pg_catalog.pg_extension'::regclass))"};

// An extension brings its comment along, and what is in the control file is not of the schema.
const extract_query comment_query{"the comments", R"(
SELECT classoid AS classid, objoid AS objid, objsubid AS subid, description AS text
  FROM pg_catalog.pg_description
 WHERE (objoid >= 16384 OR classoid = 'pg_catalog.pg_namespace'::regclass)
   AND classoid <> 'pg_catalog.pg_extension'::regclass)"};

// Only what differs from what an object of that class has by itself (acldefault): "granted",
// "grantable", or "revoked".
const extract_query privilege_query{"the privileges", R"(
WITH objects (classid, objid, subid, acl, class, owner) AS (
     SELECT 'pg_catalog.pg_class'::regclass::oid, oid, 0, relacl,
            CASE relkind WHEN 'S' THEN 's' ELSE 'r' END::"char", relowner
       FROM pg_catalog.pg_class WHERE relacl IS NOT NULL AND oid >= 16384
      UNION ALL
     SELECT 'pg_catalog.pg_class'::regclass::oid, c.oid, a.attnum, a.attacl, 'c'::"char", c.relowner
       FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_class c ON c.oid = a.attrelid
      WHERE a.attacl IS NOT NULL AND a.attnum > 0 AND c.oid >= 16384
      UNION ALL
     SELECT 'pg_catalog.pg_namespace'::regclass::oid, oid, 0, nspacl, 'n'::"char", nspowner
       FROM pg_catalog.pg_namespace WHERE nspacl IS NOT NULL
      UNION ALL
     SELECT 'pg_catalog.pg_proc'::regclass::oid, oid, 0, proacl, 'f'::"char", proowner
       FROM pg_catalog.pg_proc WHERE proacl IS NOT NULL AND oid >= 16384
      UNION ALL
     SELECT 'pg_catalog.pg_type'::regclass::oid, oid, 0, typacl, 'T'::"char", typowner
       FROM pg_catalog.pg_type WHERE typacl IS NOT NULL AND oid >= 16384
      UNION ALL
     SELECT 'pg_catalog.pg_foreign_data_wrapper'::regclass::oid, oid, 0, fdwacl, 'F'::"char", fdwowner
       FROM pg_catalog.pg_foreign_data_wrapper WHERE fdwacl IS NOT NULL AND oid >= 16384
      UNION ALL
     SELECT 'pg_catalog.pg_foreign_server'::regclass::oid, oid, 0, srvacl, 'S'::"char", srvowner
       FROM pg_catalog.pg_foreign_server WHERE srvacl IS NOT NULL AND oid >= 16384),
has AS (
     SELECT o.classid, o.objid, o.subid, x.grantee, x.privilege_type AS privilege,
            bool_or(x.is_grantable) AS grantable
       FROM objects o, pg_catalog.aclexplode(o.acl) x GROUP BY 1, 2, 3, 4, 5),
usual AS (
     SELECT o.classid, o.objid, o.subid, x.grantee, x.privilege_type AS privilege,
            bool_or(x.is_grantable) AS grantable
       FROM objects o, pg_catalog.aclexplode(pg_catalog.acldefault(o.class, o.owner)) x
      GROUP BY 1, 2, 3, 4, 5)
SELECT classid, objid, subid,
       CASE WHEN grantee = 0 THEN '' ELSE pg_catalog.pg_get_userbyid(grantee) END AS grantee,
       privilege,
       CASE WHEN h.grantable IS NULL THEN 'revoked' WHEN h.grantable THEN 'grantable'
            ELSE 'granted' END AS state
  FROM has h FULL JOIN usual u USING (classid, objid, subid, grantee, privilege)
 WHERE h.grantable IS DISTINCT FROM u.grantable)"};

// An entry without a schema replaces what objects have by themselves; one with a schema adds to it.
const extract_query default_privilege_query{"the default privileges", R"(
WITH entries AS (
     SELECT d.oid, pg_catalog.pg_get_userbyid(d.defaclrole) AS role, d.defaclnamespace AS nsp,
            n.nspname, d.defaclacl AS acl,
            CASE d.defaclobjtype WHEN 'r' THEN 'TABLES' WHEN 'S' THEN 'SEQUENCES'
                 WHEN 'f' THEN 'FUNCTIONS' WHEN 'T' THEN 'TYPES' WHEN 'n' THEN 'SCHEMAS'
                 ELSE 'LARGE OBJECTS' END AS class,
            CASE WHEN d.defaclnamespace = 0 THEN pg_catalog.acldefault(
                 CASE d.defaclobjtype WHEN 'S' THEN 's' ELSE d.defaclobjtype END, d.defaclrole) END
                AS usual
       FROM pg_catalog.pg_default_acl d
       LEFT JOIN pg_catalog.pg_namespace n ON n.oid = d.defaclnamespace
      WHERE n.nspname IS NULL OR n.nspname <> ALL ($1::text[])),
has AS (
     SELECT e.oid, x.grantee, x.privilege_type AS privilege, bool_or(x.is_grantable) AS grantable
       FROM entries e, pg_catalog.aclexplode(e.acl) x GROUP BY 1, 2, 3),
usually AS (
     SELECT e.oid, x.grantee, x.privilege_type AS privilege, bool_or(x.is_grantable) AS grantable
       FROM entries e, pg_catalog.aclexplode(e.usual) x GROUP BY 1, 2, 3),
states AS (
     SELECT oid, grantee, privilege,
            CASE WHEN h.grantable IS NULL THEN 'revoked' WHEN h.grantable THEN 'grantable'
                 ELSE 'granted' END AS state
       FROM has h FULL JOIN usually u USING (oid, grantee, privilege)
      WHERE h.grantable IS DISTINCT FROM u.grantable)
SELECT 'default_privilege' AS kind, 'pg_catalog.pg_default_acl'::regclass::oid AS classid,
       e.oid AS objid, 0 AS subid,
       CASE WHEN e.nsp <> 0 THEN 'pg_catalog.pg_namespace'::regclass::oid END AS pclass,
       NULLIF(e.nsp, 0) AS pobj, 0 AS psub,
       e.role AS p1, coalesce(e.nspname, '') AS p2, e.class AS p3,
       CASE WHEN s.grantee = 0 THEN '' ELSE pg_catalog.pg_get_userbyid(s.grantee) END AS p4,
       max(state) FILTER (WHERE privilege = 'SELECT') AS "SELECT",
       max(state) FILTER (WHERE privilege = 'INSERT') AS "INSERT",
       max(state) FILTER (WHERE privilege = 'UPDATE') AS "UPDATE",
       max(state) FILTER (WHERE privilege = 'DELETE') AS "DELETE",
       max(state) FILTER (WHERE privilege = 'TRUNCATE') AS "TRUNCATE",
       max(state) FILTER (WHERE privilege = 'REFERENCES') AS "REFERENCES",
       max(state) FILTER (WHERE privilege = 'TRIGGER') AS "TRIGGER",
       max(state) FILTER (WHERE privilege = 'MAINTAIN') AS "MAINTAIN",
       max(state) FILTER (WHERE privilege = 'USAGE') AS "USAGE",
       max(state) FILTER (WHERE privilege = 'CREATE') AS "CREATE",
       max(state) FILTER (WHERE privilege = 'EXECUTE') AS "EXECUTE"
  FROM entries e JOIN states s USING (oid)
 GROUP BY e.oid, e.role, e.nsp, e.nspname, e.class, s.grantee)"};

const extract_query role_query{"the role", "SELECT current_user AS role"};

const extract_query cast_query{"the casts", R"(
SELECT pg_catalog.format_type(castsource, NULL) AS from, pg_catalog.format_type(casttarget, NULL) AS to,
       castcontext AS context, castmethod = 'b' AS binary
  FROM pg_catalog.pg_cast)"};

// All catalogues whose rows a person can create in a database. What a query of facts, an alias or
// an extension explains is taken away by the caller; the rest has no rule.
const extract_query everything_query{"everything there is", R"(
WITH skipped AS (
     SELECT oid FROM pg_catalog.pg_namespace
      WHERE nspname ~ '^pg_' OR nspname = 'information_schema' OR nspname = ANY ($1::text[]))
SELECT 'pg_catalog.pg_namespace'::regclass::oid AS classid, oid AS objid
  FROM pg_catalog.pg_namespace WHERE oid >= 16384 AND oid NOT IN (SELECT oid FROM skipped)
UNION ALL SELECT 'pg_catalog.pg_extension'::regclass, oid
  FROM pg_catalog.pg_extension WHERE oid >= 16384
UNION ALL SELECT 'pg_catalog.pg_class'::regclass, oid
  FROM pg_catalog.pg_class WHERE oid >= 16384 AND relkind <> 't' AND relnamespace NOT IN (SELECT oid FROM skipped)
UNION ALL SELECT 'pg_catalog.pg_type'::regclass, oid
  FROM pg_catalog.pg_type WHERE oid >= 16384 AND typnamespace NOT IN (SELECT oid FROM skipped)
UNION ALL SELECT 'pg_catalog.pg_proc'::regclass, oid
  FROM pg_catalog.pg_proc WHERE oid >= 16384 AND pronamespace NOT IN (SELECT oid FROM skipped)
UNION ALL SELECT 'pg_catalog.pg_constraint'::regclass, oid
  FROM pg_catalog.pg_constraint
 WHERE oid >= 16384 AND contype <> 't' AND connamespace NOT IN (SELECT oid FROM skipped)
UNION ALL SELECT 'pg_catalog.pg_trigger'::regclass, t.oid
  FROM pg_catalog.pg_trigger t JOIN pg_catalog.pg_class c ON c.oid = t.tgrelid
 WHERE t.oid >= 16384 AND NOT t.tgisinternal AND c.relnamespace NOT IN (SELECT oid FROM skipped)
UNION ALL SELECT 'pg_catalog.pg_rewrite'::regclass, r.oid
  FROM pg_catalog.pg_rewrite r JOIN pg_catalog.pg_class c ON c.oid = r.ev_class
 WHERE r.oid >= 16384 AND c.relnamespace NOT IN (SELECT oid FROM skipped)
UNION ALL SELECT 'pg_catalog.pg_policy'::regclass, p.oid
  FROM pg_catalog.pg_policy p JOIN pg_catalog.pg_class c ON c.oid = p.polrelid
 WHERE c.relnamespace NOT IN (SELECT oid FROM skipped)
UNION ALL SELECT 'pg_catalog.pg_operator'::regclass, oid
  FROM pg_catalog.pg_operator WHERE oid >= 16384 AND oprnamespace NOT IN (SELECT oid FROM skipped)
UNION ALL SELECT 'pg_catalog.pg_opclass'::regclass, oid
  FROM pg_catalog.pg_opclass WHERE oid >= 16384 AND opcnamespace NOT IN (SELECT oid FROM skipped)
UNION ALL SELECT 'pg_catalog.pg_opfamily'::regclass, oid
  FROM pg_catalog.pg_opfamily WHERE oid >= 16384 AND opfnamespace NOT IN (SELECT oid FROM skipped)
UNION ALL SELECT 'pg_catalog.pg_cast'::regclass, oid FROM pg_catalog.pg_cast WHERE oid >= 16384
UNION ALL SELECT 'pg_catalog.pg_collation'::regclass, oid
  FROM pg_catalog.pg_collation WHERE oid >= 16384 AND collnamespace NOT IN (SELECT oid FROM skipped)
UNION ALL SELECT 'pg_catalog.pg_conversion'::regclass, oid
  FROM pg_catalog.pg_conversion WHERE oid >= 16384 AND connamespace NOT IN (SELECT oid FROM skipped)
UNION ALL SELECT 'pg_catalog.pg_transform'::regclass, oid FROM pg_catalog.pg_transform WHERE oid >= 16384
UNION ALL SELECT 'pg_catalog.pg_language'::regclass, oid FROM pg_catalog.pg_language WHERE oid >= 16384
UNION ALL SELECT 'pg_catalog.pg_am'::regclass, oid FROM pg_catalog.pg_am WHERE oid >= 16384
UNION ALL SELECT 'pg_catalog.pg_ts_config'::regclass, oid
  FROM pg_catalog.pg_ts_config WHERE oid >= 16384 AND cfgnamespace NOT IN (SELECT oid FROM skipped)
UNION ALL SELECT 'pg_catalog.pg_ts_dict'::regclass, oid
  FROM pg_catalog.pg_ts_dict WHERE oid >= 16384 AND dictnamespace NOT IN (SELECT oid FROM skipped)
UNION ALL SELECT 'pg_catalog.pg_ts_parser'::regclass, oid
  FROM pg_catalog.pg_ts_parser WHERE oid >= 16384 AND prsnamespace NOT IN (SELECT oid FROM skipped)
UNION ALL SELECT 'pg_catalog.pg_ts_template'::regclass, oid
  FROM pg_catalog.pg_ts_template WHERE oid >= 16384 AND tmplnamespace NOT IN (SELECT oid FROM skipped)
UNION ALL SELECT 'pg_catalog.pg_statistic_ext'::regclass, oid
  FROM pg_catalog.pg_statistic_ext WHERE stxnamespace NOT IN (SELECT oid FROM skipped)
UNION ALL SELECT 'pg_catalog.pg_publication'::regclass, oid FROM pg_catalog.pg_publication
UNION ALL SELECT 'pg_catalog.pg_subscription'::regclass, s.oid
  FROM pg_catalog.pg_subscription s JOIN pg_catalog.pg_database d ON d.oid = s.subdbid
 WHERE d.datname = pg_catalog.current_database()
UNION ALL SELECT 'pg_catalog.pg_foreign_data_wrapper'::regclass, oid FROM pg_catalog.pg_foreign_data_wrapper
UNION ALL SELECT 'pg_catalog.pg_foreign_server'::regclass, oid FROM pg_catalog.pg_foreign_server
UNION ALL SELECT 'pg_catalog.pg_user_mapping'::regclass, umid FROM pg_catalog.pg_user_mappings
UNION ALL SELECT 'pg_catalog.pg_event_trigger'::regclass, oid FROM pg_catalog.pg_event_trigger
UNION ALL SELECT 'pg_catalog.pg_default_acl'::regclass, oid FROM pg_catalog.pg_default_acl)"};

// What hangs on a column that is no fact, since it is its parent's, is no fact either.
const extract_query label_query{"the security labels", R"(
SELECT x.type, 'on inherited column ' || pg_catalog.quote_ident(n.nspname) || '.' ||
       pg_catalog.quote_ident(c.relname) || '.' || pg_catalog.quote_ident(a.attname) AS identity
  FROM pg_catalog.pg_attribute a
  JOIN pg_catalog.pg_class c ON c.oid = a.attrelid
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
 CROSS JOIN LATERAL (
       SELECT 'comment' AS type FROM pg_catalog.pg_description d
        WHERE d.classoid = 'pg_catalog.pg_class'::regclass AND d.objoid = c.oid
          AND d.objsubid = a.attnum
        UNION ALL SELECT 'privileges' WHERE a.attacl IS NOT NULL) x
 WHERE a.attinhcount > 0 AND a.attnum > 0 AND NOT a.attisdropped AND c.oid >= 16384
   AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND n.nspname <> ALL ($1::text[])
UNION ALL
SELECT 'security label' AS type, l.provider || ' on ' || i.type || ' ' || i.identity AS identity
  FROM pg_catalog.pg_seclabel l,
       pg_catalog.pg_identify_object(l.classoid, l.objoid, l.objsubid) i)"};

const extract_query identify_query{"what has no rule", R"(
SELECT i.type, coalesce(i.identity, '') AS identity
  FROM ROWS FROM (unnest($1::oid[]), unnest($2::oid[])) AS x (classid, objid),
       pg_catalog.pg_identify_object(x.classid, x.objid, 0) i)"};

} // namespace headspace::schema
