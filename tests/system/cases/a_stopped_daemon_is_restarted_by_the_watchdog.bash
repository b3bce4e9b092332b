settings WatchdogSec=2s
configure "$by_peer"
start
pid=$(property MainPID)
sleep 5
equals "$pid" "$(property MainPID)" "the process, fed for longer than its watchdog"
machine kill -STOP "$pid"
eventually 30 property_is NRestarts 1
eventually 30 property_is ActiveState active
journal_has 'Watchdog timeout' || fail "the journal does not name the watchdog"
fails_with 0 ctl ping
