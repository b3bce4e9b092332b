Functions whose bodies call each other are all there before anything runs them.
-- A
CREATE TABLE t (id int, name text);
INSERT INTO t VALUES (1, ' A ');
-- B
CREATE FUNCTION z_inner(x text) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT lower(x)';
CREATE FUNCTION a_outer(x text) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT public.z_inner(x)';
CREATE TABLE t (id int, name text CHECK (a_outer(name) <> 'b'), low text GENERATED ALWAYS AS (a_outer(name)) STORED);
CREATE INDEX t_outer ON t (a_outer(name));
CREATE MATERIALIZED VIEW m AS SELECT a_outer(name) FROM t;
