configure "$by_peer"
start
equals active "$(property ActiveState)" "the service"
matches "Degraded: *" "$(property StatusText)" "STATUS"
fails_with 1 ctl status
fails_with 0 ctl ping
equals running "$(systemctl is-system-running)" "the machine"
