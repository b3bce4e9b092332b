Names move between objects, and need quotes.
-- A
CREATE TABLE a (id int, CONSTRAINT c CHECK (id > 0));
CREATE INDEX moved ON a (id);
CREATE TABLE becomes_sequence (id int);
CREATE TABLE "select" ("from" int, "Mixed Case" text DEFAULT 'a''b');
-- B
CREATE TABLE a (id int, CONSTRAINT c UNIQUE (id));
CREATE TABLE b (id int);
CREATE INDEX moved ON b (id);
CREATE SEQUENCE becomes_sequence;
CREATE TABLE "select" ("from" int PRIMARY KEY, "Mixed Case" text DEFAULT 'a\b', "quo""te" int);
