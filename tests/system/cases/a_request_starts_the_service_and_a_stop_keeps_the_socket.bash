configure "$by_peer"
start headspaced.socket
equals inactive "$(property ActiveState)" "the service before anybody asks"
fails_with 0 ctl ping
equals active "$(property ActiveState)" "the service after a request"
systemctl stop headspaced.service
equals "socket 660 root:headspace" "$(machine stat -c '%F %a %U:%G' /run/headspace/admin.sock)" "the socket file"
fails_with 0 ctl ping
equals active "$(property ActiveState)" "the service after another request"
systemctl stop headspaced.socket
equals inactive "$(property ActiveState)" "the service without its socket"
fails_with 1 machine test -e /run/headspace/admin.sock
fails_with 7 ctl ping
