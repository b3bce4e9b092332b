settings WatchdogSec=2s
configure "$by_peer" '[health]' 'timeout = "1s"'
start_database
start
eventually 30 status_begins Ready
systemctl kill --signal=STOP postgresql.service
fails_with 1 ctl health db
for _ in $(seq 20); do
    fails_with 0 ctl ping >/dev/null
    sleep 0.5
done
equals 0 "$(property NRestarts)" "restarts after five times the watchdog"
systemctl kill --signal=CONT postgresql.service
eventually 60 status_begins Ready
equals 0 "$(property NRestarts)" "restarts"
