Extensions and what depends on them.
-- A
CREATE EXTENSION citext;
CREATE TABLE t (name citext, other citext);
-- B
CREATE SCHEMA ext;
CREATE EXTENSION pg_trgm SCHEMA ext;
CREATE EXTENSION citext;
CREATE TABLE t (name citext, other text);
CREATE INDEX t_name ON t USING gin ((name::text) ext.gin_trgm_ops);
