An enum whose values are written as numbers and a number become each other by those names.
-- A
CREATE TYPE level AS ENUM ('1', '2', '30');
CREATE TABLE t (id int, small smallint NOT NULL DEFAULT 2, big bigint, was level DEFAULT '30');
INSERT INTO t VALUES (1, 1, 30, '2'), (2, 30, NULL, NULL);
-- B
CREATE TYPE level AS ENUM ('1', '2', '30');
CREATE TABLE t (id int, small level NOT NULL DEFAULT '2', big level, was smallint DEFAULT 30);
