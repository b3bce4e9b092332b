machine sh -c 'cp "$(find /usr -path "*/doc/*/example-app.service")" /etc/systemd/system/'
systemctl daemon-reload
configure "$by_peer" '[migrations]' 'directory = "/etc/headspace/migrations"'
migration 1 "CREATE TABLE ready ();"
systemctl start --no-block example-app.service
eventually 30 property_is ActiveState active
equals activating "$(property ActiveState example-app.service)" "the application without a database"
start_database
eventually 30 status_begins Ready
equals activating "$(property ActiveState example-app.service)" "the application without its tables"
ctl db upgrade
eventually 30 property_is ActiveState active example-app.service
