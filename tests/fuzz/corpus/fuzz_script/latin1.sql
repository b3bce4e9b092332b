-- migrate:up
select 'ü';
