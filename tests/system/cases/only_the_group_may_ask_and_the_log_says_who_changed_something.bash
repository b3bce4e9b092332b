write /etc/headspace/headspaced.toml <<<"$by_peer"
machine systemd-tmpfiles --create headspace.conf # as at each boot
start
machine useradd --uid 4711 outsider
machine useradd --uid 4712 --groups headspace member
mode_of() { machine stat -c '%a %U:%G' "$1"; }
equals "755 root:root" "$(mode_of /run/headspace)" "the socket's folder"
equals "660 root:headspace" "$(mode_of /run/headspace/admin.sock)" "the socket"
equals "640 root:headspace" "$(mode_of /etc/headspace/headspaced.toml)" "the configuration"
equals "700 headspace:headspace" "$(mode_of /var/lib/headspace)" "the state"
status=0
said=$(machine runuser -u outsider -- headspacectl ping 2>&1) || status=$?
equals 7 $status "exit status of an outsider's ping"
matches "*group headspace*" "$said" "what the outsider is told"
fails_with 0 machine runuser -u member -- headspacectl pool recycle
journal_has 'POST /v1/pool/recycle from uid 4712' || fail "no line about the member's request"
machine journalctl -b -u headspaced.service HEADSPACE_PEER_UID=4712 -o cat --no-pager | grep -q recycle ||
    fail "the uid is no field of the journal"
id=$(machine journalctl -b -u headspaced.service HEADSPACE_EVENT=admin_request -o json --no-pager |
    sed -n 's/.*"MESSAGE_ID":"\([0-9a-f]\{32\}\)".*/\1/p' | head -n 1)
[[ $id ]] || fail "the event has no message id"
machine journalctl -b MESSAGE_ID="$id" -o cat --no-pager | grep -q 'POST /v1/pool/recycle' ||
    fail "the event is not found by its message id"
