#include "config/print.hpp"

#include "base/text.hpp"
#include "config/settings_keys.hpp"

#include <set>

namespace headspace::config {

namespace {

/// sslmode as it is for each host; one word when they agree.
std::string sslmode_in_force(const effective& in_force) {
    if (!in_force.values.database.sslmode.empty())
        return in_force.values.database.sslmode;
    std::vector<std::string> modes;
    for (const host_entry& entry : in_force.target.hosts)
        modes.push_back(default_sslmode(entry));
    if (std::set<std::string>(modes.begin(), modes.end()).size() == 1)
        modes.resize(1);
    return join(modes, ",");
}

std::string ports_in_force(const effective& in_force) {
    std::vector<std::string> ports;
    for (const host_entry& entry : in_force.target.hosts)
        ports.push_back(std::to_string(entry.port));
    if (std::set<std::string>(ports.begin(), ports.end()).size() == 1)
        ports.resize(1);
    return join(ports, ",");
}

bool other_secret(const std::optional<conninfo>& before, const std::optional<conninfo>& after) {
    return before && after &&
           (before->password != after->password || before->sslpassword != after->sslpassword);
}

/// Whether a secret that does not show changed behind this key.
bool other_secret(const std::string& key, const effective& before, const effective& after) {
    if (key == "database.password")
        return other_secret(before.target, after.target);
    if (key == "migrations.url")
        return other_secret(before.migrations_target, after.migrations_target);
    return key == "migrations.scratch_url" &&
           other_secret(before.scratch_target, after.scratch_target);
}

} // namespace

std::vector<row> rows(const effective& in_force) {
    std::vector<row> out;
    for (const key_rule& key : all_keys()) {
        row r{key.dotted(), format_setting(key, in_force.values), "default",
              is_quoted_setting(key)};
        if (const auto origin = in_force.origins.find(r.key); origin != in_force.origins.end())
            r.source = origin->second;
        if (r.key == "database.sslmode") {
            if (r.value.empty())
                r.source = "default for " + in_force.target.where();
            r.value = sslmode_in_force(in_force);
        } else if (r.key == "database.port") {
            r.value = ports_in_force(in_force);
            r.quoted = r.value.find(',') != std::string::npos;
        } else if (r.key == "migrations.directory") {
            r.value = in_force.migrations_directory.string();
        } else if (r.key == "embedded.data_directory") {
            r.value = in_force.embedded_data_directory.string();
        }
        out.push_back(std::move(r));
    }
    return out;
}

std::string print(const effective& in_force) {
    constexpr std::size_t source_column = 40;
    std::string out = in_force.target.masked() + "\n";
    for (const row& r : rows(in_force)) {
        std::string line = r.key + " = " + (r.quoted ? quote_toml(r.value) : r.value);
        if (line.size() < source_column)
            line.resize(source_column, ' ');
        out += line + " # " + r.source + "\n";
    }
    return out;
}

std::vector<change> compare(const effective& before, const effective& after) {
    std::vector<change> changes;
    const std::vector<row> old_rows = rows(before);
    const std::vector<row> new_rows = rows(after);
    const auto keys = all_keys();
    for (std::size_t i = 0; i < keys.size(); ++i)
        if (old_rows[i].value != new_rows[i].value || other_secret(old_rows[i].key, before, after))
            changes.push_back(
                {old_rows[i].key, old_rows[i].value, new_rows[i].value, keys[i].needs_restart});
    return changes;
}

} // namespace headspace::config
