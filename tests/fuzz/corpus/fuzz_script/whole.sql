-- Message
-- headspace:parent 1,2

-- migrate:up transaction:false lock_timeout:2s
select 1;
-- migrate:down
select 2;
