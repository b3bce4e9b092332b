start_database
connects() { # WHAT: with the configuration that was written
    systemctl restart headspaced.service
    eventually 30 status_begins Ready
    ctl health db || fail "$1"
}
encrypted() { psql -c "SELECT DISTINCT ssl FROM pg_stat_ssl s JOIN pg_stat_activity a USING (pid) WHERE a.usename = 'app'"; }

configure "$by_peer"
connects "Unix socket with peer authentication"

# By name, the server's certificate checked, the password from libpq's own file as a credential.
echo "db.headspace.test:*:second:app:c4nary-Z9x!@/%#-s3cret" | write /etc/headspace/pgpass 0600
settings LoadCredential=pgpass:/etc/headspace/pgpass 'Environment=PGPASSFILE=%d/pgpass'
tls='name = "second"
user = "app"
sslmode = "verify-full"
sslrootcert = "/etc/headspace-test/ca.crt"'
configure '[database]' 'host = "db.headspace.test"' "$tls"
connects "TLS with verify-full and a pgpass credential"
equals t "$(encrypted)" "encrypted"

# The same file in the home of the service's user.
settings ""
echo "db.headspace.test:*:second:app:c4nary-Z9x!@/%#-s3cret" | write /var/lib/headspace/.pgpass 0600 headspace
connects "a password file in the home folder"
equals t "$(encrypted)" "encrypted"

# A name that the certificate does not have: never, and never without encryption either.
configure '[database]' 'host = "other.headspace.test"' "$tls"
systemctl restart headspaced.service
matches "Degraded*" "$(property StatusText)" "STATUS with another name"
journal_has 'other.headspace.test.*does not match\|does not match.*other.headspace.test' || fail "the reason is not told"
equals "" "$(encrypted)" "connections with another name"
