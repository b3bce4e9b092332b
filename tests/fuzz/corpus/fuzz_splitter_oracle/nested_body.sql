BEGIN;
COMMIT;
create or replace function b() returns i.t begin atomic select ;
COMMIT;
create or replace function b() returns i.t begin atomic select 


CMIT;
select 0;
 end;

--‘‘‘‘nIT;
create or replace function b() return


CMIT;
select 0;
 end;

--‘‘‘‘nIT;
create or replace function b() returns i.t begin atomic select 


COMMIT;
select 0;
 end;

--‘‘‘‘‘‘‘‘nd