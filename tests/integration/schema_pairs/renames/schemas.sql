Things move to another schema, schemas change their names, and extensions move with all their types.
-- A
CREATE EXTENSION citext;
CREATE SCHEMA one;
CREATE SCHEMA two;
CREATE TABLE one.t (id serial PRIMARY KEY, name citext);
CREATE INDEX t_name ON one.t (name);
CREATE TABLE two."Odd One" ("Id" int);
CREATE SEQUENCE two.s;
-- B
CREATE SCHEMA ext;
CREATE EXTENSION citext SCHEMA ext;
CREATE SCHEMA three;
CREATE SCHEMA two;
CREATE TABLE two.u (id serial PRIMARY KEY, name ext.citext);
CREATE INDEX t_name ON two.u (name);
CREATE TABLE two."Even One" ("ID" int);
CREATE SEQUENCE three.r;
-- RENAMES
one -> three
one.t -> two.u
two."Odd One" -> two."Even One"
two."Odd One"."Id" -> two."Even One"."ID"
two.s -> three.r
