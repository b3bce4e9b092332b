select E'a' -- x
 'b\';' ; select 2