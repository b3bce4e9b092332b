configure '[embedded]' 'enabled = true'
start
eventually 60 status_begins Ready
fails_with 0 ctl health db
equals "700 headspace:headspace" "$(machine stat -c '%a %U:%G' /var/lib/headspace/postgres)" "its data"
systemctl restart headspaced.service
eventually 60 status_begins Ready
systemctl stop headspaced.service
fails_with 1 machine pgrep -u headspace postgres
