// The tables of connection parameters: what libpq 15 knows, what other drivers call the same thing,
// and what they know that means nothing here.
#include "base/text.hpp"
#include "config/conninfo_parts.hpp"

#include <algorithm>
#include <array>

namespace headspace::config {

namespace {

constexpr std::array<std::string_view, 6> sslmodes{"disable", "allow",     "prefer",
                                                   "require", "verify-ca", "verify-full"};
constexpr std::array<std::string_view, 3> strictness{"disable", "prefer", "require"};
constexpr std::array<std::string_view, 6> session_attributes{
    "any", "read-write", "read-only", "primary", "standby", "prefer-standby"};
constexpr std::array<std::string_view, 4> tls_versions{"TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3"};

constexpr std::array<parameter_rule, 27> rules{{
    {"application_name"},
    {"channel_binding", domain::choice, strictness},
    {"client_encoding"},
    {"connect_timeout", domain::number},
    {"fallback_application_name"},
    {"gssencmode", domain::choice, strictness},
    {"gsslib"},
    {"keepalives", domain::flag},
    {"keepalives_count", domain::number},
    {"keepalives_idle", domain::number},
    {"keepalives_interval", domain::number},
    {"krbsrvname"},
    {"options"},
    {"passfile"},
    {"requirepeer"},
    {"ssl_max_protocol_version", domain::choice, tls_versions},
    {"ssl_min_protocol_version", domain::choice, tls_versions},
    {"sslcert"},
    {"sslcompression", domain::flag},
    {"sslcrl"},
    {"sslcrldir"},
    {"sslkey"},
    {"sslmode", domain::choice, sslmodes},
    {"sslrootcert"},
    {"sslsni", domain::flag},
    {"target_session_attrs", domain::choice, session_attributes},
    {"tcp_user_timeout", domain::number},
}};

// Fields of conninfo itself, and parameters that are refused with a reason of their own.
constexpr std::array<std::string_view, 9> fields{"user",     "password",    "host",
                                                 "hostaddr", "port",        "dbname",
                                                 "service",  "sslpassword", "replication"};

// Prisma, Rails, pgx, pgjdbc, SQLAlchemy, asyncpg, node-postgres, Supabase.
constexpr std::array<std::string_view, 45> ignored{"pgbouncer",
                                                   "connection_limit",
                                                   "pool_timeout",
                                                   "schema",
                                                   "socket_timeout",
                                                   "sslaccept",
                                                   "sslidentity",
                                                   "statement_cache_size",
                                                   "pool",
                                                   "prepared_statements",
                                                   "adapter",
                                                   "encoding",
                                                   "reconnect",
                                                   "timeout",
                                                   "checkout_timeout",
                                                   "pool_max_conns",
                                                   "pool_min_conns",
                                                   "pool_max_conn_lifetime",
                                                   "pool_max_conn_lifetime_jitter",
                                                   "pool_max_conn_idle_time",
                                                   "pool_health_check_period",
                                                   "default_query_exec_mode",
                                                   "statement_cache_capacity",
                                                   "description_cache_capacity",
                                                   "currentSchema",
                                                   "binaryTransfer",
                                                   "prepareThreshold",
                                                   "preparedStatementCacheQueries",
                                                   "reWriteBatchedInserts",
                                                   "defaultRowFetchSize",
                                                   "loginTimeout",
                                                   "socketTimeout",
                                                   "tcpKeepAlive",
                                                   "sslfactory",
                                                   "stringtype",
                                                   "charset",
                                                   "prepared_statement_cache_size",
                                                   "prepared_statement_name_func",
                                                   "min_size",
                                                   "max_size",
                                                   "command_timeout",
                                                   "server_settings",
                                                   "uselibpqcompat",
                                                   "supa",
                                                   "max_inactive_connection_lifetime"};

struct renamed {
    std::string_view theirs;
    std::string_view ours;
};
constexpr std::array<renamed, 5> renames{{{"channelBinding", "channel_binding"},
                                          {"ApplicationName", "application_name"},
                                          {"connectTimeout", "connect_timeout"},
                                          {"gssEncMode", "gssencmode"},
                                          {"databaseName", "dbname"}}};

// pgjdbc's names for what target_session_attrs says.
constexpr std::array<renamed, 8> server_types{{{"any", "any"},
                                               {"primary", "primary"},
                                               {"master", "primary"},
                                               {"secondary", "standby"},
                                               {"slave", "standby"},
                                               {"preferSecondary", "prefer-standby"},
                                               {"preferSlave", "prefer-standby"},
                                               {"preferPrimary", "any"}}};

/// ssl= of libpq (true), asyncpg (an sslmode), node-postgres and JDBC.
std::string sslmode_of_ssl(std::string_view value) {
    if (value == "true" || value == "1" || value == "no-verify")
        return "require";
    if (value == "false" || value == "0")
        return "disable";
    const bool mode = std::find(sslmodes.begin(), sslmodes.end(), value) != sslmodes.end();
    return mode ? std::string(value) : std::string();
}

} // namespace

const parameter_rule* find_parameter(std::string_view keyword) {
    const auto found = std::find_if(rules.begin(), rules.end(),
                                    [&](const parameter_rule& r) { return r.keyword == keyword; });
    return found == rules.end() ? nullptr : &*found;
}

mapped_parameter map_foreign_parameter(std::string_view keyword, std::string_view value) {
    if (keyword == "ssl")
        return {"sslmode", sslmode_of_ssl(value)};
    if (keyword == "targetServerType") {
        for (const renamed& type : server_types)
            if (type.theirs == value)
                return {"target_session_attrs", std::string(type.ours)};
        return {"target_session_attrs", ""};
    }
    for (const renamed& name : renames)
        if (name.theirs == keyword)
            return {std::string(name.ours), std::string(value)};
    return {};
}

bool is_ignored_parameter(std::string_view keyword) {
    return std::find(ignored.begin(), ignored.end(), keyword) != ignored.end();
}

int parameter_needs_libpq(std::string_view keyword) {
    if (keyword == "require_auth" || keyword == "load_balance_hosts" || keyword == "sslcertmode" ||
        keyword == "gssdelegation")
        return 16;
    if (keyword == "sslnegotiation")
        return 17;
    if (keyword == "sslkeylogfile" || keyword == "min_protocol_version" ||
        keyword == "max_protocol_version" || keyword == "oauth_issuer" ||
        keyword == "oauth_client_id" || keyword == "oauth_client_secret" ||
        keyword == "oauth_scope" || keyword == "scram_client_key" || keyword == "scram_server_key")
        return 18;
    return 0;
}

std::vector<std::string_view> all_conninfo_keywords() {
    std::vector<std::string_view> all(fields.begin(), fields.end());
    for (const parameter_rule& rule : rules)
        all.push_back(rule.keyword);
    return all;
}

std::string one_of(std::span<const std::string_view> choices) {
    const std::vector<std::string> names(choices.begin(), choices.end());
    return "one of " + join(names, ", ");
}

std::string check_parameter(const parameter_rule& rule, std::string_view value) {
    const std::string keyword(rule.keyword);
    switch (rule.values) {
    case domain::text:
        return {};
    case domain::flag:
        return value == "0" || value == "1" ? std::string() : keyword + " must be 0 or 1";
    case domain::number:
        // Nine digits fit every limit that libpq has.
        if (value.empty() || value.size() > 9 ||
            value.find_first_not_of("0123456789") != std::string_view::npos)
            return keyword + " must be a whole number";
        return {};
    case domain::choice:
        if (std::find(rule.choices.begin(), rule.choices.end(), value) == rule.choices.end())
            return keyword + " must be " + one_of(rule.choices);
        return {};
    }
    return {};
}

} // namespace headspace::config
