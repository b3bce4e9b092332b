configure '[database]' 'port = "no number"'
fails_with 1 start
equals failed "$(property ActiveState)" "the service"
equals 78 "$(property ExecMainStatus)" "exit status"
sleep 3
equals 0 "$(property NRestarts)" "restarts"
journal_has '/etc/headspace/headspaced.toml:2:.*port' || fail "the journal does not name the file, the line and the key"
configure "$by_peer"
systemctl reset-failed 'headspaced*'
start
