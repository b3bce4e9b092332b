Defaults, NOT NULL and constraints change in place; another base type moves the columns over.
-- A
CREATE DOMAIN positive AS int DEFAULT 1 CONSTRAINT above_zero CHECK (VALUE > 0) CONSTRAINT small CHECK (VALUE < 100);
CREATE DOMAIN code AS varchar(4);
CREATE DOMAIN later AS text;
ALTER DOMAIN later ADD CONSTRAINT filled CHECK (VALUE <> '') NOT VALID;
CREATE DOMAIN gone AS text COLLATE "C" NOT NULL;
CREATE TABLE t (p positive, c code DEFAULT 'a', l later);
COMMENT ON DOMAIN code IS 'four letters';
CREATE VIEW v AS SELECT p, c FROM t;
INSERT INTO t VALUES (5, 'abcd', 'x');
-- B
CREATE DOMAIN positive AS int DEFAULT 2 NOT NULL CONSTRAINT above_zero CHECK (VALUE > 0) CONSTRAINT small CHECK (VALUE < 1000);
CREATE DOMAIN code AS varchar(8) CONSTRAINT lower CHECK (VALUE = lower(VALUE));
CREATE DOMAIN later AS text CONSTRAINT filled CHECK (VALUE <> '');
CREATE DOMAIN fresh AS int CONSTRAINT a CHECK (VALUE > 0);
COMMENT ON CONSTRAINT a ON DOMAIN fresh IS 'more than nothing';
CREATE TABLE t (p positive, c code DEFAULT 'a', l later);
COMMENT ON DOMAIN code IS 'four letters';
CREATE VIEW v AS SELECT p, c FROM t;
