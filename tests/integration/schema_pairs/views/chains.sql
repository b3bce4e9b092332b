A column's type changes below a chain of views, with all that hangs on them.
-- A
CREATE TABLE t (id int PRIMARY KEY, v int, gone text);
CREATE VIEW one AS SELECT id, v FROM t;
CREATE VIEW two WITH (security_barrier) AS SELECT id, v * 2 AS twice FROM one;
CREATE MATERIALIZED VIEW three AS SELECT twice, count(*) AS n FROM two GROUP BY twice;
CREATE UNIQUE INDEX three_idx ON three (twice);
CREATE VIEW unrelated AS SELECT id FROM t;
CREATE VIEW without AS SELECT id, gone FROM t;
CREATE FUNCTION put() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
CREATE TRIGGER put INSTEAD OF INSERT ON one FOR EACH ROW EXECUTE FUNCTION put();
CREATE RULE quiet AS ON DELETE TO two DO INSTEAD NOTHING;
CREATE FUNCTION rows_of_two() RETURNS SETOF two LANGUAGE sql AS 'SELECT * FROM two';
ALTER VIEW one ALTER v SET DEFAULT 7;
COMMENT ON VIEW one IS 'first';
COMMENT ON COLUMN one.v IS 'the value';
COMMENT ON MATERIALIZED VIEW three IS 'kept';
GRANT SELECT ON one, two TO pg_monitor;
GRANT UPDATE (v) ON one TO pg_monitor;
INSERT INTO t VALUES (1, 1, 'x');
-- B
CREATE TABLE t (id int PRIMARY KEY, v bigint);
CREATE VIEW one AS SELECT id, v FROM t;
CREATE VIEW two WITH (security_barrier) AS SELECT id, v * 2 AS twice FROM one;
CREATE MATERIALIZED VIEW three AS SELECT twice, count(*) AS n FROM two GROUP BY twice;
CREATE UNIQUE INDEX three_idx ON three (twice);
CREATE VIEW unrelated AS SELECT id FROM t;
CREATE VIEW without AS SELECT id FROM t;
CREATE FUNCTION put() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
CREATE TRIGGER put INSTEAD OF INSERT ON one FOR EACH ROW EXECUTE FUNCTION put();
CREATE RULE quiet AS ON DELETE TO two DO INSTEAD NOTHING;
CREATE FUNCTION rows_of_two() RETURNS SETOF two LANGUAGE sql AS 'SELECT * FROM two';
ALTER VIEW one ALTER v SET DEFAULT 7;
COMMENT ON VIEW one IS 'first';
COMMENT ON COLUMN one.v IS 'the value';
COMMENT ON MATERIALIZED VIEW three IS 'kept';
GRANT SELECT ON one, two TO pg_monitor;
GRANT UPDATE (v) ON one TO pg_monitor;
