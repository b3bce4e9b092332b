Tables that refer to each other and to themselves.
-- A
CREATE TABLE kept (id int PRIMARY KEY);
-- B
CREATE TABLE kept (id int PRIMARY KEY);
CREATE TABLE a (id int PRIMARY KEY, b int, up int REFERENCES a);
CREATE TABLE b (id int PRIMARY KEY, a int REFERENCES a, k int REFERENCES kept);
ALTER TABLE a ADD CONSTRAINT a_b_fkey FOREIGN KEY (b) REFERENCES b;
