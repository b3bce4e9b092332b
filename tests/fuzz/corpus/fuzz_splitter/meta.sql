select 1;
\connect x
