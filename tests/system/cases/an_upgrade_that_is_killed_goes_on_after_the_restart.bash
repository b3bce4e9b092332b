configure "$by_peer" '[migrations]' 'auto_upgrade = true'
migration 1 "CREATE TABLE public.log (step int); INSERT INTO public.log VALUES (1);"
migration 2 "INSERT INTO public.log VALUES (2); SELECT pg_sleep(4); INSERT INTO public.log VALUES (3);"
start_database
systemctl start --no-block headspaced.service
in_the_middle() { [ "$(psql -c "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(4)%' AND state = 'active' AND pid <> pg_backend_pid()" app)" = 1 ]; }
eventually 30 in_the_middle
machine kill -KILL "$(property MainPID)"
eventually 60 property_is NRestarts 1
eventually 60 property_is ActiveState active
fails_with 0 ctl wait --for migrated --timeout 60
equals "1 2 3" "$(psql -c 'SELECT step FROM public.log ORDER BY step' app | paste -s -d ' ')" "what was done, and how often"
equals 1 "$(property NRestarts)" "restarts"
