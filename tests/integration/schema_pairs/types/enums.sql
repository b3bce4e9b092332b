Values come, go and change their places; columns, defaults, checks, indexes, functions and views follow.
-- A
CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy');
CREATE TYPE size AS ENUM ('s', 'm');
CREATE TYPE gone AS ENUM ('x');
CREATE TABLE t (
    id int PRIMARY KEY,
    m mood NOT NULL DEFAULT 'ok',
    many mood[] DEFAULT '{sad}',
    s size DEFAULT 's'
);
ALTER TABLE t ADD CONSTRAINT t_check CHECK (m <> 'happy' OR id > 0);
CREATE INDEX t_m_idx ON t (m) WHERE m <> 'ok';
CREATE FUNCTION cheer(m mood) RETURNS mood LANGUAGE sql AS 'SELECT $1';
CREATE VIEW cheerful AS SELECT id, m FROM t WHERE m = 'happy'::mood;
COMMENT ON TYPE mood IS 'how it is';
GRANT USAGE ON TYPE mood TO PUBLIC;
INSERT INTO t (id, m, many) VALUES (1, 'ok', '{ok,happy}'), (2, 'happy', NULL);
-- B
CREATE TYPE mood AS ENUM ('ok', 'glad', 'happy');
CREATE TYPE size AS ENUM ('xs', 's', 'it''s', 'm', 'l\x');
CREATE TYPE fresh AS ENUM ();
CREATE TABLE t (
    id int PRIMARY KEY,
    m mood NOT NULL DEFAULT 'ok',
    many mood[] DEFAULT '{happy}',
    s size DEFAULT 's'
);
ALTER TABLE t ADD CONSTRAINT t_check CHECK (m <> 'happy' OR id > 0);
CREATE INDEX t_m_idx ON t (m) WHERE m <> 'ok';
CREATE FUNCTION cheer(m mood) RETURNS mood LANGUAGE sql AS 'SELECT $1';
CREATE VIEW cheerful AS SELECT id, m FROM t WHERE m = 'happy'::mood;
COMMENT ON TYPE mood IS 'how it is';
