Functions change in place where CREATE OR REPLACE can, and else with what stands on them.
-- A
CREATE TABLE t (id int PRIMARY KEY, a int);
CREATE FUNCTION body(x int) RETURNS int LANGUAGE sql AS 'SELECT x';
CREATE FUNCTION result(x int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT x';
CREATE FUNCTION renamed(old int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT $1';
CREATE FUNCTION fewer(x int, y int DEFAULT 1) RETURNS int LANGUAGE sql AS 'SELECT x';
CREATE FUNCTION over(x int) RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE FUNCTION over(x text) RETURNS int LANGUAGE sql AS 'SELECT 2';
CREATE FUNCTION out_only(OUT a int, OUT b text) LANGUAGE plpgsql AS $$ BEGIN a := 1; END $$;
CREATE PROCEDURE work(INOUT n int) LANGUAGE plpgsql AS $$ BEGIN n := n + 1; END $$;
CREATE FUNCTION standard(i int) RETURNS int BEGIN ATOMIC SELECT t.a FROM t WHERE t.id = i; END;
ALTER TABLE t ADD CONSTRAINT t_check CHECK (renamed(a) > 0);
ALTER TABLE t ADD COLUMN d int DEFAULT renamed(3);
CREATE INDEX t_result_idx ON t (result(a));
COMMENT ON FUNCTION renamed(int) IS 'kept';
GRANT EXECUTE ON FUNCTION renamed(int) TO pg_monitor;
REVOKE EXECUTE ON FUNCTION body(int) FROM PUBLIC;
INSERT INTO t (id, a) VALUES (1, 1);
-- B
CREATE TABLE t (id int PRIMARY KEY, a int);
CREATE FUNCTION body(x int) RETURNS int LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS 'SELECT x + 1';
CREATE FUNCTION result(x int) RETURNS bigint LANGUAGE sql IMMUTABLE AS 'SELECT x::bigint';
CREATE FUNCTION renamed(new int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT $1';
CREATE FUNCTION fewer(x int, y int) RETURNS int LANGUAGE sql AS 'SELECT x';
CREATE FUNCTION over(x int) RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE FUNCTION out_only(OUT a int, OUT b text, OUT c date) LANGUAGE plpgsql AS $$ BEGIN a := 1; END $$;
CREATE PROCEDURE work(INOUT n int) LANGUAGE plpgsql AS $$ BEGIN n := n + 2; END $$;
CREATE FUNCTION standard(i int) RETURNS int BEGIN ATOMIC SELECT t.a + 1 FROM t WHERE t.id = i; END;
CREATE FUNCTION nothing_yet(x int) RETURNS int LANGUAGE sql AS 'SELECT x';
CREATE FUNCTION calls_it(x int) RETURNS int LANGUAGE sql AS 'SELECT body(x) + nothing_yet(x)';
ALTER TABLE t ADD CONSTRAINT t_check CHECK (renamed(a) > 0);
ALTER TABLE t ADD COLUMN d int DEFAULT renamed(3);
CREATE INDEX t_result_idx ON t (result(a));
COMMENT ON FUNCTION renamed(int) IS 'kept';
GRANT EXECUTE ON FUNCTION renamed(int) TO pg_monitor;
GRANT EXECUTE ON PROCEDURE work(int) TO pg_monitor WITH GRANT OPTION;
