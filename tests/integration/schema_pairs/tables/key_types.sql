The types of both ends of a foreign key change together.
-- A
CREATE TABLE p (id int PRIMARY KEY, code varchar(10) UNIQUE);
CREATE TABLE c (p int REFERENCES p, code varchar(10) REFERENCES p (code));
INSERT INTO p VALUES (1, '1');
INSERT INTO c VALUES (1, '1');
-- B
CREATE TABLE p (id bigint PRIMARY KEY, code int UNIQUE);
CREATE TABLE c (p bigint REFERENCES p, code int REFERENCES p (code));
