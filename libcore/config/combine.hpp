// How the sources combine: variables, credentials, the TOML file and the options of the command
// line become one configuration, or a list of what is wrong. Pure: everything that it looks at is
// handed in.
#pragma once

#include "base/runtime_folder.hpp"
#include "config/conninfo.hpp"
#include "config/diagnostic.hpp"
#include "config/load.hpp"
#include "config/settings.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace headspace::config {

/// What the command line says about the configuration.
struct request {
    std::optional<std::filesystem::path> config_file; // nothing: default_config_file, if there
    std::optional<std::filesystem::path> env_file;    // nothing: .env, unless run by systemd
    bool test = false;
    bool embedded = false;
};

inline constexpr const char* default_config_file = "/etc/headspace/headspaced.toml";

/// A variable that is set and not empty.
struct variable {
    secret value;
    std::string source; // "DATABASE_PORT" or "DATABASE_PORT (.env:3)"
};

struct file_content {
    std::optional<std::string> text; // nothing: it could not be read
    std::string reason;              // why not: "No such file or directory"
    bool others_may_read = false;    // mode o+r
};

/// Everything besides the TOML file and the command line.
struct environment {
    std::map<std::string, variable> variables;
    std::map<std::string, secret> credentials; // by name; no newline at the end, never empty
    std::string os_user = "headspace";
    std::uint32_t uid = 0;
    bool service = false; // run by systemd
    std::filesystem::path working_directory = "/";
    std::function<file_content(const std::string& path)> read_file;
    std::vector<diagnostic> errors;    // of .env and of files named on the command line
    std::vector<std::string> warnings; // the same
};

/// Where the password of the target came from, and so whether it can have changed meanwhile.
enum class password_origin { none, variable, url, credential, password_file, toml, service_file };

/// The configuration in force.
struct effective {
    /// [database] holds what is in force after all sources, parameters of the URL included:
    /// sslmode ("" still means config::default_sslmode of each host), target_session_attrs (never
    /// ""), connect_timeout, pool_* after the profile, ... `url` is "" or the masked form.
    /// admin.socket is never "".
    settings values;
    conninfo target; // completed. With `embedded`: user and database, the host is a placeholder
    std::optional<conninfo> migrations_target; // of migrations.url; nothing: as `target`
    /// The connection keys that apply to migrations_target (sslmode, certificates, attributes,
    /// timeouts, application_name).
    database_settings migrations_database;
    std::optional<conninfo> scratch_target; // of migrations.scratch_url

    bool embedded = false;
    std::string embedded_database; // to be created when missing

    std::filesystem::path state_directory; // what is to be remembered over restarts
    /// Absolute, whether embedded or not: of embedded.data_directory or where such data belongs.
    std::filesystem::path embedded_data_directory;

    bool test = false;    // --test: the target's database may be created
    bool service = false; // run by systemd
    bool serverless = false;
    bool holds_secret = false;                  // some password is loaded: forbid core dumps
    std::filesystem::path migrations_directory; // absolute
    std::filesystem::path runtime_directory;    // the folder of the default admin socket
    bool private_socket_folder = false;         // the admin socket's must be 0700 and ours
    std::filesystem::path file;                 // the TOML file that was read, "" without one

    password_origin password_from = password_origin::none;
    std::string password_file; // with origin password_file and credential: what to read again

    /// "database.pool_size" -> "DATABASE_POOL_SIZE", "/etc/headspace/headspaced.toml:7"; keys that
    /// are missing here are at their default.
    std::map<std::string, std::string> origins;
    std::vector<std::string> warnings; // to be logged once, at start and after a reload
    std::vector<std::string> notes;    // the same at level info
};

using outcome = std::variant<effective, std::vector<diagnostic>>;

/// `name` + "_test", or `test_name`; a name that ends so stays. Nothing when it is too long for a
/// PostgreSQL identifier.
[[nodiscard]] std::optional<std::string> test_database_name(const std::string& name,
                                                            const std::string& test_name);

/// A file with a secret loses one newline at its end.
[[nodiscard]] std::string_view strip_secret_newline(std::string_view text);

/// The folder of the admin socket when nobody says where.
[[nodiscard]] runtime_folder default_runtime_directory(const environment& env);

[[nodiscard]] outcome combine(const file_settings& file, const environment& env,
                              const request& asked);

} // namespace headspace::config
