Tables begin and end to inherit, from one parent and from several; columns go up to the parent and come down.
-- A
CREATE TABLE p (id int NOT NULL, a int DEFAULT 1, CONSTRAINT p_check CHECK (a > 0));
CREATE TABLE q (b text, c int);
CREATE TABLE begins (id int NOT NULL, a int DEFAULT 9, own text, CONSTRAINT p_check CHECK (a > 0));
CREATE TABLE ends (own text) INHERITS (p);
CREATE TABLE more (own text) INHERITS (p);
CREATE TABLE fewer (own text) INHERITS (p, q);
CREATE TABLE turned (own text) INHERITS (p, q);
CREATE TABLE up_1 (base int);
CREATE TABLE up_2 (shared text, own int) INHERITS (up_1);
CREATE TABLE up_3 (own_3 int) INHERITS (up_2);
CREATE TABLE down_1 (base int, given text);
CREATE TABLE down_2 (own int) INHERITS (down_1);
CREATE TABLE lost_1 (base int, gone text);
CREATE TABLE lost_2 (base int, gone text, own int);
ALTER TABLE lost_2 INHERIT lost_1;
CREATE TABLE plain (id int);
INSERT INTO begins VALUES (1, 2, 'x');
INSERT INTO ends VALUES (1, 2, 'x');
INSERT INTO up_3 VALUES (1, 'kept', 2, 3);
INSERT INTO down_2 VALUES (1, 'kept', 2);
-- B
CREATE TABLE p (id int NOT NULL, a int DEFAULT 1, added text, CONSTRAINT p_check CHECK (a > 0));
CREATE TABLE q (b text, c bigint);
CREATE TABLE begins (own text, own_too int) INHERITS (p);
CREATE TABLE ends (id int NOT NULL, a int DEFAULT 1, own text, CONSTRAINT p_check CHECK (a > 0));
CREATE TABLE more (own text) INHERITS (p, q);
CREATE TABLE fewer (own text) INHERITS (q);
CREATE TABLE turned (own text) INHERITS (q, p);
CREATE TABLE up_1 (base int, shared text);
CREATE TABLE up_2 (own int) INHERITS (up_1);
CREATE TABLE up_3 (own_3 int) INHERITS (up_2);
CREATE TABLE down_1 (base int);
CREATE TABLE down_2 (given text, own int) INHERITS (down_1);
CREATE TABLE lost_1 (base int);
CREATE TABLE lost_2 (own int) INHERITS (lost_1);
CREATE TABLE plain (id int);
