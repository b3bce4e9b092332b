configure "$by_peer"
start
# Each asks again and again until it is told that it is enough, and says what went wrong.
machine bash -c '
    for client in $(seq 50); do
        (
            until [ -e /tmp/enough ]; do headspacectl --timeout 60 ping >/dev/null || echo "client $client: $?"; done
            echo done
        ) &
    done
    wait' >"$machine_base.clients" 2>&1 &
clients=$!
for _ in 1 2 3; do
    sleep 1
    systemctl restart headspaced.service
done
sleep 1
machine touch /tmp/enough
wait $clients
said=$(sort "$machine_base.clients" | uniq -c | tr -s ' \n' ' ')
rm "$machine_base.clients"
equals " 50 done " "$said" "what fifty clients said"
equals active "$(property ActiveState headspaced.socket)" "the socket"
