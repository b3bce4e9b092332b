settings "$misbehaving"
configure "$by_peer"
start
[[ $(property MemoryCurrent) =~ ^[0-9]+$ ]] || cannot_run_here "no memory controller in this host's cgroups"
pid=$(property MainPID)
misbehave eat "$pid"
eventually 30 property_is NRestarts 1
eventually 30 property_is ActiveState active
fails_with 0 ctl ping
journal_has "code=killed, status=9/KILL" || fail "it was not the kernel that ended it"
