A table makes room for a partitioned one of its name and becomes its first partition.
-- A
CREATE TABLE events (id int NOT NULL, day date NOT NULL, note text, PRIMARY KEY (id, day));
CREATE INDEX events_day_idx ON events (day);
CREATE VIEW latest AS SELECT max(day) AS day FROM events;
INSERT INTO events VALUES (1, '2020-02-02'), (2, '2021-01-01');
-- B
CREATE TABLE events (id int NOT NULL, day date NOT NULL, note text, PRIMARY KEY (id, day)) PARTITION BY RANGE (day);
CREATE INDEX events_day_idx ON events (day);
CREATE TABLE events_old PARTITION OF events FOR VALUES FROM (MINVALUE) TO ('2025-01-01');
CREATE TABLE events_new PARTITION OF events FOR VALUES FROM ('2025-01-01') TO (MAXVALUE);
CREATE VIEW latest AS SELECT max(day) AS day FROM events;
-- RENAMES
events -> events_old
