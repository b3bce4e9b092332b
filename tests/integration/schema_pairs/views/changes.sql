What CREATE OR REPLACE can do is done so; options alone by ALTER.
-- A
CREATE TABLE t (id int PRIMARY KEY, v int);
CREATE VIEW grows AS SELECT id FROM t;
CREATE VIEW on_top AS SELECT id FROM grows;
CREATE VIEW shrinks AS SELECT id, v FROM t;
CREATE VIEW options AS SELECT id FROM t;
CREATE VIEW checked WITH (check_option = local) AS SELECT id FROM t WHERE id > 0;
CREATE MATERIALIZED VIEW m WITH (fillfactor = 50) AS SELECT id FROM t;
CREATE MATERIALIZED VIEW changed AS SELECT id FROM t WITH NO DATA;
CREATE VIEW gone AS SELECT 1 AS one;
CREATE VIEW becomes_table AS SELECT 1 AS one;
-- B
CREATE TABLE t (id int PRIMARY KEY, v int);
CREATE VIEW grows AS SELECT id, v FROM t;
COMMENT ON COLUMN grows.v IS 'new';
CREATE VIEW on_top AS SELECT id FROM grows;
CREATE VIEW shrinks AS SELECT v FROM t;
CREATE VIEW options WITH (security_invoker) AS SELECT id FROM t;
CREATE VIEW checked AS SELECT id FROM t WHERE id > 0;
CREATE MATERIALIZED VIEW m WITH (fillfactor = 60) AS SELECT id FROM t;
CREATE MATERIALIZED VIEW changed AS SELECT id, v FROM t;
CREATE TABLE becomes_table (one int);
CREATE VIEW "Ünusual name" AS SELECT 1 AS "a b";
