# The package of the fixture instead of what lies under /usr/local.
remove_headspace
machine mkdir /tmp/package
machine sh -c 'cat >/tmp/package/first.deb' <"$(ls "${files%/*}"/deb/headspace_*.deb)"
machine sh -c 'cd /tmp/package && dpkg-deb -R first.deb tree && sed -i "s/^Version: .*/&+next/" tree/DEBIAN/control &&
    dpkg-deb -b -Zgzip -z1 tree next.deb >/dev/null'
machine rm -f /var/lib/man-db/auto-update # the index of all the manual pages of this host
start_database

machine dpkg -i /tmp/package/first.deb
for unit in headspaced.service headspaced.socket; do
    equals enabled "$(systemctl is-enabled $unit)" "$unit after the installation"
    equals active "$(systemctl is-active $unit)" "$unit after the installation"
done
equals running "$(systemctl is-system-running)" "the machine"
equals "" "$(machine systemd-analyze verify --man=no headspaced.service headspaced.socket 2>&1)" "systemd's remarks"
equals "640 root:headspace" "$(machine stat -c '%a %U:%G' /etc/headspace/headspaced.toml)" "the configuration"
equals "" "$(machine dpkg -V headspace)" "files that are not as in the package"
matches "Degraded*" "$(property StatusText)" "STATUS with nothing configured"

# An upgrade keeps the configuration, restarts the daemon, and nobody who asks meanwhile is turned away.
configure "$by_peer" 'pool_size = 3'
systemctl restart headspaced.service
eventually 30 status_begins Ready
write /etc/headspace/one.toml 0640 root:headspace <<<"$by_peer"
start headspaced@one.service
pid=$(property MainPID)
pid_of_one=$(property MainPID headspaced@one.service)
machine sh -c 'until [ -e /tmp/enough ]; do headspacectl ping >/dev/null || echo lost; done; echo done' >"$machine_base.pings" &
pings=$!
machine env DEBIAN_FRONTEND=noninteractive dpkg -i --force-confold /tmp/package/next.deb
machine touch /tmp/enough
wait $pings
said=$(cat "$machine_base.pings")
rm "$machine_base.pings"
equals "done" "$said" "pings during the upgrade"
[ "$(property MainPID)" != "$pid" ] || fail "the upgrade did not restart the daemon"
[ "$(property MainPID headspaced@one.service)" != "$pid_of_one" ] || fail "the upgrade did not restart the instance"
for unit in headspaced.service headspaced@one.service; do
    equals active "$(property ActiveState $unit)" "$unit after the upgrade"
done
equals 3 "$(number size pool)" "pool_size after the upgrade"

machine dpkg -r headspace
for unit in headspaced.service headspaced.socket headspaced@one.service headspaced@one.socket; do
    [ "$(systemctl is-active $unit || true)" != active ] || fail "$unit lives on after the removal"
done
fails_with 1 machine test -e /run/headspace/admin.sock
fails_with 0 machine test -e /etc/headspace/headspaced.toml

machine touch /var/lib/headspace/something
machine rm /etc/headspace/one.toml # an administrator's own file would stay
machine dpkg -P headspace
fails_with 1 machine test -e /etc/headspace
fails_with 1 machine test -e /var/lib/headspace
equals "" "$(machine find /etc/systemd /lib/systemd /usr/lib/sysusers.d /usr/lib/tmpfiles.d -name '*headspace*')" "what is left"
equals running "$(systemctl is-system-running)" "the machine after the purge"
