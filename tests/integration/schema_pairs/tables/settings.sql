Settings of tables and columns, schemas, privileges and comments.
-- A
CREATE SCHEMA one;
CREATE SCHEMA gone;
CREATE TABLE gone.t (id int);
CREATE TABLE one.t (a text, b text, c int) WITH (fillfactor = 50, autovacuum_enabled = off);
COMMENT ON SCHEMA one IS 'one';
COMMENT ON COLUMN one.t.a IS 'a';
GRANT SELECT, INSERT ON one.t TO pg_monitor;
GRANT SELECT (a), UPDATE (b) ON one.t TO pg_read_all_data WITH GRANT OPTION;
GRANT USAGE ON SCHEMA one TO PUBLIC;
REVOKE TRUNCATE ON one.t FROM postgres;
CREATE UNLOGGED TABLE one.u (id int);
INSERT INTO one.t VALUES ('x', 'y', 1);
-- B
CREATE SCHEMA one;
CREATE SCHEMA "New One";
CREATE TABLE "New One"."T" ("Id" int);
CREATE TABLE one.t (a text, b text, c int) WITH (fillfactor = 60, toast.autovacuum_enabled = off);
ALTER TABLE one.t ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE one.t ALTER a SET STORAGE EXTERNAL, ALTER b SET STATISTICS 50, ALTER c SET (n_distinct = 5), ALTER b SET COMPRESSION pglz;
COMMENT ON COLUMN one.t.a IS E'it''s \\ new';
COMMENT ON TABLE one.t IS 'table';
COMMENT ON SCHEMA public IS 'mine';
GRANT SELECT, DELETE ON one.t TO pg_monitor WITH GRANT OPTION;
GRANT SELECT (a), UPDATE (c) ON one.t TO pg_read_all_data;
GRANT ALL ON SCHEMA one TO pg_monitor;
REVOKE ALL ON SCHEMA public FROM PUBLIC;
CREATE TABLE one.u (id int);
CREATE SEQUENCE one.s;
GRANT USAGE ON SEQUENCE one.s TO PUBLIC;
