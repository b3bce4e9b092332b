configure "$by_peer" 'pool_size = 4'
start
equals 4 "$(number size pool)" "pool_size"
configure "$by_peer" 'pool_size = 7'
systemctl reload headspaced.service
equals 7 "$(number size pool)" "pool_size after the reload"
equals active "$(property ActiveState)" "the service"
