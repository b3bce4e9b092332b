#include "embedded/server_settings.hpp"

#include "base/text.hpp"

#include <algorithm>

namespace headspace::embedded {

namespace {

// As an element of unix_socket_directories and as a name in pg_ident.conf: anything may be in it.
std::string double_quoted(const std::string& text) {
    std::string quoted = "\"";
    for (const char c : text) {
        if (c == '"')
            quoted += c;
        quoted += c;
    }
    return quoted + '"';
}

bool is_plain(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("/._-").find(c) != std::string_view::npos;
}

std::string escaped(const std::string& text, std::string_view special) {
    std::string out;
    for (const char c : text) {
        if (special.find(c) != std::string_view::npos)
            out += '\\';
        out += c;
    }
    return out;
}

std::string conninfo_value(const std::string& text) {
    if (!text.empty() && std::all_of(text.begin(), text.end(), is_plain))
        return text;
    return "'" + escaped(text, "'\\") + "'";
}

} // namespace

bool fits_socket(std::string_view folder, std::uint16_t port) {
    const std::string file = "/.s.PGSQL." + std::to_string(port);
    return folder.size() + file.size() <= longest_socket_path;
}

std::vector<std::string> initdb_arguments(const std::string& data_directory,
                                          const std::string& superuser) {
    // No sync here: the whole folder is synced once before it gets its name.
    return {"--pgdata=" + data_directory,
            "--username=" + superuser,
            "--auth=peer",
            "--encoding=UTF8",
            "--locale=C.UTF-8",
            "--data-checksums",
            "--no-sync",
            "--no-instructions"};
}

std::vector<std::string> server_arguments(const server_plan& plan) {
    std::vector<std::string> settings{
        "listen_addresses=",
        "unix_socket_directories=" + double_quoted(plan.socket_directory),
        "unix_socket_permissions=0700",
        "port=" + std::to_string(plan.port),
        "max_connections=" + std::to_string(plan.max_connections),
        "shared_buffers=" + plan.shared_buffers,
        "cluster_name=headspace",
        "timezone=UTC",
        "log_timezone=UTC",
        "lc_messages=C",
        // Its log goes to us, without the time that ours has, and without statements: they may
        // hold passwords.
        "logging_collector=off",
        "log_destination=stderr",
        "log_line_prefix=",
        "log_statement=none",
        "log_min_error_statement=panic",
    };
    if (plan.major >= 14) // after a crash: one syncfs instead of an fsync of every file
        settings.push_back("recovery_init_sync_method=syncfs");
    if (plan.ephemeral)
        settings.insert(settings.end(),
                        {"fsync=off", "synchronous_commit=off", "full_page_writes=off"});
    std::vector<std::string> arguments{"-D", plan.data_directory};
    for (std::string& setting : settings) {
        arguments.emplace_back("-c");
        arguments.push_back(std::move(setting));
    }
    return arguments;
}

std::string hba_file() {
    return "# Written by headspaced. The server listens on a Unix socket only.\n"
           "local all all peer map=headspace\n"
           "local replication all peer map=headspace\n";
}

std::string ident_file(const std::string& superuser, const std::string& server_user) {
    std::string text = "# Written by headspaced: map, user of the system, role.\n"
                       "headspace /^(.*)$ \\1\n";
    std::vector<std::string> users{superuser};
    for (const std::string& user : {server_user, std::string("root")})
        if (std::find(users.begin(), users.end(), user) == users.end())
            users.push_back(user);
    for (const std::string& user : users)
        text += "headspace " + double_quoted(user) + " " + double_quoted(superuser) + "\n";
    return text;
}

duration restart_delays::after_failure(time_point now, error_class kind, double jitter) {
    if (ready_at_ && now - *ready_at_ >= settings_.stable_after)
        backoff_.reset();
    ready_at_.reset();
    if (kind == error_class::unavailable)
        return settings_.operator_interval;
    return backoff_.next(jitter);
}

stop_waits waits_until(stop_waits wanted, time_point now, time_point until) {
    constexpr int share = 4;
    const duration left = std::max(until - now, duration::zero());
    const duration kept = std::min(wanted.immediate, left / share);
    const duration fast = std::min(wanted.fast, left - kept);
    return {fast, std::min(wanted.immediate, left - fast)};
}

std::string psql_line(const std::string& socket_directory, const std::string& database) {
    const std::string conninfo =
        "host=" + conninfo_value(socket_directory) + " dbname=" + conninfo_value(database);
    return "psql \"" + escaped(conninfo, "\"$`\\") + "\"";
}

bool says_ready(std::string_view postmaster_pid, std::int64_t pid) {
    const auto lines = split(postmaster_pid, '\n');
    if (lines.size() < 8 || trim(lines[0]) != std::to_string(pid))
        return false;
    const auto status = trim(lines[7]);
    return status == "ready" || status == "standby";
}

bool is_ready_message(std::string_view datagram) {
    const auto lines = split(datagram, '\n');
    return std::find(lines.begin(), lines.end(), "READY=1") != lines.end();
}

} // namespace headspace::embedded
