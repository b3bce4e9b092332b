-- migrate:up
select 1;
-- migrate:dwon
