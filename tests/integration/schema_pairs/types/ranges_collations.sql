Ranges and collations are replaced; what stands on them too.
-- A
CREATE COLLATION numbers (provider = icu, locale = 'en-u-kn-true');
CREATE COLLATION gone (provider = libc, locale = 'C');
CREATE FUNCTION distance(float8, float8) RETURNS float8 LANGUAGE sql IMMUTABLE AS 'SELECT $1 - $2';
CREATE TYPE span AS RANGE (subtype = float8, subtype_diff = distance);
CREATE FUNCTION first(s span) RETURNS float8 LANGUAGE sql AS 'SELECT lower($1)';
CREATE TABLE kept (n text COLLATE "C");
-- B
CREATE COLLATION numbers (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
CREATE TYPE span AS RANGE (subtype = float8, multirange_type_name = spans);
CREATE FUNCTION first(s span) RETURNS float8 LANGUAGE sql AS 'SELECT lower($1)';
CREATE TABLE kept (n text COLLATE numbers);
