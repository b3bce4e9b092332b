-- migrate:up
do $$
-- migrate:down
$$;
/*
-- migrate:down
*/ vacuum; begin
