Columns come, go and change; rows stay.
-- A
CREATE TABLE t (
    id int PRIMARY KEY,
    gone text,
    renamed_type int DEFAULT 5,
    grows varchar(10) DEFAULT 'x',
    shrinks numeric(10,2),
    nullable text NOT NULL,
    strict text,
    plain int,
    computed int GENERATED ALWAYS AS (id * 2) STORED,
    stops int GENERATED ALWAYS AS (id * 2) STORED,
    from_text text DEFAULT '1'
);
CREATE INDEX t_gone_idx ON t (gone);
CREATE INDEX t_grows_idx ON t (grows);
ALTER TABLE t ADD CONSTRAINT t_gone_check CHECK (gone <> grows);
CREATE INDEX t_computed_idx ON t (computed);
INSERT INTO t (id, gone, nullable, strict, from_text) VALUES (1, 'a', 'b', 'c', '7'), (2, NULL, 'b', 'c', '8');
-- B
CREATE TABLE t (
    id int PRIMARY KEY,
    renamed_type bigint DEFAULT 6,
    grows text DEFAULT 'x',
    shrinks numeric(12,1),
    nullable text,
    strict text NOT NULL,
    plain int DEFAULT 3,
    computed int GENERATED ALWAYS AS (id * 3) STORED,
    stops int,
    from_text int DEFAULT 1,
    added date NOT NULL DEFAULT '2020-01-01',
    "Odd name" text COLLATE "C"
);
CREATE INDEX t_grows_idx ON t (grows);
CREATE INDEX t_computed_idx ON t (computed);
