A table and its columns change their names; its keys, indexes and sequence follow where the server named them.
-- A
CREATE TABLE users (id serial PRIMARY KEY, name text NOT NULL UNIQUE, age int CHECK (age > 0), boss int REFERENCES users);
CREATE INDEX ON users (lower(name));
CREATE INDEX by_age ON users (age);
CREATE TABLE posts (id int PRIMARY KEY, author int REFERENCES users);
COMMENT ON COLUMN users.name IS 'the name';
INSERT INTO users (name, age) VALUES ('a', 1), ('b', 2);
-- B
CREATE TABLE people (id serial PRIMARY KEY, full_name text NOT NULL UNIQUE, age bigint CHECK (age > 0), boss int REFERENCES people);
CREATE INDEX people_lower_idx ON people (lower(full_name));
CREATE INDEX by_years ON people (age);
CREATE TABLE posts (id int PRIMARY KEY, author int REFERENCES people);
COMMENT ON COLUMN people.full_name IS 'the full name';
-- RENAMES
public.users -> public.people
users.name -> people.full_name
by_age -> by_years
public.long_gone -> public.elsewhere
-- UP
ALTER TABLE public.users RENAME TO people;
ALTER INDEX public.by_age RENAME TO by_years;
ALTER SEQUENCE public.users_id_seq RENAME TO people_id_seq;
ALTER INDEX public.users_lower_idx RENAME TO people_lower_idx;
ALTER TABLE public.people RENAME COLUMN name TO full_name;
ALTER TABLE public.people RENAME CONSTRAINT users_pkey TO people_pkey;
ALTER TABLE public.people RENAME CONSTRAINT users_name_key TO people_full_name_key;
ALTER TABLE public.people RENAME CONSTRAINT users_age_check TO people_age_check;
ALTER TABLE public.people RENAME CONSTRAINT users_boss_fkey TO people_boss_fkey;
ALTER TABLE public.people ALTER COLUMN age TYPE bigint;
COMMENT ON COLUMN public.people.full_name IS 'the full name';
