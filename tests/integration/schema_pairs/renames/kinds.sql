Every kind that ALTER ... RENAME knows.
-- A
CREATE TYPE mood AS ENUM ('sad', 'Très bien');
CREATE TYPE pair AS (a int, b int);
CREATE DOMAIN age AS int CONSTRAINT old_check CHECK (VALUE > 0);
CREATE TYPE span AS RANGE (subtype = int);
CREATE COLLATION coll FROM "C";
CREATE TABLE t (id int CONSTRAINT t_old_check CHECK (id > 0), m mood DEFAULT 'sad', p pair, a age);
CREATE FUNCTION area(x int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT x * x';
CREATE FUNCTION area(x text) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT x';
CREATE PROCEDURE work() LANGUAGE sql AS 'SELECT 1';
CREATE VIEW v AS SELECT id, m FROM t;
CREATE MATERIALIZED VIEW mv AS SELECT id FROM t;
CREATE FUNCTION hook() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER before_all BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION hook();
CREATE POLICY everyone ON t USING (id > 0);
CREATE RULE nothing AS ON DELETE TO t DO ALSO NOTIFY x;
CREATE STATISTICS st ON id, m FROM t;
CREATE PUBLICATION pub FOR TABLE t;
CREATE SEQUENCE seq;
CREATE INDEX ind ON t (id);
INSERT INTO t VALUES (1, 'sad', NULL, 4);
-- B
CREATE TYPE feeling AS ENUM ('unhappy', 'Très bien');
CREATE TYPE two AS (first int, b int);
CREATE DOMAIN years AS int CONSTRAINT new_check CHECK (VALUE > 0);
CREATE TYPE stretch AS RANGE (subtype = int);
CREATE COLLATION kollation FROM "C";
CREATE TABLE t (id int CONSTRAINT t_new_check CHECK (id > 0), m feeling DEFAULT 'unhappy', p two, a years);
CREATE FUNCTION surface(x int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT x * x';
CREATE FUNCTION area(x text) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT x';
CREATE PROCEDURE toil() LANGUAGE sql AS 'SELECT 1';
CREATE VIEW w AS SELECT id AS number, m FROM t;
CREATE MATERIALIZED VIEW mw AS SELECT id FROM t;
CREATE FUNCTION hook() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER before_some BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION hook();
CREATE POLICY anyone ON t USING (id > 0);
CREATE RULE something AS ON DELETE TO t DO ALSO NOTIFY x;
CREATE STATISTICS stats ON id, m FROM t;
CREATE PUBLICATION pubs FOR TABLE t;
CREATE SEQUENCE numbers;
CREATE INDEX idx ON t (id);
-- RENAMES
mood -> feeling
public.mood.sad -> public.feeling.unhappy
pair -> two
pair.a -> two.first
age -> years
public.age.old_check -> public.years.new_check
span -> stretch
coll -> kollation
t.t_old_check -> t.t_new_check
area(integer) -> surface
work() -> toil
v -> w
v.id -> w.number
mv -> mw
t.before_all -> t.before_some
t.everyone -> t.anyone
t.nothing -> t.something
st -> stats
pub -> pubs
seq -> numbers
ind -> idx
-- UP
ALTER TYPE public.mood RENAME TO feeling;
ALTER TYPE public.pair RENAME TO two;
ALTER DOMAIN public.age RENAME TO years;
ALTER TYPE public.span RENAME TO stretch;
ALTER COLLATION public.coll RENAME TO kollation;
ALTER FUNCTION public.area(integer) RENAME TO surface;
ALTER PROCEDURE public.work() RENAME TO toil;
ALTER VIEW public.v RENAME TO w;
ALTER MATERIALIZED VIEW public.mv RENAME TO mw;
ALTER STATISTICS public.st RENAME TO stats;
ALTER PUBLICATION pub RENAME TO pubs;
ALTER SEQUENCE public.seq RENAME TO numbers;
ALTER INDEX public.ind RENAME TO idx;
ALTER TYPE public.feeling RENAME VALUE 'sad' TO 'unhappy';
ALTER TYPE public.two RENAME ATTRIBUTE a TO first;
ALTER TYPE public.span_multirange RENAME TO stretch_multirange;
ALTER DOMAIN public.years RENAME CONSTRAINT old_check TO new_check;
ALTER TABLE public.t RENAME CONSTRAINT t_old_check TO t_new_check;
ALTER TABLE public.w RENAME COLUMN id TO number;
ALTER TRIGGER before_all ON public.t RENAME TO before_some;
ALTER POLICY everyone ON public.t RENAME TO anyone;
ALTER RULE nothing ON public.t RENAME TO something;
