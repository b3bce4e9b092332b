configure "$by_peer"
start
start_database
eventually 5 status_begins Ready
fails_with 0 ctl wait --for connected
fails_with 0 ctl health
machine journalctl -b --no-pager -o cat HEADSPACE_EVENT=database_connected |
    grep -qx 'Database connected to postgresql://headspace@.*' || fail "the line about the connection"
