settings TimeoutStartSec=4s
configure "$by_peer" '[migrations]' 'auto_upgrade = true' 'extend_timeout = "3s"'
for n in 1 2 3; do
    migration $n "CREATE TABLE step_$n (); SELECT pg_sleep(3);"
done
start_database
began=$SECONDS
systemctl start --no-block headspaced.service
eventually 20 status_begins "Migrating "
equals activating "$(property ActiveState)" "the service while it migrates"
eventually 60 property_is ActiveState active
[ $((SECONDS - began)) -ge 8 ] || fail "that was too quick to prove anything"
equals 0 "$(property NRestarts)" "restarts"
fails_with 0 ctl wait --for migrated
matches "20260101000003*" "$(ctl db current)" "the revision"
