start_database
write /etc/headspace/one.toml 0640 root:headspace <<<"$by_peer"
write /etc/headspace/two.toml 0640 root:headspace <<'TOML'
[database]
host = "127.0.0.1"
name = "second"
user = "app"
TOML
write /etc/headspace/two.password 0600 <<<'c4nary-Z9x!@/%#-s3cret'
start headspaced@one.service
start headspaced@two.service
eventually 30 status_begins Ready headspaced@one.service
eventually 30 status_begins Ready headspaced@two.service
matches "*headspace@*/app?*" "$(ctl --instance one status)" "the first one's database"
matches "*app:\*\*\*@127.0.0.1:5432/second*" "$(ctl --instance two status)" "the second one's database"
equals "660 root:headspace" "$(machine stat -c '%a %U:%G' /run/headspace/two/admin.sock)" "the second one's socket"
systemctl reload headspaced@two.service
systemctl stop headspaced@one.service headspaced@one.socket
fails_with 7 ctl --instance one ping
fails_with 0 ctl --instance two ping
equals inactive "$(property ActiveState)" "the service that is no instance"
