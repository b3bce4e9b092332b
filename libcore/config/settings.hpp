// Every setting of headspaced with its unit and default: this file is the reference,
// etc/headspaced.toml repeats it. Member names are the TOML keys, struct names the tables.
#pragma once

#include "base/secret.hpp"
#include "base/time.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace headspace::config {

using namespace std::chrono_literals;

enum class connection_profile { automatic, server, serverless };
enum class reset_policy { dirty, always };

struct database_settings {
    std::string url; // beats the individual fields of this file; holds no password once loaded
    std::string host = "localhost";
    std::uint16_t port = 5432;
    std::string name = "claude_headspace";
    std::string user = "postgres";
    secret password;
    std::string password_file; // re-read after 28P01 and on reload
    std::string sslmode;       // "": prefer for local and private hosts, require for all others
    std::string sslrootcert;
    std::string sslcert;
    std::string sslkey;
    std::string target_session_attrs;     // "": any for one host, read-write for several
    duration connect_timeout = 5s;        // for one address
    duration connect_round_timeout = 15s; // for all hosts and addresses of one attempt
    duration resolve_timeout = 5s;        // for one name
    std::uint32_t lookup_threads = 8;     // names that may be looked up at once
    std::uint32_t cancel_threads = 2;     // cancel requests that may be under way at once
    duration query_timeout = 30s;         // headspaced's own queries; not migration statements
    duration statement_timeout =
        0s;                        // sent to the server for pooled connections; 0: the server's own
    std::uint32_t pool_size = 10;  // hard cap over all connections, 1..10000
    duration pool_timeout = 30s;   // the longest wait for a connection
    duration pool_recycle = 3600s; // the longest life of a connection; 0: for ever
    duration pool_serverless_recycle = 300s; // pool_recycle in that profile, unless given
    bool pool_pre_ping = true;
    std::uint32_t pool_min_idle = 1; // kept open while nobody asks
    duration pool_ping_after = 1s;   // a connection idle for less is handed out unpinged
    duration pool_ping_timeout = 2s;
    duration pool_keepalive = 120s; // an idle connection is pinged after that long; 0: never
    duration pool_idle_timeout =
        600s;                 // idle connections above pool_min_idle are closed after that long
    duration pool_tick = 30s; // how often reaping, recycling and keepalive are looked at
    std::uint32_t pool_max_waiters = 1000;
    std::uint32_t pool_connect_parallelism = 4;
    duration pool_lease_warn = 60s;                // a lease held longer is named in the log
    reset_policy pool_reset = reset_policy::dirty; // dirty | always: DISCARD ALL on return
    duration pool_reset_timeout = 5s;
    duration pool_close_timeout = 5s;
    duration tcp_keepalives_idle = 60s;
    duration tcp_keepalives_interval = 10s;
    std::uint32_t tcp_keepalives_count = 3;
    duration tcp_user_timeout = 15s;
    connection_profile profile = connection_profile::automatic; // auto | server | serverless
    std::string application_name = "headspaced";
    std::string test_name; // "": name + "_test"
};

struct reconnect_settings {
    duration initial = 100ms;
    duration max = 30s;
    duration stable_after = 10s; // connected for so long: the delay starts again at `initial`
    // NOTE: TOML key `operator`; the member is named for the keyword it would be.
    duration operator_interval = 30s; // between probes while only a person can help
};

struct health_settings {
    duration timeout = 5s;  // of GET /health/db and of the background ping
    duration max_age = 10s; // a question that finds older proof of life starts a background ping
    duration long_transaction = 60s; // an older one is named by `headspacectl doctor`
    duration clock_skew = 5s;        // between this host and the server, until doctor complains
    duration loop_probe = 1s;        // how often the event loop's lag is measured; 0: never
    duration loop_window = 1min; // the metrics show the largest lag of so long, or up to twice that
};

struct migrations_settings {
    std::string directory = "migrations"; // relative to the folder of the configuration file
    std::string format = "auto";          // native, dbmate, golang-migrate, goose, flyway, diesel
    std::string url; // another role or a direct address for migrations; "": as [database]
    bool auto_upgrade = false;
    duration lock_timeout = 2s; // of each statement, unless its file says otherwise
    duration lock_wait =
        5min; // the longest wait for the advisory lock, and for retries after lock_timeout
    duration lock_poll = 500ms; // between tries for the advisory lock, with jitter
    duration retry_initial =
        100ms;               // before a migration that hit lock_timeout is tried again; doubles
    duration retry_max = 5s; // the longest of these delays
    duration connection_check = 250ms; // client_connection_check_interval of migration connections
    duration directory_poll = 2s; // how often the directory is looked at after an auto_upgrade that
                                  // did not succeed
    duration extend_timeout = 30s; // more time asked of systemd while a start-up migration runs
    bool require_sum = false;
    std::string scratch_url;          // another server for scratch databases; "": as for migrations
    duration scratch_timeout = 10min; // of all that one run does in scratch databases
    duration dump_timeout = 10min;    // of pg_dump for `db dump`
};

struct admin_settings {
    std::string
        socket; // "": /run/headspace/admin.sock, by hand as a user $XDG_RUNTIME_DIR/headspace/...
    std::uint32_t mode = 0660; // TOML: a string, "0660"
    std::string group;
    std::vector<std::string> operators; // [] : whoever may open the socket
    std::uint32_t max_connections = 256;
    std::uint32_t header_limit = 8 * 1024;         // bytes
    std::uint32_t body_limit = 64 * 1024;          // bytes
    std::uint32_t files_limit = 64 * 1024 * 1024;  // bytes, where migration files are sent
    std::uint32_t stream_limit = 16 * 1024 * 1024; // bytes that a stream's reader may be behind
    duration request_timeout = 10s;                // to send one request
    duration idle_timeout = 60s;                   // between requests, and to take one answer
    duration accept_pause = 100ms;      // before the next accept when file descriptors have run out
    duration unwind_timeout = 500ms;    // for requests that are cancelled at the end of a shutdown
    std::uint32_t operations_kept = 20; // finished operations that /v1/operations remembers
    std::uint32_t events_kept = 10000;  // lines of each of them, and of /v1/events
};

struct http_settings {
    std::string listen; // "127.0.0.1:8433"; "": off
};

struct embedded_settings {
    bool enabled = false;
    std::string data_directory;
    bool ephemeral = false;
    std::string bindir;
    duration start_timeout = 60s;    // until the server says it is ready, recovery included
    duration fast_timeout = 10s;     // of a fast shutdown; then immediate
    duration immediate_timeout = 5s; // of an immediate shutdown; then SIGKILL
    duration init_timeout = 120s;    // of initdb
    duration settle_timeout = 5s;    // until what a killed server left behind has gone
    duration ready_poll = 100ms; // how often postmaster.pid is read while the server starts, for
                                 // servers that tell no notify socket
    std::string shared_buffers = "32MB";
    std::uint32_t spare_connections = 20; // max_connections is pool_size and this
    std::uint32_t crash_lines = 20;       // of the server's output that are logged when it fails
};

struct log_settings {
    std::string level = "info";         // trace | debug | info | warning | error
    std::string format = "auto";        // auto | journal | text | json
    duration repeat = 60s;              // a failure that goes on is said again that often
    std::uint32_t buffer = 1024 * 1024; // bytes of lines that wait for a journal or a pipe that is
                                        // slow; lines beyond are dropped and counted
    duration flush_timeout = 2s;        // for writing them at the end and at a fatal error
};

struct shutdown_settings {
    duration drain_timeout = 10s;
};

struct settings {
    database_settings database;
    reconnect_settings reconnect;
    health_settings health;
    migrations_settings migrations;
    admin_settings admin;
    http_settings http;
    embedded_settings embedded;
    log_settings log;
    shutdown_settings shutdown;
};

} // namespace headspace::config
