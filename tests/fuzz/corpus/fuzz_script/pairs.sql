-- migrate:up
a;
-- migrate:down
b
-- migrate:up lock_timeout:1s
c;
-- migrate:down transaction:false
d;
