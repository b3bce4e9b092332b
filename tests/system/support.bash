# What the cases use: a machine with headspaced installed in it, a PostgreSQL that is not started yet, and a few words.

. "${BASH_SOURCE[0]%/*}/machine.bash"

# As the system user `headspace` through the socket, without a password.
by_peer='[database]
host = "/run/postgresql"
name = "app"
user = "headspace"'

fail() {
    echo "FAILED: $*" >&2
    exit 1
}

# equals EXPECTED ACTUAL WHAT; matches PATTERN ACTUAL WHAT (a pattern of `case`)
equals() {
    [ "$1" = "$2" ] || fail "$3: expected '$1', got '$2'"
}
matches() {
    # shellcheck disable=SC2254
    case $2 in $1) ;; *) fail "$3: expected $1, got '$2'" ;; esac
}

# fails_with STATUS CMD...: runs it, shows what it said, wants this exit status.
fails_with() {
    local wanted=$1 status=0
    shift
    "$@" || status=$?
    equals "$wanted" "$status" "exit status of '$*'"
}

# eventually SECONDS CMD...: until it succeeds; the machine may be slow, so be generous.
eventually() {
    local limit=$((SECONDS + $1 + 1))
    shift
    until "$@" >/dev/null 2>&1; do
        [ $SECONDS -lt $limit ] || fail "did not come true: $*"
        sleep 0.1
    done
}

ctl() { machine headspacectl "$@"; }
systemctl() { machine systemctl --no-pager "$@"; }
journal() { machine journalctl -b --no-pager -o cat -u headspaced.service; }

# property NAME [UNIT]
property() { systemctl show -P "$1" "${2:-headspaced.service}"; }
property_is() { [ "$(property "$1" "${3:-headspaced.service}")" = "$2" ]; }
status_begins() { [[ $(property StatusText "${2:-headspaced.service}") == "$1"* ]]; }
journal_has() { journal | grep -q -- "$1"; }

# number NAME CMD...: the first "NAME":number of what headspacectl --json CMD says.
number() {
    local name=$1
    shift
    ctl --json "$@" | grep -o -m 1 "\"$name\":[0-9.]*" | head -n 1 | cut -d: -f2
}

# write PATH [MODE [OWNER]]: standard input becomes that file of the machine.
write() {
    machine sh -c 'mkdir -p "${1%/*}" && cat >"$1" && chmod "$2" "$1" && chown "$3" "$1"' write "$1" "${2:-0644}" "${3:-root:root}"
}
configure() {
    printf '%s\n' "$@" | write /etc/headspace/headspaced.toml 0640 root:headspace
}
# settings LINE...: of [Service], beside those of the unit
settings() {
    { echo "[Service]"; printf '%s\n' "$@"; } | write /etc/systemd/system/headspaced.service.d/case.conf
    systemctl daemon-reload
}
# migration NUMBER SQL: a file of the daemon's migrations directory
migration() {
    printf -- '-- migrate:up\n%s\n-- migrate:down\n' "$2" |
        write "/etc/headspace/migrations/versions/2026010100000$1_step_$1.sql"
}

psql() { machine runuser -u postgres -- psql -qAtX -h /run/postgresql "${@}"; }
start_database() { systemctl start postgresql.service; }
stop_database() { systemctl stop postgresql.service; }
start() { systemctl start "${1:-headspaced.service}"; }
# The library that makes a process of the service misbehave when it is told to: misbehave HOW PID.
misbehaving='Environment=LD_PRELOAD=/usr/local/lib/headspace-test/misbehave.so'
misbehave() { machine touch "/run/misbehave/$1.$2"; }

# What a package's installation does, for the files that lie there already.
install_headspace() {
    machine systemd-sysusers
    machine systemd-tmpfiles --create headspace.conf
    machine mkdir -p /run/misbehave
    systemctl daemon-reload
}

# The machine as it was before that.
remove_headspace() {
    machine sh -c 'find /usr/local -path "*headspace*" -not -type d -delete; userdel headspace'
    machine rm -rf /run/headspace
    systemctl daemon-reload
}

show_what_happened() {
    echo "--- systemctl status"
    systemctl status --lines=0 'headspaced*' postgresql.service 2>&1 || true
    echo "--- journal"
    machine journalctl -b --no-pager -o short-monotonic 2>&1 | tail -n 150 || true
}
