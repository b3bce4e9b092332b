Indexes of all shapes, and marks on tables that go by them.
-- A
CREATE TABLE t (id int NOT NULL, name text NOT NULL, tags text[], note text);
CREATE UNIQUE INDEX t_id ON t (id);
CREATE INDEX t_name ON t (name);
CREATE INDEX t_expr ON t (lower(name)) WHERE note IS NOT NULL;
ALTER TABLE t CLUSTER ON t_name;
ALTER TABLE t REPLICA IDENTITY USING INDEX t_id;
COMMENT ON INDEX t_expr IS 'lower';
-- B
CREATE TABLE t (id int NOT NULL, name text NOT NULL, tags text[], note text);
CREATE UNIQUE INDEX t_id ON t (id) INCLUDE (note);
CREATE INDEX t_name ON t (name text_pattern_ops DESC NULLS LAST) WITH (fillfactor = 50);
CREATE INDEX t_expr ON t (upper(name));
CREATE INDEX t_tags ON t USING gin (tags);
ALTER INDEX t_expr ALTER COLUMN 1 SET STATISTICS 500;
ALTER TABLE t REPLICA IDENTITY FULL;
COMMENT ON INDEX t_expr IS 'upper';
COMMENT ON INDEX t_tags IS 'tags';
ALTER TABLE t ADD CONSTRAINT t_key UNIQUE (name);
COMMENT ON INDEX t_key IS 'behind';
COMMENT ON CONSTRAINT t_key ON t IS 'before';
