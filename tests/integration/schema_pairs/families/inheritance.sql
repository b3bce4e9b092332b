Children have the parent's columns and their own.
-- A
CREATE TABLE parent (id int PRIMARY KEY, a int, gone text);
CREATE TABLE child (own text) INHERITS (parent);
CREATE TABLE other (x int);
CREATE TABLE dropped (y int) INHERITS (parent);
INSERT INTO child VALUES (1, 2, 'x', 'y');
-- B
CREATE TABLE parent (id int PRIMARY KEY, a bigint, added int CHECK (added > 0));
CREATE TABLE child (own text, more int DEFAULT 3) INHERITS (parent);
CREATE TABLE other (x int);
CREATE TABLE fresh (z int) INHERITS (parent, other);
