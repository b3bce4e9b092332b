Wrappers, servers, mappings and foreign tables, whose options change one by one.
-- A
CREATE EXTENSION postgres_fdw;
CREATE FOREIGN DATA WRAPPER own OPTIONS (a '1', b '2');
CREATE SERVER s VERSION '1' FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host 'h', dbname 'it''s');
CREATE SERVER gone FOREIGN DATA WRAPPER own;
CREATE USER MAPPING FOR PUBLIC SERVER s OPTIONS (user 'u');
CREATE FOREIGN TABLE f (id int OPTIONS (column_name 'x'), dropped text) SERVER s OPTIONS (table_name 'q');
GRANT USAGE ON FOREIGN SERVER s TO pg_monitor;
COMMENT ON SERVER s IS 'there';
-- B
CREATE EXTENSION postgres_fdw;
CREATE FOREIGN DATA WRAPPER own OPTIONS (b '3', c '4');
CREATE SERVER s VERSION '2' FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host 'h2', port '1');
CREATE USER MAPPING FOR PUBLIC SERVER s OPTIONS (user 'v');
CREATE FOREIGN TABLE f (id int OPTIONS (column_name 'y'), added text OPTIONS (column_name 'z') NOT NULL) SERVER s OPTIONS (table_name 'q', schema_name 'p');
CREATE FOREIGN TABLE g (a int CHECK (a > 0)) SERVER s;
COMMENT ON FOREIGN TABLE g IS 'far away';
COMMENT ON SERVER s IS 'there';
