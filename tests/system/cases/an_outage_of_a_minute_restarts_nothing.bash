configure "$by_peer" '[reconnect]' 'max = "5s"'
start_database
start
eventually 30 status_begins Ready
pid=$(property MainPID)
machine sh -c 'while [ ! -e /tmp/enough ]; do headspacectl ping >/dev/null && echo ok || echo lost; sleep 0.5; done' \
    >"$machine_base.pings" &
pings=$!
stop_database
eventually 30 status_begins Degraded
sleep 60
start_database
eventually 20 status_begins Ready
machine touch /tmp/enough
wait $pings
said=$(sort "$machine_base.pings" | uniq -c | tr -s ' \n' ' ')
rm "$machine_base.pings"
matches " * ok " "$said" "/livez during the outage"
equals 0 "$(property NRestarts)" "restarts"
equals "$pid" "$(property MainPID)" "the process"
# One line when it begins, one a minute at most while it lasts, one when it ends.
equals 1 "$(journal | grep -c '^recovered after ')" "lines of the recovery"
[ "$(journal | grep -c '^database unavailable')" -le 2 ] || fail "too many lines about the outage"
