configure "$by_peer"
start_database
start
eventually 30 status_begins Ready
for _ in 1 2 3; do ctl health db >/dev/null; done
sleep 3
acquires=$(number acquires pool)
uptime=$(number uptime_s status)
[ "$acquires" -ge 3 ] || fail "three questions, $acquires acquires"
# Every counter and every bucket, as a Prometheus sees them: none may go back, or rate() takes it for a restart. What begins
# with process_ is of the process.
counters() {
    ctl metrics | grep -E '^headspace_[a-z_]+(_total|_bucket|_sum|_count)([{]| )' >"$machine_base.$1"
}
gone_back() { # BEFORE AFTER: what is in BEFORE and is missing or lower in AFTER
    awk '{ number = $NF; $NF = "" }
        NR == FNR { before[$0] = number; next }
        { after[$0] = number }
        END {
            for (one in before)
                if (!(one in after) || after[one] + 0 < before[one] + 0)
                    print one "was " before[one] " and is " (one in after ? after[one] : "gone")
        }' "$machine_base.$1" "$machine_base.$2"
}
counters before
for metric in headspace_pool_wait_seconds headspace_connect_seconds headspace_query_seconds; do
    grep -q "^${metric}_bucket{.*} [1-9]" "$machine_base.before" || fail "nothing in the buckets of $metric"
done
sleep 2 # what was counted within the last second is lost in a crash
machine kill -KILL "$(property MainPID)"
eventually 30 property_is NRestarts 1
eventually 30 status_begins Ready
counters after
equals "" "$(gone_back before after)" "counters and buckets that went back in a crash"
rm "$machine_base.before" "$machine_base.after"
[ "$(number acquires pool)" -ge "$acquires" ] || fail "the acquires of before are forgotten"
machine awk "BEGIN { exit !($(number uptime_s status) > $uptime) }" || fail "the uptime began anew"
equals 1 "$(number crashes status)" "crashes"
machine kill -SEGV "$(property MainPID)"
eventually 30 property_is NRestarts 2
eventually 30 status_begins Ready
equals 2 "$(number crashes status)" "crashes"
equals 1 "$(property NFileDescriptorStore)" "descriptors in systemd's store"
# A restart that was asked for is a new beginning.
systemctl restart headspaced.service
eventually 30 status_begins Ready
equals 0 "$(number crashes status)" "crashes after an orderly restart"
