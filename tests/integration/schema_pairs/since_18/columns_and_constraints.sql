What PostgreSQL 18 brought: virtual generated columns, constraints that are not enforced, NOT NULL
that has a name, default privileges of large objects, generated columns in publications.
-- A
CREATE TABLE u (a int PRIMARY KEY);
CREATE TABLE t (a int CONSTRAINT a_there NOT NULL, b int GENERATED ALWAYS AS (a + 1) STORED,
    c int GENERATED ALWAYS AS (a * 2) VIRTUAL, d int GENERATED ALWAYS AS (a * 3) VIRTUAL,
    e int GENERATED ALWAYS AS (a * 4), f int, g int, UNIQUE (a));
ALTER TABLE t ADD CONSTRAINT positive CHECK (a > 0) NOT ENFORCED;
ALTER TABLE t ADD CONSTRAINT of_u FOREIGN KEY (f) REFERENCES u;
CREATE TABLE parent (p int NOT NULL);
CREATE TABLE child (q int NOT NULL) INHERITS (parent);
CREATE TABLE parts (k int NOT NULL, v int) PARTITION BY LIST (k);
CREATE TABLE part_1 PARTITION OF parts FOR VALUES IN (1);
CREATE DOMAIN code AS text CONSTRAINT filled NOT NULL;
ALTER DEFAULT PRIVILEGES GRANT SELECT ON LARGE OBJECTS TO pg_monitor;
CREATE PUBLICATION p FOR TABLE t WITH (publish_generated_columns = stored);
CREATE PUBLICATION q FOR TABLE t;
INSERT INTO t (a, f) VALUES (1, NULL);
-- B
CREATE TABLE u (a int PRIMARY KEY);
CREATE TABLE t (a int CONSTRAINT called_otherwise NOT NULL, b int GENERATED ALWAYS AS (a + 1) VIRTUAL,
    c int GENERATED ALWAYS AS (a * 2) STORED, d int GENERATED ALWAYS AS (a * 30) VIRTUAL,
    e int, f int, g int GENERATED ALWAYS AS (a + a) VIRTUAL, UNIQUE (a));
ALTER TABLE t ADD CONSTRAINT positive CHECK (a > 0);
ALTER TABLE t ADD CONSTRAINT of_u FOREIGN KEY (f) REFERENCES u NOT ENFORCED;
CREATE TABLE parent (p int);
CREATE TABLE child (q int) INHERITS (parent);
CREATE TABLE parts (k int, v int NOT NULL) PARTITION BY LIST (k);
CREATE TABLE part_1 PARTITION OF parts FOR VALUES IN (1);
CREATE DOMAIN code AS text;
ALTER DEFAULT PRIVILEGES GRANT SELECT, UPDATE ON LARGE OBJECTS TO pg_monitor;
CREATE PUBLICATION p FOR TABLE t;
CREATE PUBLICATION q FOR TABLE t WITH (publish_generated_columns = stored);
INSERT INTO t (a, f) VALUES (1, NULL);
