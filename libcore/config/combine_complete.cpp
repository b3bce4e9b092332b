// What a connection string lacks and what it replaces: services, libpq's defaults, and the keys of
// [database] that its parameters are called like.
#include "base/text.hpp"
#include "config/combine_context.hpp"
#include "config/conninfo_service.hpp"

#include <algorithm>
#include <utility>

namespace headspace::config {

namespace {

/// They would tear log lines apart.
bool has_control_characters(std::string_view text) {
    return std::any_of(text.begin(), text.end(), [](char c) {
        const auto byte = static_cast<unsigned char>(c);
        return byte < 0x20 || byte == 0x7F;
    });
}

bool fill_from_service(combine_context& context, conninfo& target, const std::string& source) {
    std::vector<std::string> candidates;
    if (const std::string named = context.variable_text("PGSERVICEFILE"); !named.empty()) {
        candidates.push_back(named);
    } else {
        if (const std::string home = context.variable_text("HOME"); !home.empty())
            candidates.push_back(home + "/.pg_service.conf");
        const std::string folder = context.variable_text("PGSYSCONFDIR");
        candidates.push_back((folder.empty() ? "/etc/postgresql-common" : folder) +
                             "/pg_service.conf");
    }
    for (const std::string& path : candidates) {
        const file_content content = context.env.read_file(path);
        if (!content.text)
            continue;
        const auto found = find_service(*content.text, target.service, path);
        if (!found) {
            context.errors.push_back({"", 0, 0, found.error().text()});
            return false;
        }
        if (!found.value())
            continue;
        auto assembled = assemble_conninfo(*found.value(), path);
        if (!assembled) {
            context.errors.push_back({"", 0, 0, assembled.error().text()});
            return false;
        }
        conninfo& entry = assembled.value().value;
        if (entry.password)
            entry.password_source = "service file " + path;
        fill_from(target, entry);
        return true;
    }
    context.errors.push_back(
        {"", 0, 0, source + ": the service is not defined in " + join(candidates, " or ")});
    return false;
}

} // namespace

bool complete(combine_context& context, conninfo& target, const std::string& source) {
    const bool from_service =
        !target.service.empty() && !target.password; // whose password may come from there
    if (!target.service.empty() && !fill_from_service(context, target, source))
        return false;
    if (from_service && target.password && &target == &context.out.target)
        context.out.password_from = password_origin::service_file;
    const auto by_default = [&](const char* key, const char* what) {
        if (&target == &context.out.target)
            context.out.origins[key] = what;
    };
    if (target.hosts.empty())
        target.hosts.emplace_back();
    for (const host_entry& entry : target.hosts) {
        if (entry.host.empty() && entry.hostaddr.empty())
            by_default("database.host", "default of libpq");
        if (!entry.port_given)
            by_default("database.port", "default");
    }
    if (target.user.empty())
        by_default("database.user", "operating system user");
    if (target.database.empty())
        by_default("database.name", "as database.user");
    fill_defaults(target, context.env.os_user);
    for (const auto& [what, name] :
         {std::pair{"user", &target.user}, std::pair{"database name", &target.database}})
        if (has_control_characters(*name)) {
            context.errors.push_back(
                {"", 0, 0, source + ": the " + what + " contains a control character"});
            return false;
        }
    return true;
}

std::vector<std::string> overlay_parameters(database_settings& database, const conninfo& target) {
    std::vector<std::string> replaced;
    const auto find = [&](const char* keyword) -> const std::string* {
        const auto found = target.parameters.find(keyword);
        return found == target.parameters.end() ? nullptr : &found->second;
    };
    const auto text = [&](const char* keyword, std::string& member) {
        if (const std::string* value = find(keyword)) {
            member = *value;
            replaced.push_back(std::string("database.") + keyword);
        }
    };
    text("sslmode", database.sslmode);
    text("sslrootcert", database.sslrootcert);
    text("sslcert", database.sslcert);
    text("sslkey", database.sslkey);
    text("target_session_attrs", database.target_session_attrs);
    text("application_name", database.application_name);

    const auto number = [&](const char* keyword, const char* key, auto take) {
        const std::string* value = find(keyword);
        if (value != nullptr && take(std::stol(*value)))
            replaced.emplace_back(key);
    };
    number("connect_timeout", "database.connect_timeout", [&](long seconds) {
        if (seconds > 0) // 0 would wait for ever
            database.connect_timeout = std::chrono::seconds(seconds);
        return seconds > 0;
    });
    number("keepalives_idle", "database.tcp_keepalives_idle", [&](long seconds) {
        database.tcp_keepalives_idle = std::chrono::seconds(seconds);
        return true;
    });
    number("keepalives_interval", "database.tcp_keepalives_interval", [&](long seconds) {
        database.tcp_keepalives_interval = std::chrono::seconds(seconds);
        return true;
    });
    number("keepalives_count", "database.tcp_keepalives_count", [&](long count) {
        database.tcp_keepalives_count = static_cast<std::uint32_t>(count);
        return true;
    });
    number("tcp_user_timeout", "database.tcp_user_timeout", [&](long milliseconds) {
        database.tcp_user_timeout = std::chrono::milliseconds(milliseconds);
        return true;
    });
    number("keepalives", "database.tcp_keepalives_idle", [&](long on) {
        if (on == 0)
            database.tcp_keepalives_idle = 0s;
        return on == 0;
    });
    return replaced;
}

void choose_other_targets(combine_context& context) {
    const migrations_settings& migrations = context.file.values.migrations;
    const auto parse = [&](const std::string& url, const char* key,
                           const std::string& label) -> std::optional<conninfo> {
        auto parsed = parse_conninfo(url, label);
        if (!parsed) {
            context.fail_key(key, parsed.error().text());
            return std::nullopt;
        }
        for (const std::string& warning : parsed.value().warnings)
            context.out.warnings.push_back(warning);
        conninfo target = std::move(parsed.value().value);
        if (!complete(context, target, label))
            return std::nullopt;
        if (target.password && target.password_source.empty())
            target.password_source = key;
        return target;
    };
    if (!migrations.scratch_url.empty())
        context.out.scratch_target =
            parse(migrations.scratch_url, "migrations.scratch_url", "[migrations].scratch_url");
    if (migrations.url.empty())
        return;
    if (context.out.embedded) {
        context.out.notes.push_back("migrations.url is ignored with the embedded PostgreSQL");
        return;
    }
    context.out.migrations_target = parse(migrations.url, "migrations.url", "[migrations].url");
    if (context.out.migrations_target &&
        context.out.migrations_target->database != context.out.target.database)
        context.out.warnings.push_back(
            "migrations.url names another database than the pool uses: migrations will change "
            "that one");
}

} // namespace headspace::config
