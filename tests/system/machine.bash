# A machine: Debian's systemd as PID 1 of private namespaces, over an overlay of this host's own files. No image, no
# network, no virtual machine; half a second to boot, and nothing of it is left when the script that booted it ends,
# even by SIGKILL. To be sourced by bash scripts.
#
#   machine_boot NAME FILES     boots; the tree FILES lies over the host's files, which stay as they are
#   machine CMD...              runs CMD in it as root, with standard input and output; its exit status
#   machine_files               where its root is, seen from here
#   machine_end                 ends it
#
# Needs root, overlayfs, and Debian's systemd and dbus. Where that cannot be had machine_boot says why and exits 77.

machine_pid=
machine_base=
machine_cgroups=()

cannot_run_here() {
    echo "cannot run here: $*" >&2
    exit 77
}

# Where the controllers of this host are: `unified` is the second version, `hybrid` the first beside it. Memory limits
# bite only where the memory controller is.
machine_cgroup_mode() {
    local v2=/sys/fs/cgroup
    [ "$(stat -f -c %T $v2)" = cgroup2fs ] || v2=$v2/unified
    [ "$(stat -f -c %T $v2 2>/dev/null)" = cgroup2fs ] || cannot_run_here "no cgroup2 file system on this host"
    machine_cgroups=("$v2/$1")
    if grep -qw memory $v2/cgroup.controllers || [ ! -d /sys/fs/cgroup/memory ]; then
        machine_mode=unified
        return
    fi
    machine_mode=hybrid
    local controller
    for controller in /sys/fs/cgroup/*; do
        if [ -L "$controller" ] || [ "$(stat -f -c %T "$controller")" != cgroupfs ]; then continue; fi
        machine_cgroups+=("$controller/$1")
    done
}

machine_make_cgroups() {
    local group
    for group in "${machine_cgroups[@]}"; do
        mkdir "$group" 2>/dev/null || [ -d "$group" ] || cannot_run_here "no right to make the cgroup $group"
        if [ -e "$group/cpuset.cpus" ] && [ -e "$group/cgroup.clone_children" ]; then
            cat "${group%/*}/cpuset.cpus" >"$group/cpuset.cpus"
            cat "${group%/*}/cpuset.mems" >"$group/cpuset.mems"
            echo 1 >"$group/cgroup.clone_children"
        fi
    done
}

machine_join_cgroups() {
    local group
    for group in "${machine_cgroups[@]}"; do
        echo "$BASHPID" >"$group/cgroup.procs" 2>/dev/null || true
    done
}

# What becomes PID 1, in its new namespaces: builds the machine's files, moves in, and turns into systemd.
machine_init() {
    local files=$1 base=$2 mode=$3 root=$2/root entry
    shift 3
    # pivot_root wants a private tree; systemd wants a shared one afterwards.
    mount --make-rprivate /
    mount -t tmpfs -o mode=755 machine "$base"
    mkdir "$root" "$base/upper" "$base/work"
    cp -a "$files/." "$base/upper" # not a layer of its own: overlayfs refuses one that lies within another
    chmod 755 "$base/upper"
    mount -t overlay machine "$root" -o "lowerdir=/,upperdir=$base/upper,workdir=$base/work"

    # The kernel is shared with the host, so its settings are read only, but for those of the machine's own network.
    mount -t proc -o nosuid,nodev,noexec proc "$root/proc"
    mount --bind "$root/proc/sys" "$root/proc/sys"
    mount -o remount,bind,ro "$root/proc/sys"
    mount -t sysfs -o ro,nosuid,nodev,noexec sysfs "$root/sys"
    mount -t tmpfs -o mode=755,nosuid dev "$root/dev"
    for entry in null zero full random urandom tty; do
        touch "$root/dev/$entry"
        mount --bind "/dev/$entry" "$root/dev/$entry"
    done
    mkdir "$root/dev/pts" "$root/dev/shm"
    mount -t devpts -o newinstance,ptmxmode=0666,mode=620,gid=5 devpts "$root/dev/pts"
    ln -s pts/ptmx "$root/dev/ptmx"
    ln -s /proc/self/fd "$root/dev/fd"
    for entry in shm:/dev/shm tmp:/tmp; do
        mount -t tmpfs -o mode=1777,nosuid,nodev "${entry%%:*}" "$root${entry#*:}"
    done
    mount -t tmpfs -o mode=755,nosuid,nodev run "$root/run"
    machine_init_cgroups "$root/sys/fs/cgroup" "$mode" "$@"

    # Nothing that this host's administrator switched on, and nothing that would touch the kernel we share.
    rm -rf "$root/etc/systemd/system" "$root"/etc/rc?.d "$root/etc/postgresql" "$root/var/log/journal" "$root/usr/sbin/policy-rc.d"
    mkdir -p "$root/etc/systemd/system" "$root/etc/systemd/journald.conf.d" "$root/etc/systemd/system.conf.d"
    for entry in systemd-sysctl.service systemd-modules-load.service systemd-udevd.service systemd-udev-trigger.service \
        systemd-hwdb-update.service systemd-logind.service dev-hugepages.mount dev-mqueue.mount sys-kernel-debug.mount \
        sys-kernel-tracing.mount sys-kernel-config.mount sys-fs-fuse-connections.mount tmp.mount getty.target \
        proc-sys-fs-binfmt_misc.automount; do
        ln -s /dev/null "$root/etc/systemd/system/$entry"
    done
    printf '[Journal]\nStorage=volatile\nRateLimitIntervalSec=0\nForwardToSyslog=no\n' \
        >"$root/etc/systemd/journald.conf.d/machine.conf"
    printf '[Manager]\nDefaultTimeoutStopSec=10s\n' >"$root/etc/systemd/system.conf.d/machine.conf"
    : >"$root/etc/fstab"
    : >"$root/etc/machine-id"
    touch "$root/etc/.updated" "$root/var/.updated"

    cd "$root" || exit 1
    mkdir -p run/host
    pivot_root . run/host
    umount -l /run/host
    rmdir /run/host
    mount --make-rshared /
    ip link set lo up 2>/dev/null || true
    local without=-sys_time,-sys_module,-sys_rawio,-wake_alarm arguments=(--log-target=journal --show-status=0)
    [ "$mode" = unified ] ||
        arguments+=(systemd.unified_cgroup_hierarchy=0 systemd.legacy_systemd_cgroup_controller=0)
    exec setpriv --bounding-set "$without" --inh-caps "$without" env -i container=headspace-test LANG=C.UTF-8 \
        PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin /lib/systemd/systemd "${arguments[@]}"
}

machine_init_cgroups() { # The cgroup namespace makes each of these show our own part only.
    local group name
    if [ "$2" = unified ]; then
        mount -t cgroup2 -o nosuid,nodev,noexec cgroup2 "$1"
        return
    fi
    mount -t tmpfs -o mode=755,nosuid,nodev,noexec cgroup "$1"
    mkdir "$1/unified"
    mount -t cgroup2 -o nosuid,nodev,noexec cgroup2 "$1/unified"
    for group in "${@:4}"; do
        group=${group%/*}
        name=${group##*/}
        mkdir "$1/$name"
        mount -t cgroup -o "nosuid,nodev,noexec,${name/#systemd/none,name=systemd}" cgroup "$1/$name"
    done
}

# Empty folders are all that a script leaves that was ended by SIGKILL.
machine_sweep() {
    local left
    for left in /run/headspace-machine.*-* /sys/fs/cgroup/headspace-machine.*-* /sys/fs/cgroup/*/headspace-machine.*-*; do
        if [ -d "$left" ] && [ ! -d "/proc/${left##*-}" ]; then
            find "$left" -depth -type d -exec rmdir {} \; 2>/dev/null || true
            rm -f "$left.log"
        fi
    done
}

machine_boot() {
    [ "$(id -u)" = 0 ] || cannot_run_here "needs root"
    [ -x /lib/systemd/systemd ] || cannot_run_here "systemd is not installed"
    local folder
    for folder in /usr /etc /var; do # an overlay of / shows nothing that is mounted below it
        [ "$(stat -c %d $folder)" = "$(stat -c %d /)" ] || cannot_run_here "$folder is on another file system than /"
    done
    unshare --mount --pid --fork true 2>/dev/null || cannot_run_here "no right to make namespaces"
    grep -qw overlay /proc/filesystems || modprobe overlay 2>/dev/null || cannot_run_here "no overlayfs in this kernel"
    machine_sweep
    machine_cgroup_mode "headspace-machine.$1-$$"
    machine_make_cgroups
    machine_base=/run/headspace-machine.$1-$$
    mkdir "$machine_base"
    (
        machine_join_cgroups
        exec setpriv --pdeathsig KILL unshare --pid --mount --ipc --uts --cgroup --net --fork --kill-child bash -euc \
            '. "$1"; shift; machine_init "$@"' init "${BASH_SOURCE[0]}" "$2" "$machine_base" $machine_mode "${machine_cgroups[@]}"
    ) </dev/null >"$machine_base.log" 2>&1 &
    machine_parent=$!
    local waited=0
    until machine_is_up; do
        waited=$((waited + 1))
        if [ ! -d /proc/$machine_parent ] || [ $waited -gt 600 ]; then
            cat "$machine_base.log" >&2
            echo "the machine did not boot ($(machine_state))" >&2
            return 1
        fi
        sleep 0.1
    done
}

machine_is_up() {
    machine_pid=$(tr -d ' ' 2>/dev/null <"/proc/$machine_parent/task/$machine_parent/children") || return 1
    [ -n "$machine_pid" ] && [ "$(cat "/proc/$machine_pid/comm" 2>/dev/null)" = systemd ] &&
        [ -S "/proc/$machine_pid/root/run/systemd/private" ] &&
        case $(machine_state) in running | degraded) ;; *) return 1 ;; esac
}

machine_state() {
    machine systemctl is-system-running 2>/dev/null
}

machine() {
    (
        machine_join_cgroups
        exec nsenter -t "$machine_pid" -m -p -i -u -C -n -r -w -- env -i HOME=/root LANG=C.UTF-8 TERM=dumb \
            PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin SYSTEMD_PAGER= "$@"
    )
}

machine_files() {
    echo "/proc/$machine_pid/root"
}

machine_end() {
    [ -n "$machine_base" ] || return 0
    # Nothing in it is worth an orderly end.
    [ -z "$machine_pid" ] || kill -KILL "$machine_pid" 2>/dev/null || true
    wait "$machine_parent" 2>/dev/null || true
    local group
    for group in "${machine_cgroups[@]}"; do
        [ ! -d "$group" ] || find "$group" -depth -type d -exec rmdir {} \; 2>/dev/null || true
    done
    rm -rf "$machine_base" "$machine_base.log"
    machine_base=
}
