#include "config/read.hpp"

#include "config/dotenv.hpp"
#include "config/load.hpp"

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <iostream>
#include <pwd.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

extern char** environ;

namespace headspace::config {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t largest_file = 1024 * 1024; // bytes; a configuration is a few thousand

// Not ours, but where our files are; kept in the environment.
constexpr std::array<std::string_view, 7> places{
    "CREDENTIALS_DIRECTORY", "HOME",           "RUNTIME_DIRECTORY", "STATE_DIRECTORY",
    "XDG_RUNTIME_DIR",       "XDG_STATE_HOME", "SYSTEMD_EXEC_PID"};

bool is_place(std::string_view name) {
    for (const std::string_view place : places)
        if (place == name)
            return true;
    return false;
}

/// Taken out of the environment. Children and libpq must not see them.
bool is_removed(std::string_view name) {
    return is_our_variable(name) && !name.starts_with("HEADSPACE_") && name != "PGPASSFILE";
}

captured_environment read_environment() {
    captured_environment captured;
    for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
        const char* equals = std::strchr(*entry, '=');
        if (equals == nullptr)
            continue;
        const std::string name(static_cast<const char*>(*entry), equals);
        if (is_our_variable(name) || is_place(name))
            captured.variables.emplace(name, secret(equals + 1));
    }
    captured.service = captured.get("SYSTEMD_EXEC_PID") == std::to_string(::getpid());
    return captured;
}

/// A regular file or a pipe (`--config <(...)`), at most largest_file bytes.
file_content read_file(const std::string& path) {
    file_content content;
    const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (fd < 0) {
        content.reason = std::generic_category().message(errno);
        return content;
    }
    struct stat status {};
    if (::fstat(fd, &status) == 0)
        content.others_may_read = S_ISREG(status.st_mode) && (status.st_mode & S_IROTH) != 0;
    std::string text;
    std::array<char, 8192> buffer{};
    ssize_t count = 0;
    while (text.size() <= largest_file) {
        count = ::read(fd, buffer.data(), buffer.size());
        if (count < 0 && errno == EINTR)
            continue;
        if (count <= 0)
            break;
        text.append(buffer.data(), static_cast<std::size_t>(count));
    }
    const int failure = count < 0 ? errno : 0;
    ::explicit_bzero(buffer.data(), buffer.size());
    ::close(fd);
    if (failure != 0)
        content.reason = std::generic_category().message(failure);
    else if (text.size() > largest_file)
        content.reason = "larger than 1 MiB";
    else
        content.text = std::move(text);
    return content;
}

struct user {
    std::string name;
    std::string home;
};

user our_user() {
    std::array<char, 4096> buffer{};
    passwd entry{};
    passwd* found = nullptr;
    if (::getpwuid_r(::geteuid(), &entry, buffer.data(), buffer.size(), &found) == 0 &&
        found != nullptr)
        return {found->pw_name, found->pw_dir};
    return {std::to_string(::geteuid()), "/"};
}

/// Nothing: not there, or empty. What cannot be read although it is there is an error.
std::optional<secret> read_credential(const std::string& directory, const std::string& name,
                                      std::vector<diagnostic>* errors) {
    const std::string path = directory + "/" + name;
    std::error_code ignored;
    if (directory.empty() || !fs::exists(path, ignored))
        return std::nullopt;
    file_content content = read_file(path);
    if (!content.text) {
        if (errors != nullptr)
            errors->push_back(
                {"", 0, 0, "credential " + name + ": cannot read it: " + content.reason});
        return std::nullopt;
    }
    std::optional<secret> value;
    const std::string_view text = strip_secret_newline(*content.text);
    if (text.find('\0') == std::string_view::npos) {
        if (!text.empty())
            value = secret(std::string(text));
    } else if (errors != nullptr) {
        errors->push_back({"", 0, 0, "credential " + name + ": it contains a NUL"});
    }
    wipe(*content.text);
    return value;
}

void read_dotenv(const request& asked, environment& env) {
    if (!asked.env_file && env.service)
        return;
    const std::string path = asked.env_file ? asked.env_file->string() : ".env";
    file_content content = read_file(path);
    if (!content.text) {
        std::error_code ignored;
        if (asked.env_file)
            env.errors.push_back({path, 0, 0, "cannot read it: " + content.reason});
        else if (fs::exists(path, ignored))
            env.warnings.push_back(path + ": cannot read it: " + content.reason);
        return;
    }
    dotenv_file parsed = parse_dotenv(*content.text, path);
    wipe(*content.text);
    env.errors.insert(env.errors.end(), parsed.errors.begin(), parsed.errors.end());
    env.warnings.insert(env.warnings.end(), parsed.warnings.begin(), parsed.warnings.end());
    const bool password = parsed.variables.contains("DATABASE_PASSWORD") ||
                          parsed.variables.contains("DATABASE_URL") ||
                          parsed.variables.contains("PGPASSWORD");
    if (password && content.others_may_read)
        env.warnings.push_back(path + " may hold a password and others may read it: chmod 600");
    for (const auto& [name, value] : parsed.variables)
        if (!value.value.empty())
            env.variables.try_emplace(
                name,
                variable{value.value, name + " (" + path + ":" + std::to_string(value.line) + ")"});
}

file_settings read_settings(const request& asked, environment& env) {
    const std::string path =
        asked.config_file ? asked.config_file->string() : std::string(default_config_file);
    file_content content = read_file(path);
    if (!content.text) {
        std::error_code ignored;
        if (asked.config_file || fs::exists(path, ignored))
            env.errors.push_back({path, 0, 0, "cannot read it: " + content.reason});
        return {};
    }
    file_settings file = load_toml(*content.text, path);
    file.others_may_read = content.others_may_read;
    wipe(*content.text);
    return file;
}

} // namespace

std::string captured_environment::get(const std::string& name) const {
    const auto found = variables.find(name);
    return found == variables.end() ? std::string() : std::string(found->second.reveal());
}

captured_environment look_at_environment() {
    return read_environment();
}

captured_environment capture_environment() {
    captured_environment captured = read_environment();
    // unsetenv() only takes pointers away; the bytes stay in /proc/PID/environ. A name can be there
    // twice, so the bytes go first.
    for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
        char* equals = std::strchr(*entry, '=');
        if (equals != nullptr &&
            is_removed(std::string_view(*entry, static_cast<std::size_t>(equals - *entry))))
            ::explicit_bzero(equals + 1, std::strlen(equals + 1));
    }
    for (const auto& [name, value] : captured.variables)
        if (is_removed(name))
            ::unsetenv(name.c_str());
    return captured;
}

outcome load(const request& asked, const captured_environment& captured) {
    environment env;
    const user self = our_user();
    env.os_user = self.name;
    env.uid = ::geteuid();
    env.service = captured.service;
    env.read_file = read_file;
    std::error_code failed;
    env.working_directory = fs::current_path(failed);
    if (failed)
        env.working_directory = "/";
    for (const auto& [name, value] : captured.variables)
        if (!value.empty())
            env.variables.emplace(name, variable{value, name});
    env.variables.try_emplace("HOME", variable{secret(self.home), "HOME"});
    read_dotenv(asked, env);
    for (const char* name : {"database_url", "database_password"})
        if (auto value = read_credential(captured.get("CREDENTIALS_DIRECTORY"), name, &env.errors))
            env.credentials.emplace(name, std::move(*value));
    const file_settings file = read_settings(asked, env);
    return combine(file, env, asked);
}

std::optional<secret> reread_password(const effective& in_force,
                                      const captured_environment& captured) {
    std::optional<secret> now;
    if (in_force.password_from == password_origin::password_file) {
        file_content content = read_file(in_force.password_file);
        if (content.text) {
            now = secret(std::string(strip_secret_newline(*content.text)));
            wipe(*content.text);
        }
    } else if (in_force.password_from == password_origin::credential) {
        const std::string directory = captured.get("CREDENTIALS_DIRECTORY");
        const std::string name = fs::path(in_force.password_file).filename();
        now = read_credential(directory, name, nullptr);
        if (now && name == "database_url") {
            auto parsed = parse_conninfo(now->reveal(), "credential database_url");
            now = parsed ? parsed.value().value.password : std::nullopt;
        }
    }
    if (!now || now->empty())
        return std::nullopt;
    return now;
}

void forbid_dumping() noexcept {
    ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

result<secret> secret_argument(char* argument, std::string_view option) {
    const std::string_view text(argument);
    std::string value;
    if (text == "-") {
        std::getline(std::cin, value);
        if (value.empty())
            return make_error(errc::usage, error_class::refuse,
                              std::string(option) + ": nothing came on standard input");
    } else if (text.starts_with("env:")) {
        const std::string name(text.substr(4));
        char* found = std::getenv(name.c_str());
        if (found == nullptr || *found == '\0')
            return make_error(errc::usage, error_class::refuse,
                              std::string(option) + ": the variable " + name + " is not set");
        value = found;
        ::explicit_bzero(found, std::strlen(found));
        ::unsetenv(name.c_str());
    } else {
        value = text;
        // In argv and so in `ps`; what is left is an argument of the same length.
        std::memset(argument, '*', std::strlen(argument));
    }
    secret out(value);
    wipe(value);
    return out;
}

} // namespace headspace::config
