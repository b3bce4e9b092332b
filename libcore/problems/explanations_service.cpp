// The codes of the daemon, its database, its pool, its socket and of headspacectl.
#include "problems/explanations.hpp"

#include <array>

namespace headspace::problems {

namespace {

constexpr auto rows = std::to_array<explanation>({
    {"internal", "Headspace did something that it should never do: a bug of ours.",
     "a bug in headspaced or headspacectl\nan error of a newer daemon that this headspacectl does "
     "not know",
     "journalctl -u headspaced shows what came before\nheadspacectl version: the versions should "
     "be equal\nreport it with both",
     ""},
    {"io-failed", "A file, a pipe or a program could not be read, written or run.",
     "no permission\na full disk\na program that is not installed (the message names it)",
     "see the path in the message: its permissions, and df\ninstall what is missing, for example "
     "postgresql-client for db dump",
     ""},
    {"timed-out", "Something did not happen within its time.",
     "the server is slow, or stopped\nthe limit is too short",
     "--timeout 60 lets headspacectl wait longer\ndatabase.query_timeout, database.connect_timeout "
     "and health.timeout are the daemon's limits",
     "yes: the next attempt is made by itself where it was the daemon's own"},
    {"cancelled", "Somebody asked for it to end: headspacectl db cancel, or the daemon's stop.",
     "headspacectl db cancel\nthe daemon was stopped or restarted meanwhile",
     "run it again: what had been committed stays, everything else was rolled back", ""},
    {"config-invalid", "The configuration has mistakes; every one was named with file:line:column.",
     "a key that does not exist, or a value out of its range\na connection string whose password "
     "is not percent-encoded",
     "headspaced --check-config names every mistake at once\nheadspacectl explain-url env:NAME "
     "takes a connection string apart",
     ""},
    {"database-unavailable", "No connection to the database can be had now.",
     "PostgreSQL is not running, is starting, or is full\nhost or port is wrong, or the network is "
     "down\nthe server refuses the login (the SQLSTATE beside it says why)",
     "headspacectl doctor tries each step and says which one fails\nheadspacectl explain SQLSTATE "
     "for the state in the message\nheadspacectl pool reconnect tries again at once",
     "yes, once the cause is gone: it tries again after reconnect.initial, doubling to "
     "reconnect.max; after a refused login every reconnect.operator"},
    {"connection-lost", "A connection that was established died while it was used.",
     "the server was stopped, crashed or failed over\na firewall or a NAT dropped an idle "
     "connection\nan administrator ended the backend (57P01)",
     "repeat the request: headspaced never repeats what may have been committed\nwhere idle "
     "connections die, lower database.pool_recycle or database.tcp_keepalives_idle",
     "yes: the connection is replaced, and all others are checked before they are used"},
    {"query-failed", "The server refused a statement; the SQLSTATE says why.",
     "the statement, or what it needs, is not there\na right is missing (42501)",
     "headspacectl explain SQLSTATE for the state in the message", ""},
    {"unsupported-server", "The server is older than PostgreSQL 13, or is not PostgreSQL.",
     "an old server\nanother program listens on that port",
     "upgrade the server: PostgreSQL 13 to 18 are supported\ncheck database.host and "
     "database.port",
     ""},
    {"pool-exhausted", "All connections were in use for as long as the caller would wait.",
     "something holds a connection for long\ndatabase.pool_size is too small for the load",
     "headspacectl pool names who holds a connection and since when\nraise database.pool_size "
     "(headspacectl doctor says what the server has room for) or database.pool_timeout",
     "yes, as soon as a connection is returned"},
    {"pool-queue-full", "So many callers wait for a connection that no more are taken.",
     "the database is slow\ndatabase.pool_size is too small for the load",
     "headspacectl pool names who holds a connection and since when\nraise database.pool_size, or "
     "database.pool_max_waiters where waiting is better than being refused",
     "yes, as soon as the queue is shorter"},
    {"pool-closing", "The daemon is ending and takes no more work.",
     "systemctl stop or restart\na signal", "headspacectl wait --for connected, then ask again",
     "yes, when the service was restarted"},
    {"bad-request", "What was asked is not what this daemon understands.",
     "headspacectl and headspaced have different versions\na client of one's own that sends a "
     "wrong "
     "body",
     "headspacectl version shows both\nthe message names the member that is wrong", ""},
    {"not-found", "The daemon has no such resource, or does not show it here.",
     "headspacectl is newer than the daemon\nthe loopback listener knows the health routes and "
     "/metrics only",
     "headspacectl version shows both\nsystemctl restart headspaced after an upgrade", ""},
    {"method-not-allowed", "The resource exists, but not with this method.",
     "a client of one's own\nheadspacectl and headspaced have different versions",
     "the answer's Allow header names the methods", ""},
    {"header-too-large", "The request's header is above the limit.", "a client of one's own",
     "admin.header_limit is the limit", ""},
    {"body-too-large", "The request's body is above the limit.",
     "very large migration files\na client of one's own",
     "admin.body_limit is the limit, admin.files_limit where migration files are sent", ""},
    {"not-operator", "Reading is allowed, changing is for operators.",
     "admin.operators names others\nthe listener is the one for everybody on loopback TCP",
     "use sudo, or add your user name to admin.operators and headspacectl reload", ""},
    {"operation-running", "The daemon does one migration operation at a time, and one is running.",
     "somebody else upgrades, or an automatic upgrade is under way",
     "headspacectl db status --follow shows it until it ends\nheadspacectl db cancel ends it",
     "yes, when it has ended: ask again"},
    {"reload-refused", "The new configuration has mistakes; the old one stays in force.",
     "what config-invalid says",
     "headspaced --check-config names every mistake, then headspacectl reload again", ""},
    {"too-many-connections", "The daemon's socket has as many clients as it takes.",
     "clients that do not close their connections\na loop that asks without end",
     "admin.max_connections is the limit\nss -xp src /run/headspace/admin.sock shows who",
     "yes: idle clients are dropped when another needs the place"},
    {"daemon-unreachable", "No daemon answers on the socket.",
     "headspaced is not running\nit uses another socket (another user, another instance)\nit hangs",
     "systemctl status headspaced, systemctl start headspaced\n--socket PATH, --instance NAME or "
     "HEADSPACE_SOCKET names another one\nheadspacectl doctor works without the daemon, too",
     "systemd starts it at the first question where headspaced.socket is enabled, and again after "
     "a crash"},
    {"socket-permission", "The daemon is there, but this user may not open its socket.",
     "you are not in the socket's group\nyou joined it after you logged in\na folder above the "
     "socket is closed",
     "sudo usermod -aG headspace $USER, then log in again (the message names the group)\nuse sudo\n"
     "admin.group and admin.mode say who may",
     ""},
    {"usage", "The command line is not right.", "a misspelt command or option",
     "headspacectl COMMAND --help, with examples", ""},
    {"conflict-here", "Something is there already that would be overwritten, or two things differ.",
     "a file of that name exists\n-d names another folder than the daemon uses",
     "the message names both: move one away, or leave -d out", ""},
});

} // namespace

std::span<const explanation> service_explanations() noexcept {
    return rows;
}

} // namespace headspace::problems
