configure "$by_peer" 'pool_size = 4'
start
pid=$(property MainPID)
configure '[database]' 'pool_siez = 7'
fails_with 1 systemctl reload headspaced.service
equals active "$(property ActiveState)" "the service"
equals "$pid" "$(property MainPID)" "the process"
equals 4 "$(number size pool)" "pool_size"
matches "Reload failed: /etc/headspace/headspaced.toml:2:*pool_siez*" "$(property StatusText)" "STATUS"
configure "$by_peer" 'pool_size = 7'
systemctl reload headspaced.service
equals 7 "$(number size pool)" "pool_size after a good reload"
matches "Degraded*" "$(property StatusText)" "STATUS after a good reload"
