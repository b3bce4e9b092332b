A table becomes a partition with what its new parent has, another is a table by itself again, others get other bounds.
-- A
CREATE TABLE m (id int NOT NULL, day date NOT NULL, v int DEFAULT 1, note text, CONSTRAINT m_check CHECK (v > 0), PRIMARY KEY (id, day)) PARTITION BY RANGE (day);
CREATE INDEX m_v_idx ON m (v);
CREATE TABLE m_1 PARTITION OF m FOR VALUES FROM ('2020-01-01') TO ('2021-01-01');
CREATE TABLE m_2 PARTITION OF m FOR VALUES FROM ('2021-01-01') TO ('2022-01-01');
CREATE TABLE m_rest PARTITION OF m DEFAULT;
CREATE TABLE m_free PARTITION OF m FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE TABLE alone (id bigint NOT NULL, day date, v int DEFAULT 7, own int, PRIMARY KEY (id));
CREATE INDEX alone_v ON alone (v);
CREATE TABLE twin (v int DEFAULT 5, day date NOT NULL, id int NOT NULL, note text, CONSTRAINT m_check CHECK (v > 0), CONSTRAINT twin_key PRIMARY KEY (id, day));
CREATE INDEX twin_by_v ON twin (v);
CREATE TABLE users (id int PRIMARY KEY);
CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
CREATE TRIGGER t BEFORE INSERT ON twin FOR EACH ROW EXECUTE FUNCTION f();
COMMENT ON TABLE alone IS 'by itself';
INSERT INTO m (id, day) VALUES (1, '2020-05-05'), (2, '2021-05-05'), (3, '2029-02-02'), (4, '2024-04-04');
INSERT INTO alone (id, day) VALUES (10, '2026-03-03');
INSERT INTO twin (id, day) VALUES (11, '2027-03-03');
-- B
CREATE TABLE users (id int PRIMARY KEY);
CREATE TABLE m (id int NOT NULL, day date NOT NULL, v bigint DEFAULT 2, added text, owner int REFERENCES users, CONSTRAINT m_check CHECK (v > 0), PRIMARY KEY (id, day)) PARTITION BY RANGE (day);
CREATE INDEX m_v_idx ON m (v);
CREATE INDEX m_added_idx ON m (added);
CREATE TABLE m_1 PARTITION OF m FOR VALUES FROM ('2019-01-01') TO ('2021-01-01');
CREATE TABLE m_2 PARTITION OF m FOR VALUES FROM ('2021-01-01') TO ('2022-01-01');
CREATE TABLE m_rest PARTITION OF m DEFAULT;
CREATE TABLE m_free (id int NOT NULL, day date NOT NULL, v int DEFAULT 1, note text, CONSTRAINT m_free_key PRIMARY KEY (id, day));
CREATE INDEX m_free_by_v ON m_free (v);
CREATE TABLE alone PARTITION OF m FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
CREATE TABLE twin PARTITION OF m FOR VALUES FROM ('2027-01-01') TO ('2028-01-01');
CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
CREATE TRIGGER t BEFORE INSERT ON m FOR EACH ROW EXECUTE FUNCTION f();
COMMENT ON TABLE alone IS 'one of many';
