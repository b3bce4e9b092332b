A check that is validated before spares ATTACH the reading, where a check can say what the bound says.
-- A
CREATE TABLE m (id int NOT NULL, "Kind" text NOT NULL) PARTITION BY LIST ("Kind");
CREATE TABLE one (id int NOT NULL, "Kind" text NOT NULL);
CREATE TABLE rest (id int NOT NULL, "Kind" text NOT NULL);
CREATE TABLE leaves PARTITION OF m FOR VALUES IN ('x', 'y');
CREATE TABLE r (id int NOT NULL) PARTITION BY RANGE (id);
CREATE TABLE r_1 (id int NOT NULL);
CREATE TABLE h (id int) PARTITION BY HASH (id);
CREATE TABLE h_0 (id int);
CREATE TABLE p (id int);
CREATE TABLE heir (id int);
INSERT INTO one VALUES (1, 'a');
INSERT INTO rest VALUES (1, 'q');
INSERT INTO leaves VALUES (1, 'x');
INSERT INTO r_1 VALUES (5);
INSERT INTO h_0 VALUES (1);
-- B
CREATE TABLE m (id int NOT NULL, "Kind" text NOT NULL) PARTITION BY LIST ("Kind");
CREATE INDEX m_id_idx ON m (id);
CREATE TABLE one PARTITION OF m FOR VALUES IN ('a', 'b''c');
CREATE TABLE rest PARTITION OF m DEFAULT;
CREATE TABLE leaves (id int NOT NULL, "Kind" text NOT NULL);
CREATE TABLE r (id int NOT NULL) PARTITION BY RANGE (id);
CREATE TABLE r_1 PARTITION OF r FOR VALUES FROM (1) TO (MAXVALUE);
CREATE TABLE h (id int) PARTITION BY HASH (id);
CREATE TABLE h_0 PARTITION OF h FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE p (id int);
CREATE TABLE heir () INHERITS (p);
-- UP
ALTER TABLE public.m DETACH PARTITION public.leaves;
CREATE INDEX m_id_idx ON public.m USING btree (id);
CREATE INDEX CONCURRENTLY one_id_idx ON public.one USING btree (id);
CREATE INDEX CONCURRENTLY rest_id_idx ON public.rest USING btree (id);
ALTER TABLE public.r_1 ADD CONSTRAINT headspace_bound CHECK (((id IS NOT NULL) AND (id >= 1))) NOT VALID;
ALTER TABLE public.r_1 VALIDATE CONSTRAINT headspace_bound;
ALTER TABLE public.one ADD CONSTRAINT headspace_bound CHECK ((("Kind" IS NOT NULL) AND ("Kind" = ANY (ARRAY['a'::text, 'b''c'::text])))) NOT VALID;
ALTER TABLE public.one VALIDATE CONSTRAINT headspace_bound;
ALTER TABLE public.r ATTACH PARTITION public.r_1 FOR VALUES FROM (1) TO (MAXVALUE);
ALTER TABLE public.m ATTACH PARTITION public.one FOR VALUES IN ('a', 'b''c');
ALTER TABLE public.heir INHERIT public.p;
ALTER TABLE public.h ATTACH PARTITION public.h_0 FOR VALUES WITH (modulus 2, remainder 0);
ALTER TABLE public.m ATTACH PARTITION public.rest DEFAULT;
ALTER TABLE public.r_1 DROP CONSTRAINT headspace_bound;
ALTER TABLE public.one DROP CONSTRAINT headspace_bound;
