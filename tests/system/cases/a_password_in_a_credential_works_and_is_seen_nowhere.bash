password='c4nary-Z9x!@/%#-s3cret'
configure '[database]' 'host = "db.headspace.test"' 'name = "second"' 'user = "app"' '[log]' 'level = "trace"'
start_database

# Without the file it starts, and says what is missing.
start
equals active "$(property ActiveState)" "the service without the file"
matches "Degraded*" "$(property StatusText)" "STATUS without a password"
systemctl stop headspaced.service

printf '%s\n' "$password" | write /etc/headspace/database-password 0600
start
eventually 30 status_begins Ready
systemctl reload headspaced.service
ctl health db
pid=$(property MainPID)
{
    machine journalctl -b -o export --no-pager
    systemctl show headspaced.service
    systemctl status headspaced.service
    for what in status health pool config version; do
        ctl $what
        ctl --json $what
    done
    machine cat "/proc/$pid/cmdline" "/proc/$pid/environ"
    machine ls -laR /var/lib/headspace /run/headspace
    machine find /tmp /var/tmp /run/systemd -type f -not -path '*/journal/*' -not -path '/run/systemd/inaccessible/*' \
        -exec cat {} +
} 2>&1 | tr '\0' '\n' >"$machine_base.all"
[ "$(wc -l <"$machine_base.all")" -gt 200 ] || fail "there was hardly anything to look at"
found=$(grep -a -n -F -e "$password" -e c4nary "$machine_base.all" | head -n 3) || true
rm "$machine_base.all"
equals "" "$found" "the password was seen"

# Without the daemon root's doctor asks with the unit's credential; nobody else can, and is told so.
systemctl stop headspaced.socket headspaced.service
found=$(ctl doctor) && fail "doctor finds nothing although no daemon answers"
matches "*database_password from /etc/headspace/database-password*" "$found" "doctor without the daemon"
matches "*ok*authentication*as app to second*" "$found" "doctor without the daemon"
found=$(machine runuser -u nobody -- headspacectl doctor) && fail "nobody's doctor finds nothing"
matches "*which you may not read*" "$found" "doctor of nobody"
