# Connecting to a server that does not answer, at the start; a migration that is under way, at the stop.
settings TimeoutStartSec=2s TimeoutStopSec=2s
configure "$by_peer" 'connect_timeout = 6' '[shutdown]' 'drain_timeout = "12s"' \
    '[migrations]' 'directory = "/etc/headspace/migrations"'
migration 1 "SELECT pg_sleep(6); CREATE TABLE public.late ();"
start_database
systemctl kill --signal=STOP postgresql.service
began=$SECONDS
start
[ $((SECONDS - began)) -ge 5 ] || fail "that start was too quick to prove anything"
matches "Degraded*" "$(property StatusText)" "STATUS"
systemctl kill --signal=CONT postgresql.service
eventually 60 status_begins Ready

ctl db upgrade >/dev/null &
upgrade=$!
under_way() { [ "$(psql -c "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(6)%' AND state = 'active' AND pid <> pg_backend_pid()" app)" = 1 ]; }
eventually 30 under_way
began=$SECONDS
systemctl stop headspaced.service
[ $((SECONDS - began)) -ge 4 ] || fail "that stop was too quick to prove anything"
equals success "$(property Result)" "how it ended"
wait $upgrade || fail "the upgrade did not end well"
equals late "$(psql -c "SELECT relname FROM pg_class WHERE relname = 'late'" app)" "what the migration made"
