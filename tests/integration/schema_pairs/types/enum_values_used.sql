A new value of an enum that is used at once is committed first; one that is not needs no transaction of its own.
-- A
CREATE TYPE mood AS ENUM ('sad', 'ok');
CREATE TABLE t (m mood DEFAULT 'ok');
CREATE TYPE other AS ENUM ('a');
-- B
CREATE TYPE mood AS ENUM ('sad', 'ok', 'new');
CREATE TABLE t (m mood DEFAULT 'new', CHECK (m <> 'sad'));
CREATE TYPE other AS ENUM ('a', 'unused');
