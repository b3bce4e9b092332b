configure "$by_peer"
start_database
start
eventually 30 status_begins Ready
for _ in 1 2 3; do ctl health db >/dev/null; done
sleep 3
acquires=$(number acquires pool)
uptime=$(number uptime_s status)
[ "$acquires" -ge 3 ] || fail "three questions, $acquires acquires"
machine kill -SEGV "$(property MainPID)"
eventually 30 property_is NRestarts 1
eventually 30 status_begins Ready
[ "$(number acquires pool)" -ge "$acquires" ] || fail "the acquires of before are forgotten"
machine awk "BEGIN { exit !($(number uptime_s status) > $uptime) }" || fail "the uptime began anew"
equals 1 "$(number crashes status)" "crashes"
machine kill -SEGV "$(property MainPID)"
eventually 30 property_is NRestarts 2
eventually 30 status_begins Ready
equals 2 "$(number crashes status)" "crashes"
equals 1 "$(property NFileDescriptorStore)" "descriptors in systemd's store"
# A restart that was asked for is a new beginning.
systemctl restart headspaced.service
eventually 30 status_begins Ready
equals 0 "$(number crashes status)" "crashes after an orderly restart"
