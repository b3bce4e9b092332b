settings WatchdogSec=2s "$misbehaving"
configure "$by_peer"
start
misbehave block "$(property MainPID)"
eventually 30 property_is NRestarts 1
eventually 30 property_is ActiveState active
journal_has 'Watchdog timeout' || fail "the journal does not name the watchdog"
fails_with 0 ctl ping
