Another way to partition: the parent is made anew, its partitions outlive it. A parent goes, another comes.
-- A
CREATE TABLE m (id int NOT NULL, k int NOT NULL) PARTITION BY LIST (k);
CREATE TABLE m_1 PARTITION OF m FOR VALUES IN (1);
CREATE TABLE gone (id int, k int) PARTITION BY LIST (k);
CREATE TABLE orphan PARTITION OF gone FOR VALUES IN (1);
CREATE TABLE heir (own int);
CREATE TABLE events (id int PRIMARY KEY, day date NOT NULL);
CREATE INDEX events_day_idx ON events (day);
CREATE TABLE plain (id int, k int);
INSERT INTO m VALUES (7, 1);
INSERT INTO gone VALUES (8, 1);
INSERT INTO events VALUES (1, '2020-02-02');
-- B
CREATE TABLE m (id int NOT NULL, k int NOT NULL) PARTITION BY RANGE (id);
CREATE TABLE m_1 PARTITION OF m FOR VALUES FROM (0) TO (10);
CREATE TABLE orphan (id int, k int);
CREATE TABLE fresh (base int);
CREATE TABLE heir (own int) INHERITS (fresh);
CREATE TABLE all_events (id int NOT NULL, day date NOT NULL) PARTITION BY RANGE (day);
CREATE INDEX all_events_day_idx ON all_events (day);
CREATE TABLE events_old PARTITION OF all_events DEFAULT;
CREATE TABLE plain (id int, k int);
-- RENAMES
events -> events_old
