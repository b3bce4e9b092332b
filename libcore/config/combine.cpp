// The steps in their order; which database it is and its password are decided in
// combine_target.cpp.
#include "config/combine.hpp"

#include "base/loopback.hpp"
#include "base/text.hpp"
#include "config/combine_context.hpp"
#include "config/settings_keys.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace headspace::config {

namespace {

constexpr std::size_t longest_identifier = 63;   // PostgreSQL's NAMEDATALEN - 1
constexpr std::size_t longest_socket_path = 107; // sun_path less its end

// Providers whose databases fall asleep when nobody queries them, and cost money while awake.
constexpr std::array<std::string_view, 4> serverless_suffixes{
    ".neon.tech", ".neon.build", ".vercel-storage.com", ".cockroachlabs.cloud"};

// Of headspaced, headspacectl and the programs beside them.
constexpr std::array<std::string_view, 13> known_variables{
    "DATABASE_URL",      "DATABASE_HOST",     "DATABASE_PORT",        "DATABASE_NAME",
    "DATABASE_USER",     "DATABASE_PASSWORD", "DATABASE_POOL_SIZE",   "DATABASE_POOL_TIMEOUT",
    "HEADSPACE_ENV",     "HEADSPACE_SOCKET",  "HEADSPACE_MIGRATIONS", "HEADSPACE_CONFIG",
    "HEADSPACE_INSTANCE"};

void warn_of_unknown_variables(combine_context& context) {
    for (const auto& [name, variable] : context.env.variables) {
        const bool ours = name.starts_with("DATABASE_") || name.starts_with("HEADSPACE_");
        if (!ours || std::find(known_variables.begin(), known_variables.end(), name) !=
                         known_variables.end())
            continue;
        const std::string meant = did_you_mean(name, known_variables);
        context.out.warnings.push_back(variable.source + " is not a variable of headspaced" +
                                       (meant.empty() ? "" : "; did you mean " + meant + "?"));
    }
}

void take_pool_variables(combine_context& context) {
    database_settings& database = context.out.values.database;
    if (const variable* v = context.find_variable("DATABASE_POOL_SIZE")) {
        const key_rule& key = *find_key("database.pool_size");
        const std::string_view text = v->value.reveal();
        std::int64_t number = 0;
        const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), number);
        if (ec != std::errc{} || end != text.data() + text.size() ||
            !check_setting(key, number).empty())
            context.fail(*v, "expected integer 1..10000");
        else
            database.pool_size = static_cast<std::uint32_t>(number);
        context.out.origins["database.pool_size"] = v->source;
    }
    if (const variable* v = context.find_variable("DATABASE_POOL_TIMEOUT")) {
        const key_rule& key = *find_key("database.pool_timeout");
        const auto parsed = parse_duration(v->value.reveal());
        const std::string wrong =
            parsed ? check_setting(key, parsed.value().count())
                   : "expected a number of seconds or a duration such as 250ms, 5s, 2m";
        if (!wrong.empty())
            context.fail(*v, wrong);
        else
            database.pool_timeout = parsed.value();
        context.out.origins["database.pool_timeout"] = v->source;
    }
}

/// Parameters of the URL (or PG*) replace the keys of [database] that they are called like.
void take_parameters(combine_context& context) {
    effective& out = context.out;
    std::string source = "PG* variables";
    for (const char* key : {"database.url", "database.name"})
        if (const auto origin = out.origins.find(key); origin != out.origins.end()) {
            source = origin->second;
            break;
        }
    for (const std::string& key : overlay_parameters(out.values.database, out.target))
        out.origins[key] = source;
}

void use_default_attributes(database_settings& database, const conninfo& target) {
    if (database.target_session_attrs.empty())
        database.target_session_attrs = target.hosts.size() > 1 ? "read-write" : "any";
    if (database.sslrootcert == "system") // as in a URL
        database.sslrootcert = "/etc/ssl/certs/ca-certificates.crt";
}

bool is_serverless(const conninfo& target) {
    return std::any_of(target.hosts.begin(), target.hosts.end(), [](const host_entry& entry) {
        return std::any_of(serverless_suffixes.begin(), serverless_suffixes.end(),
                           [name = to_lower(entry.host)](std::string_view suffix) {
                               return name.ends_with(suffix);
                           });
    });
}

/// Lets a database sleep that is billed while it is awake; keys that the file gives stay.
void use_profile(combine_context& context) {
    effective& out = context.out;
    database_settings& database = out.values.database;
    if (database.profile == connection_profile::automatic && !out.embedded &&
        is_serverless(out.target)) {
        database.profile = connection_profile::serverless;
        out.origins["database.profile"] = "auto: by host";
    }
    out.serverless = database.profile == connection_profile::serverless;
    if (!out.serverless)
        return;
    const auto replace = [&](const char* key, auto& member, auto value) {
        if (context.file.has(key))
            return;
        member = value;
        out.origins[key] = "profile serverless";
    };
    replace("database.pool_recycle", database.pool_recycle, database.pool_serverless_recycle);
    replace("database.pool_min_idle", database.pool_min_idle, std::uint32_t{0});
    replace("database.pool_keepalive", database.pool_keepalive, duration(0s));
}

void use_test_database(combine_context& context, std::string& database, const char* whose) {
    const auto name = test_database_name(database, context.out.values.database.test_name);
    if (name)
        database = *name;
    else
        context.fail_key("database.test_name",
                         std::string(whose) + ": the name of the test database is longer than 63 "
                                              "bytes; set database.test_name");
}

void use_test_databases(combine_context& context) {
    effective& out = context.out;
    out.test = context.test();
    if (!out.test)
        return;
    if (context.errors.empty() || !out.target.database.empty()) {
        use_test_database(context, out.target.database, "--test");
        out.origins["database.name"] = context.asked.test ? "--test" : "HEADSPACE_ENV";
    }
    if (out.migrations_target)
        use_test_database(context, out.migrations_target->database, "--test, migrations.url");
}

std::filesystem::path absolute(const combine_context& context, const std::filesystem::path& path) {
    if (path.is_absolute())
        return path.lexically_normal();
    const std::filesystem::path base =
        context.out.file.empty() ? context.env.working_directory : context.out.file.parent_path();
    return (base / path).lexically_normal();
}

std::filesystem::path state_directory(const combine_context& context) {
    const std::string state = context.variable_text("STATE_DIRECTORY");
    if (!state.empty())
        return state.substr(0, state.find(':'));
    const std::string users = context.variable_text("XDG_STATE_HOME");
    if (!users.empty())
        return std::filesystem::path(users) / "headspace";
    if (context.env.uid == 0)
        return "/var/lib/headspace";
    return std::filesystem::path(context.variable_text("HOME")) / ".local/state/headspace";
}

void choose_places(combine_context& context) {
    effective& out = context.out;
    const runtime_folder runtime = default_runtime_directory(context.env);
    out.runtime_directory = runtime.path;
    std::string& socket = out.values.admin.socket;
    const std::string usual = runtime.path + "/admin.sock";
    if (socket.empty())
        socket = usual;
    out.private_socket_folder = runtime.in_tmp && socket == usual;
    if (!socket.starts_with('/'))
        context.fail_key("admin.socket", "[admin].socket must be an absolute path");
    if (socket.size() > longest_socket_path)
        context.fail_key("admin.socket",
                         "[admin].socket must not be longer than 107 bytes: " + socket);
    if (out.values.migrations.directory.empty())
        context.fail_key("migrations.directory", "[migrations].directory must not be empty");
    out.state_directory = state_directory(context);
    const std::string& data = out.values.embedded.data_directory;
    out.embedded_data_directory =
        data.empty() ? out.state_directory / "postgres" : absolute(context, data);
    out.migrations_directory = absolute(context, out.values.migrations.directory);
}

void check_listen(combine_context& context) {
    const std::string& listen = context.out.values.http.listen;
    if (listen.empty())
        return;
    if (const auto parsed = parse_loopback(listen); !parsed)
        context.fail_key("http.listen", "[http].listen: " + quote_toml(listen) + " " +
                                            parsed.error().message + " (" + parsed.error().hint +
                                            ")");
}

void check_together(combine_context& context) {
    settings& values = context.out.values;
    database_settings& database = values.database;
    if (database.pool_min_idle > database.pool_size) {
        if (context.find_variable("DATABASE_POOL_SIZE") != nullptr) {
            context.out.warnings.push_back("database.pool_min_idle is lowered to the " +
                                           std::to_string(database.pool_size) +
                                           " of DATABASE_POOL_SIZE");
            database.pool_min_idle = database.pool_size;
        } else {
            context.fail_key("database.pool_min_idle",
                             "[database].pool_min_idle must not be larger than pool_size (" +
                                 std::to_string(database.pool_size) + ")");
        }
    }
    if (values.reconnect.initial > values.reconnect.max)
        context.fail_key(context.file.has("reconnect.initial") ? "reconnect.initial"
                                                               : "reconnect.max",
                         "[reconnect].initial must not be larger than max (" +
                             format_duration(values.reconnect.max) + ")");
    check_listen(context);
}

void warn_of_readable_file(combine_context& context) {
    if (!context.file.others_may_read)
        return;
    const database_settings& database = context.file.values.database;
    const bool holds = !database.password.empty() ||
                       context.out.password_from == password_origin::toml ||
                       (context.out.migrations_target && context.out.migrations_target->password);
    if (holds)
        context.out.warnings.push_back(context.file.path +
                                       " holds a password and others may read it: chmod 640, or "
                                       "use database.password_file");
}

/// The values that held secrets hold only what may be shown.
void forget_secrets(effective& out) {
    settings& values = out.values;
    out.holds_secret = out.target.password.has_value() || !out.target.sslpassword.empty();
    for (const auto* other : {&out.migrations_target, &out.scratch_target})
        if (*other)
            out.holds_secret = out.holds_secret || (*other)->password.has_value() ||
                               !(*other)->sslpassword.empty();
    const auto replace = [](std::string& text, std::string shown) {
        wipe(text);
        text = std::move(shown);
    };
    const bool by_url = out.origins.contains("database.url") && !out.embedded;
    replace(values.database.url, by_url ? out.target.masked() : std::string());
    replace(values.migrations.url, out.migrations_target ? out.migrations_target->masked() : "");
    replace(values.migrations.scratch_url, out.scratch_target ? out.scratch_target->masked() : "");
    values.database.password = out.target.password.value_or(secret());
}

/// [database] says the same as the target.
void show_target(effective& out) {
    database_settings& database = out.values.database;
    std::vector<std::string> hosts;
    for (const host_entry& entry : out.target.hosts)
        hosts.push_back(entry.host.empty() ? entry.hostaddr : entry.host);
    database.host = join(hosts, ",");
    if (!out.target.hosts.empty())
        database.port = out.target.hosts.front().port;
    database.user = out.target.user;
    database.name = out.target.database;
    if (out.embedded)
        out.embedded_database = out.target.database;
}

} // namespace

std::optional<std::string> test_database_name(const std::string& name,
                                              const std::string& test_name) {
    constexpr std::string_view suffix = "_test";
    std::string chosen = test_name;
    if (chosen.empty())
        chosen = name.ends_with(suffix) ? name : name + std::string(suffix);
    if (chosen.size() > longest_identifier)
        return std::nullopt;
    return chosen;
}

runtime_folder default_runtime_directory(const environment& env) {
    const auto get = [&](const char* name) {
        const auto found = env.variables.find(name);
        return found == env.variables.end() ? std::string()
                                            : std::string(found->second.value.reveal());
    };
    return default_runtime_folder(
        {env.uid, get("XDG_RUNTIME_DIR"), env.service, get("RUNTIME_DIRECTORY")});
}

outcome combine(const file_settings& file, const environment& env, const request& asked) {
    combine_context context{file, env, asked, {}, {}};
    effective& out = context.out;
    context.errors = file.errors;
    context.errors.insert(context.errors.end(), env.errors.begin(), env.errors.end());
    out.values = file.values;
    out.service = env.service;
    if (!file.path.empty())
        out.file = std::filesystem::path(file.path).is_absolute()
                       ? std::filesystem::path(file.path)
                       : env.working_directory / file.path;
    for (const auto& [key, where] : file.given)
        out.origins[key] = file.path + ":" + std::to_string(where.line);
    if (file.values.database.url.empty())
        out.origins.erase("database.url");
    for (const diagnostic& warning : file.warnings)
        out.warnings.push_back(warning.text());
    out.warnings.insert(out.warnings.end(), env.warnings.begin(), env.warnings.end());

    warn_of_unknown_variables(context);
    take_pool_variables(context);
    choose_target(context);
    choose_other_targets(context);
    if (out.migrations_target) {
        out.migrations_database = out.values.database;
        overlay_parameters(out.migrations_database, *out.migrations_target);
        use_default_attributes(out.migrations_database, *out.migrations_target);
    }
    take_parameters(context);
    use_default_attributes(out.values.database, out.target);
    use_profile(context);
    use_test_databases(context);
    choose_places(context);
    check_together(context);
    if (!context.errors.empty()) {
        std::stable_sort(context.errors.begin(), context.errors.end());
        return std::move(context.errors);
    }
    warn_of_readable_file(context);
    forget_secrets(out);
    show_target(out);
    return std::move(context.out);
}

} // namespace headspace::config
