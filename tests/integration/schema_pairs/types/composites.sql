Attributes come, go and change while no column has the type.
-- A
CREATE TYPE pair AS (a int, "B c" text COLLATE "C", gone date);
CREATE TYPE other AS (x int);
CREATE TYPE turned AS (x int, y int);
CREATE TYPE used AS (x int);
CREATE TABLE t (u used);
INSERT INTO t VALUES (ROW(1));
-- B
CREATE TYPE pair AS (a bigint, "B c" text COLLATE "C", added numeric(5,2));
CREATE TYPE turned AS (y int, x int);
CREATE TYPE empty AS ();
CREATE TYPE used AS (x int, y text);
CREATE TABLE t (u used);
