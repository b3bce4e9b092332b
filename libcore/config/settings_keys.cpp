#include "config/settings_keys.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <array>
#include <cstdio>

namespace headspace::config {

namespace {

constexpr std::array<std::string_view, 6> sslmodes{"disable", "allow",     "prefer",
                                                   "require", "verify-ca", "verify-full"};
constexpr std::array<std::string_view, 6> session_attributes{
    "any", "read-write", "read-only", "primary", "standby", "prefer-standby"};
constexpr std::array<std::string_view, 3> profiles{"auto", "server", "serverless"};
constexpr std::array<std::string_view, 2> reset_policies{"dirty", "always"};
constexpr std::array<std::string_view, 7> migration_formats{
    "auto", "native", "dbmate", "golang-migrate", "goose", "flyway", "diesel"};
constexpr std::array<std::string_view, 5> log_levels{"trace", "debug", "info", "warning", "error"};
constexpr std::array<std::string_view, 4> log_formats{"auto", "journal", "text", "json"};

constexpr std::int64_t shortest = 1'000'000; // 1 ms
constexpr std::int64_t longest = duration(std::chrono::hours(24 * 365)).count();

template<auto Table, auto Member>
setting_pointer at(settings& s) {
    return &((s.*Table).*Member);
}

using member_function = setting_pointer (*)(settings&);

constexpr key_rule plain(std::string_view table, std::string_view name, member_function member) {
    return {table, name, member};
}

constexpr key_rule hidden(std::string_view table, std::string_view name, member_function member,
                          key_kind kind) {
    key_rule rule = plain(table, name, member);
    rule.kind = kind;
    return rule;
}

constexpr key_rule number(std::string_view table, std::string_view name, member_function member,
                          std::int64_t least, std::int64_t most) {
    key_rule rule = plain(table, name, member);
    rule.least = least;
    rule.most = most;
    return rule;
}

constexpr key_rule mode(std::string_view table, std::string_view name, member_function member) {
    key_rule rule = number(table, name, member, 0, 0777);
    rule.kind = key_kind::octal;
    return rule;
}

constexpr key_rule time(std::string_view table, std::string_view name, member_function member) {
    return number(table, name, member, shortest, longest);
}

constexpr key_rule time_or_zero(std::string_view table, std::string_view name,
                                member_function member) {
    return number(table, name, member, 0, longest);
}

constexpr key_rule choice(std::string_view table, std::string_view name, member_function member,
                          std::span<const std::string_view> choices) {
    key_rule rule = plain(table, name, member);
    rule.choices = choices;
    return rule;
}

constexpr key_rule restart(key_rule rule) {
    rule.needs_restart = true;
    return rule;
}

constexpr std::array keys{
    hidden("database", "url", at<&settings::database, &database_settings::url>, key_kind::url),
    plain("database", "host", at<&settings::database, &database_settings::host>),
    number("database", "port", at<&settings::database, &database_settings::port>, 1, 65535),
    plain("database", "name", at<&settings::database, &database_settings::name>),
    plain("database", "user", at<&settings::database, &database_settings::user>),
    hidden("database", "password", at<&settings::database, &database_settings::password>,
           key_kind::secret_text),
    plain("database", "password_file", at<&settings::database, &database_settings::password_file>),
    choice("database", "sslmode", at<&settings::database, &database_settings::sslmode>, sslmodes),
    plain("database", "sslrootcert", at<&settings::database, &database_settings::sslrootcert>),
    plain("database", "sslcert", at<&settings::database, &database_settings::sslcert>),
    plain("database", "sslkey", at<&settings::database, &database_settings::sslkey>),
    choice("database", "target_session_attrs",
           at<&settings::database, &database_settings::target_session_attrs>, session_attributes),
    time("database", "connect_timeout",
         at<&settings::database, &database_settings::connect_timeout>),
    time("database", "connect_round_timeout",
         at<&settings::database, &database_settings::connect_round_timeout>),
    time("database", "resolve_timeout",
         at<&settings::database, &database_settings::resolve_timeout>),
    number("database", "lookup_threads",
           at<&settings::database, &database_settings::lookup_threads>, 1, 64),
    number("database", "cancel_threads",
           at<&settings::database, &database_settings::cancel_threads>, 1, 64),
    time("database", "query_timeout", at<&settings::database, &database_settings::query_timeout>),
    time_or_zero("database", "statement_timeout",
                 at<&settings::database, &database_settings::statement_timeout>),
    number("database", "pool_size", at<&settings::database, &database_settings::pool_size>, 1,
           10000),
    time("database", "pool_timeout", at<&settings::database, &database_settings::pool_timeout>),
    time_or_zero("database", "pool_recycle",
                 at<&settings::database, &database_settings::pool_recycle>),
    time("database", "pool_serverless_recycle",
         at<&settings::database, &database_settings::pool_serverless_recycle>),
    plain("database", "pool_pre_ping", at<&settings::database, &database_settings::pool_pre_ping>),
    number("database", "pool_min_idle", at<&settings::database, &database_settings::pool_min_idle>,
           0, 10000),
    time_or_zero("database", "pool_ping_after",
                 at<&settings::database, &database_settings::pool_ping_after>),
    time("database", "pool_ping_timeout",
         at<&settings::database, &database_settings::pool_ping_timeout>),
    time_or_zero("database", "pool_keepalive",
                 at<&settings::database, &database_settings::pool_keepalive>),
    time_or_zero("database", "pool_idle_timeout",
                 at<&settings::database, &database_settings::pool_idle_timeout>),
    time("database", "pool_tick", at<&settings::database, &database_settings::pool_tick>),
    number("database", "pool_max_waiters",
           at<&settings::database, &database_settings::pool_max_waiters>, 0, 1000000),
    number("database", "pool_connect_parallelism",
           at<&settings::database, &database_settings::pool_connect_parallelism>, 1, 100),
    time_or_zero("database", "pool_lease_warn",
                 at<&settings::database, &database_settings::pool_lease_warn>),
    choice("database", "pool_reset", at<&settings::database, &database_settings::pool_reset>,
           reset_policies),
    time("database", "pool_reset_timeout",
         at<&settings::database, &database_settings::pool_reset_timeout>),
    time("database", "pool_close_timeout",
         at<&settings::database, &database_settings::pool_close_timeout>),
    time_or_zero("database", "tcp_keepalives_idle",
                 at<&settings::database, &database_settings::tcp_keepalives_idle>),
    time_or_zero("database", "tcp_keepalives_interval",
                 at<&settings::database, &database_settings::tcp_keepalives_interval>),
    number("database", "tcp_keepalives_count",
           at<&settings::database, &database_settings::tcp_keepalives_count>, 0, 127),
    time_or_zero("database", "tcp_user_timeout",
                 at<&settings::database, &database_settings::tcp_user_timeout>),
    choice("database", "profile", at<&settings::database, &database_settings::profile>, profiles),
    plain("database", "application_name",
          at<&settings::database, &database_settings::application_name>),
    plain("database", "test_name", at<&settings::database, &database_settings::test_name>),
    time("reconnect", "initial", at<&settings::reconnect, &reconnect_settings::initial>),
    time("reconnect", "max", at<&settings::reconnect, &reconnect_settings::max>),
    time_or_zero("reconnect", "stable_after",
                 at<&settings::reconnect, &reconnect_settings::stable_after>),
    time("reconnect", "operator", at<&settings::reconnect, &reconnect_settings::operator_interval>),
    time("health", "timeout", at<&settings::health, &health_settings::timeout>),
    time("health", "max_age", at<&settings::health, &health_settings::max_age>),
    time("health", "long_transaction", at<&settings::health, &health_settings::long_transaction>),
    time("health", "clock_skew", at<&settings::health, &health_settings::clock_skew>),
    time_or_zero("health", "loop_probe", at<&settings::health, &health_settings::loop_probe>),
    time("health", "loop_window", at<&settings::health, &health_settings::loop_window>),
    plain("migrations", "directory", at<&settings::migrations, &migrations_settings::directory>),
    choice("migrations", "format", at<&settings::migrations, &migrations_settings::format>,
           migration_formats),
    hidden("migrations", "url", at<&settings::migrations, &migrations_settings::url>,
           key_kind::url),
    plain("migrations", "auto_upgrade",
          at<&settings::migrations, &migrations_settings::auto_upgrade>),
    time("migrations", "lock_timeout",
         at<&settings::migrations, &migrations_settings::lock_timeout>),
    time_or_zero("migrations", "lock_wait",
                 at<&settings::migrations, &migrations_settings::lock_wait>),
    time("migrations", "lock_poll", at<&settings::migrations, &migrations_settings::lock_poll>),
    time("migrations", "retry_initial",
         at<&settings::migrations, &migrations_settings::retry_initial>),
    time("migrations", "retry_max", at<&settings::migrations, &migrations_settings::retry_max>),
    time("migrations", "connection_check",
         at<&settings::migrations, &migrations_settings::connection_check>),
    time("migrations", "directory_poll",
         at<&settings::migrations, &migrations_settings::directory_poll>),
    restart(time("migrations", "extend_timeout",
                 at<&settings::migrations, &migrations_settings::extend_timeout>)),
    plain("migrations", "require_sum",
          at<&settings::migrations, &migrations_settings::require_sum>),
    hidden("migrations", "scratch_url",
           at<&settings::migrations, &migrations_settings::scratch_url>, key_kind::url),
    time("migrations", "scratch_timeout",
         at<&settings::migrations, &migrations_settings::scratch_timeout>),
    time("migrations", "dump_timeout",
         at<&settings::migrations, &migrations_settings::dump_timeout>),
    restart(plain("admin", "socket", at<&settings::admin, &admin_settings::socket>)),
    restart(mode("admin", "mode", at<&settings::admin, &admin_settings::mode>)),
    restart(plain("admin", "group", at<&settings::admin, &admin_settings::group>)),
    plain("admin", "operators", at<&settings::admin, &admin_settings::operators>),
    number("admin", "max_connections", at<&settings::admin, &admin_settings::max_connections>, 1,
           100000),
    number("admin", "header_limit", at<&settings::admin, &admin_settings::header_limit>, 1024,
           1024 * 1024),
    number("admin", "body_limit", at<&settings::admin, &admin_settings::body_limit>, 1024,
           64 * 1024 * 1024),
    number("admin", "files_limit", at<&settings::admin, &admin_settings::files_limit>, 1024,
           1024 * 1024 * 1024),
    number("admin", "stream_limit", at<&settings::admin, &admin_settings::stream_limit>, 1024,
           1024 * 1024 * 1024),
    time("admin", "request_timeout", at<&settings::admin, &admin_settings::request_timeout>),
    time("admin", "idle_timeout", at<&settings::admin, &admin_settings::idle_timeout>),
    time("admin", "accept_pause", at<&settings::admin, &admin_settings::accept_pause>),
    time("admin", "unwind_timeout", at<&settings::admin, &admin_settings::unwind_timeout>),
    restart(number("admin", "operations_kept",
                   at<&settings::admin, &admin_settings::operations_kept>, 1, 1000)),
    restart(number("admin", "events_kept", at<&settings::admin, &admin_settings::events_kept>, 100,
                   1000000)),
    plain("http", "listen", at<&settings::http, &http_settings::listen>),
    restart(plain("embedded", "enabled", at<&settings::embedded, &embedded_settings::enabled>)),
    restart(plain("embedded", "data_directory",
                  at<&settings::embedded, &embedded_settings::data_directory>)),
    restart(plain("embedded", "ephemeral", at<&settings::embedded, &embedded_settings::ephemeral>)),
    restart(plain("embedded", "bindir", at<&settings::embedded, &embedded_settings::bindir>)),
    restart(time("embedded", "start_timeout",
                 at<&settings::embedded, &embedded_settings::start_timeout>)),
    restart(time("embedded", "fast_timeout",
                 at<&settings::embedded, &embedded_settings::fast_timeout>)),
    restart(time("embedded", "immediate_timeout",
                 at<&settings::embedded, &embedded_settings::immediate_timeout>)),
    restart(time("embedded", "init_timeout",
                 at<&settings::embedded, &embedded_settings::init_timeout>)),
    restart(time("embedded", "settle_timeout",
                 at<&settings::embedded, &embedded_settings::settle_timeout>)),
    restart(
        time("embedded", "ready_poll", at<&settings::embedded, &embedded_settings::ready_poll>)),
    restart(plain("embedded", "shared_buffers",
                  at<&settings::embedded, &embedded_settings::shared_buffers>)),
    restart(number("embedded", "spare_connections",
                   at<&settings::embedded, &embedded_settings::spare_connections>, 3, 1000)),
    restart(number("embedded", "crash_lines",
                   at<&settings::embedded, &embedded_settings::crash_lines>, 0, 1000)),
    choice("log", "level", at<&settings::log, &log_settings::level>, log_levels),
    restart(choice("log", "format", at<&settings::log, &log_settings::format>, log_formats)),
    time_or_zero("log", "repeat", at<&settings::log, &log_settings::repeat>),
    number("log", "buffer", at<&settings::log, &log_settings::buffer>, 4096, 1024 * 1024 * 1024),
    time_or_zero("log", "flush_timeout", at<&settings::log, &log_settings::flush_timeout>),
    time_or_zero("shutdown", "drain_timeout",
                 at<&settings::shutdown, &shutdown_settings::drain_timeout>),
};

template<class... Ts>
struct overloaded : Ts... {
    using Ts::operator()...;
};
template<class... Ts>
overloaded(Ts...) -> overloaded<Ts...>; // clang before 17 does not deduce it for an aggregate

std::string octal(std::uint32_t value) {
    std::array<char, 16> buffer{};
    std::snprintf(buffer.data(), buffer.size(), "%04o", value);
    return buffer.data();
}

std::string toml_list(const std::vector<std::string>& values) {
    std::vector<std::string> quoted;
    for (const std::string& value : values)
        quoted.push_back(quote_toml(value));
    return "[" + join(quoted, ", ") + "]";
}

std::string show_bound(const key_rule& key, std::int64_t bound) {
    settings scratch;
    if (std::holds_alternative<duration*>(key.member(scratch)))
        return format_duration(duration(bound));
    return key.kind == key_kind::octal ? octal(static_cast<std::uint32_t>(bound))
                                       : std::to_string(bound);
}

} // namespace

std::string key_rule::dotted() const {
    return std::string(table) + "." + std::string(name);
}

std::string key_rule::bracketed() const {
    return "[" + std::string(table) + "]." + std::string(name);
}

std::span<const key_rule> all_keys() {
    return keys;
}

const key_rule* find_key(std::string_view table, std::string_view name) {
    const auto found = std::find_if(keys.begin(), keys.end(), [&](const key_rule& key) {
        return key.table == table && key.name == name;
    });
    return found == keys.end() ? nullptr : &*found;
}

const key_rule* find_key(std::string_view dotted) {
    const auto dot = dotted.find('.');
    return dot == std::string_view::npos ? nullptr
                                         : find_key(dotted.substr(0, dot), dotted.substr(dot + 1));
}

std::string format_setting(const key_rule& key, const settings& values) {
    settings copy = values;
    return std::visit(overloaded{[](std::string* v) { return *v; },
                                 [](secret* v) { return std::string(v->empty() ? "" : "***"); },
                                 [](bool* v) { return std::string(*v ? "true" : "false"); },
                                 [](std::uint16_t* v) { return std::to_string(*v); },
                                 [&](std::uint32_t* v) {
                                     return key.kind == key_kind::octal ? octal(*v)
                                                                        : std::to_string(*v);
                                 },
                                 [](duration* v) { return format_duration(*v); },
                                 [](std::vector<std::string>* v) { return toml_list(*v); },
                                 [](connection_profile* v) { return std::string(to_string(*v)); },
                                 [](reset_policy* v) {
                                     return std::string(to_string(*v));
                                 }},
                      key.member(copy));
}

void copy_setting(const key_rule& key, const settings& from, settings& to) {
    settings source = from;
    const setting_pointer values = key.member(source);
    std::visit([&](auto* target) { *target = *std::get<decltype(target)>(values); },
               key.member(to));
}

std::string quote_toml(std::string_view text) {
    std::string out = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\')
            out += '\\';
        if (c == '\n')
            out += "\\n";
        else
            out += c;
    }
    return out + '"';
}

bool is_quoted_setting(const key_rule& key) {
    settings scratch;
    const setting_pointer member = key.member(scratch);
    return key.kind == key_kind::octal ||
           !(std::holds_alternative<bool*>(member) ||
             std::holds_alternative<std::uint16_t*>(member) ||
             std::holds_alternative<std::uint32_t*>(member) ||
             std::holds_alternative<std::vector<std::string>*>(member));
}

std::string check_setting(const key_rule& key, std::int64_t value) {
    if (value >= key.least && value <= key.most)
        return {};
    return "must be from " + show_bound(key, key.least) + " to " + show_bound(key, key.most);
}

std::string check_setting(const key_rule& key, std::string_view value) {
    if (key.choices.empty() ||
        std::find(key.choices.begin(), key.choices.end(), value) != key.choices.end())
        return {};
    // "" means "decide by yourself" where it is the default.
    const settings defaults;
    if (value.empty() && format_setting(key, defaults).empty())
        return {};
    const std::vector<std::string> names(key.choices.begin(), key.choices.end());
    return "must be one of " + join(names, ", ");
}

std::string_view to_string(connection_profile profile) {
    return profiles[static_cast<std::size_t>(profile)];
}

std::string_view to_string(reset_policy policy) {
    return reset_policies[static_cast<std::size_t>(policy)];
}

connection_profile profile_from(std::string_view text) {
    return static_cast<connection_profile>(std::find(profiles.begin(), profiles.end(), text) -
                                           profiles.begin());
}

reset_policy reset_from(std::string_view text) {
    return text == "always" ? reset_policy::always : reset_policy::dirty;
}

} // namespace headspace::config
