// What the server says: PostgreSQL's appendix "Error Codes", as far as a pool and migrations meet
// them. The fixes of refused logins come from login_advice.
#include "problems/explanations.hpp"

#include <array>

namespace headspace::problems {

namespace {

constexpr std::string_view reconnects = "yes: it reconnects by itself";
constexpr exit_code unavailable = exit_database_unavailable;
constexpr exit_code failed = exit_sql_failed;

constexpr auto rows = std::to_array<explanation>({
    {"08", "The connection could not be made, or broke.",
     "the network, a firewall, or the server's end", "headspacectl doctor tries each step",
     reconnects, "Connection exception", unavailable},
    {"08001", "The server could not be reached; headspaced says so itself, no server did.",
     "PostgreSQL is not running\nhost or port is wrong\na firewall\nTLS is demanded and the server "
     "has none, or its certificate is not trusted",
     "pg_lsclusters, systemctl status postgresql\nheadspacectl doctor tells name, TCP and TLS "
     "apart\nsslmode=prefer (database.sslmode) only where the network is trusted",
     "yes: it tries again after reconnect.initial, doubling to reconnect.max",
     "Cannot connect to the server", unavailable},
    {"08006", "The connection broke while it was used or during the login.",
     "the server crashed or was killed\nthe network was away for longer than "
     "database.tcp_user_timeout",
     "the server's log says why\nlower database.tcp_keepalives_idle where a NAT forgets idle "
     "connections",
     reconnects, "Connection failure", unavailable},
    {"08P01", "The other side does not speak the protocol as it should, or a pooler refuses.",
     "another program listens on that port\nPgBouncer does not know the database or the role, or "
     "refuses a parameter",
     "check database.host and database.port\nadd database and role to pgbouncer.ini", "",
     "Protocol violation", unavailable},
    {"22023", "A parameter of the connection has a value that the server does not take.",
     "options= in the connection string", "leave it out, and headspacectl reload", "",
     "Invalid parameter value", unavailable},
    {"23", "Data contradicts a constraint.", "rows that a new constraint does not allow",
     "SELECT the rows and mend them in the migration before the constraint is added", "",
     "Integrity constraint violation", failed},
    {"25001", "The statement cannot run inside a transaction.",
     "CREATE INDEX CONCURRENTLY, VACUUM, ALTER SYSTEM and the like",
     "write \"-- migrate:up transaction:false\" in that file, with that statement alone in it", "",
     "Active SQL transaction", failed},
    {"25006", "The server is read-only: a standby, or default_transaction_read_only is on.",
     "a failover\ndatabase.host names the replica",
     "name all hosts and set database.target_session_attrs = \"read-write\"",
     "yes: connections to it are dropped and the primary is looked for", "Read-only transaction",
     exit_refused},
    {"25P02", "An earlier statement of the same transaction failed.", "see the error before it",
     "the first error is the one to mend", "", "Transaction is aborted", failed},
    {"25P03", "The server ended a session that did nothing inside a transaction.",
     "idle_in_transaction_session_timeout", "headspacectl pool names who holds a connection",
     reconnects, "Idle in transaction for too long", unavailable},
    {"28", "The server refused the login.", "pg_hba.conf, the role, or its password",
     "headspacectl doctor says which step failed", "", "Invalid authorization", unavailable},
    {"28000", "The server lets nobody in who comes like this: pg_hba.conf, or the role.",
     "the role does not exist, or has NOLOGIN\npg_hba.conf has no line for this host, database, "
     "role and encryption\npeer authentication, and the user of the system has another name",
     "the server's log names the line of pg_hba.conf",
     "yes, once it is mended: tried every reconnect.operator (30 s), so that no account gets "
     "locked",
     "Login not allowed", unavailable},
    {"28P01", "The password is wrong, missing or expired.",
     "it was changed on the server\nthe role's VALID UNTIL is over\nthe file of the password has "
     "another one",
     "ALTER ROLE \"USER\" PASSWORD '...';\nput the new one into database.password_file, which is "
     "read again by itself, or into the credential and systemctl restart headspaced",
     "it reads database.password_file again once, then tries every reconnect.operator (30 s)",
     "Password rejected", unavailable},
    {"2D000", "The statement ends or begins a transaction where it may not.",
     "COMMIT inside a function, or in a migration that is a transaction itself",
     "write \"-- migrate:up transaction:false\" in that file, or leave COMMIT out", "",
     "Invalid transaction termination", failed},
    {"3D000", "The database does not exist.",
     "database.name is misspelt\nit was dropped, or never made", "SELECT datname FROM pg_database;",
     "yes, once it exists: tried every reconnect.operator (30 s)", "No such database", unavailable},
    {"40", "The transaction was rolled back so that another could go on.", "concurrent work",
     "run it again", "yes, while connecting; a migration is tried again after 40001 and 40P01",
     "Transaction rollback", failed},
    {"40001", "Two transactions could not be ordered one after the other.",
     "SERIALIZABLE or REPEATABLE READ, and concurrent writes", "run it again",
     "a migration is tried again", "Serialization failure", failed},
    {"40P01", "Two transactions waited for each other; the server ended one of them.",
     "tables locked in different orders",
     "run it again\nlock tables in the same order everywhere; the server's log shows both",
     "a migration is tried again", "Deadlock", failed},
    {"42", "The statement is wrong, or names what is not there, or a right is missing.",
     "the migration does not fit this database", "mend the named file and line", "",
     "Syntax error or access rule violation", failed},
    {"42501", "The role may not do that.",
     "CREATE in the schema public is not for everybody since PostgreSQL 15\nthe table belongs to "
     "another role\nno CONNECT on the database",
     "ALTER DATABASE \"DATABASE\" OWNER TO \"USER\";\nGRANT CREATE ON DATABASE \"DATABASE\" TO "
     "\"USER\"; GRANT CREATE ON SCHEMA public TO \"USER\";\nor let the owner migrate: "
     "migrations.url",
     "", "Insufficient privilege", failed},
    {"42704", "The object, or a parameter of the connection, does not exist.",
     "an extension that is not installed\noptions= in the connection string",
     "CREATE EXTENSION first, in a revision of its own", "", "Undefined object", failed},
    {"42P01", "The table does not exist.",
     "an earlier migration is missing\nanother search_path than expected",
     "write the schema before the name: app.users", "", "Undefined table", failed},
    {"42P07", "A table or an index of that name exists already.",
     "it was made by hand, or by another tool",
     "headspacectl db check shows what differs\nheadspacectl db stamp REV records what is there "
     "already without running it",
     "", "Duplicate table", failed},
    {"53", "The server lacks something: disk, memory, connections.", "see the server's log",
     "df on the server; max_connections; its memory", "yes: it waits and tries again",
     "Insufficient resources", unavailable},
    {"53100", "The server's disk is full.", "tables, WAL, or a replication slot that keeps WAL",
     "df on the server\nSELECT slot_name, restart_lsn FROM pg_replication_slots;",
     "yes, once there is room", "Disk full", failed},
    {"53200", "The server has no memory for this.", "work_mem, too many sessions, a small server",
     "lower work_mem or database.pool_size", "yes: it tries again", "Out of memory", failed},
    {"53300", "The server takes no more connections.",
     "max_connections, the role's or the database's CONNECTION LIMIT\nseveral programs with a pool "
     "each",
     "headspacectl doctor shows who has how many\nALTER SYSTEM SET max_connections = 200; and a "
     "restart of the server\nALTER ROLE \"USER\" CONNECTION LIMIT -1;",
     "yes: it works with the connections it has and tries for more", "Too many connections",
     unavailable},
    {"53400", "A limit of the server's configuration was reached.", "temp_file_limit",
     "raise it, or mend the statement", "yes, while connecting: it tries again",
     "Configuration limit exceeded", failed},
    {"55000", "The object is not in a state for this; for a login: the database takes nobody.",
     "ALLOW_CONNECTIONS is false\nan object that is in use or not finished",
     "the message names the object", "", "Object not in prerequisite state", unavailable},
    {"55006", "The object is in use.", "others are connected to the database",
     "SELECT pid, application_name FROM pg_stat_activity WHERE datname = 'DATABASE';", "",
     "Object in use", failed},
    {"55P03", "A lock was not granted in time.", "a long transaction uses the table",
     "headspacectl doctor names long transactions and who holds locks\nSELECT "
     "pg_terminate_backend(PID); ends one\nmigrations.lock_timeout, migrations.lock_wait",
     "yes: a migration is tried again until migrations.lock_wait is over", "Lock not available",
     failed},
    {"57", "An operator or the server intervened.", "a restart, a cancel request", "run it again",
     reconnects, "Operator intervention", unavailable},
    {"57014", "The statement was cancelled.",
     "headspacectl db cancel\nstatement_timeout (database.statement_timeout, or the role's)",
     "raise the limit that was reached: the message names it",
     "yes, while connecting: it tries again", "Query cancelled", failed},
    {"57P", "The server ended the connection.", "a restart, a crash, an administrator",
     "the server's log says why", reconnects, "The server ended the connection", unavailable},
    {"57P01", "The server, or an administrator, ended the connection.",
     "a restart of the server\npg_terminate_backend()\na serverless database that goes to sleep",
     "nothing, if it was meant", reconnects, "Terminated by the administrator", unavailable},
    {"57P02", "Another backend crashed, so the server ended all.",
     "the kernel killed a backend for its memory\na crash in an extension",
     "the server's log, and dmesg", reconnects, "Crash of the server", unavailable},
    {"57P03", "The server runs but takes no connections now.",
     "it is starting, stopping or recovering", "wait; the server's log shows how far it is",
     reconnects, "Cannot connect now", unavailable},
    {"57P04", "The database was dropped while we were connected.", "DROP DATABASE ... WITH (FORCE)",
     "createdb -O USER DATABASE", "yes, once it exists again", "Database dropped", unavailable},
    {"57P05", "The server ended a session that was idle for long.", "idle_session_timeout",
     "set database.pool_recycle below it", reconnects, "Idle for too long", unavailable},
    {"58", "The server met an error of its system.", "disks, files, memory",
     "the server's log, and dmesg", "yes: it tries again", "System error", unavailable},
    {"58030", "The server could not read or write a file.", "a broken or full disk",
     "the server's log, and dmesg", "yes: it tries again", "I/O error of the server", unavailable},
    {"XX", "The server met an error of its own.", "a bug, or damaged data",
     "the server's log; pg_amcheck looks for damage", "yes: it tries again",
     "Internal error of the server", failed},
});

} // namespace

std::span<const explanation> sqlstate_explanations() noexcept {
    return rows;
}

} // namespace headspace::problems
