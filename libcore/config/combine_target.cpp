// Which database: exactly one source names it, in the order of the manual (variables, credential,
// file, PG*, embedded); the others are named once as ignored.
#include "base/text.hpp"
#include "config/combine_context.hpp"

#include <algorithm>

namespace headspace::config {

namespace {

constexpr const char* how_to_name_one =
    "set DATABASE_URL=postgresql://user@host:5432/database to use another one";

struct pg_parameter {
    const char* variable;
    const char* keyword;
};
constexpr std::array<pg_parameter, 19> pg_parameters{
    {{"PGSSLMODE", "sslmode"},
     {"PGSSLROOTCERT", "sslrootcert"},
     {"PGSSLCERT", "sslcert"},
     {"PGSSLKEY", "sslkey"},
     {"PGSSLCRL", "sslcrl"},
     {"PGSSLCRLDIR", "sslcrldir"},
     {"PGSSLSNI", "sslsni"},
     {"PGSSLCOMPRESSION", "sslcompression"},
     {"PGSSLMINPROTOCOLVERSION", "ssl_min_protocol_version"},
     {"PGSSLMAXPROTOCOLVERSION", "ssl_max_protocol_version"},
     {"PGCHANNELBINDING", "channel_binding"},
     {"PGGSSENCMODE", "gssencmode"},
     {"PGKRBSRVNAME", "krbsrvname"},
     {"PGREQUIREPEER", "requirepeer"},
     {"PGAPPNAME", "application_name"},
     {"PGOPTIONS", "options"},
     {"PGCLIENTENCODING", "client_encoding"},
     {"PGCONNECT_TIMEOUT", "connect_timeout"},
     {"PGTARGETSESSIONATTRS", "target_session_attrs"}}};

class target_chooser {
public:
    explicit target_chooser(combine_context& context) : context_(context), out_(context.out) {}

    void run() {
        if (use_embedded())
            return choose_embedded();
        if (const variable* url = context_.find_variable("DATABASE_URL")) {
            use_url(url->value, url->source, "DATABASE_URL");
        } else if (const auto credential = context_.env.credentials.find("database_url");
                   credential != context_.env.credentials.end()) {
            use_url(credential->second, "credential database_url", "credential database_url");
            if (out_.password_from == password_origin::url) {
                out_.password_from = password_origin::credential;
                out_.password_file = credential_file("database_url");
            }
        } else if (!named_variables().empty() || !named_keys().empty()) {
            use_file();
        } else if (!named_pg_variables().empty()) {
            use_pg_variables();
        } else {
            use_file();
            add_pg_parameters();
        }
        note_ignored_embedded();
        show_password();
    }

private:
    std::vector<std::string> named_variables() const {
        std::vector<std::string> names;
        for (const char* name : identity_variables)
            if (context_.find_variable(name) != nullptr)
                names.emplace_back(name);
        return names;
    }

    std::vector<std::string> named_keys() const {
        std::vector<std::string> names;
        if (!context_.file.values.database.url.empty())
            names.emplace_back("database.url");
        for (const char* key : identity_keys)
            if (context_.file.has(key) && !text_of_key(key).empty())
                names.emplace_back(key);
        return names;
    }

    std::vector<std::string> named_pg_variables() const {
        std::vector<std::string> names;
        for (const char* name : identity_pg_variables)
            if (context_.find_variable(name) != nullptr)
                names.emplace_back(name);
        return names;
    }

    std::string text_of_key(std::string_view key) const {
        const database_settings& database = context_.file.values.database;
        return key == "database.host"   ? database.host
               : key == "database.name" ? database.name
               : key == "database.user" ? database.user
                                        : std::to_string(database.port);
    }

    /// DATABASE_URL, the credential, or single variables.
    bool variables_name_a_database() const {
        return context_.find_variable("DATABASE_URL") != nullptr ||
               context_.env.credentials.contains("database_url") || !named_variables().empty();
    }

    bool use_embedded() const {
        if (context_.asked.embedded)
            return true;
        if (variables_name_a_database())
            return false;
        if (context_.file.values.embedded.enabled)
            return true;
        return named_keys().empty() && named_pg_variables().empty() && !context_.env.service &&
               !context_.file.has("embedded.enabled");
    }

    void choose_embedded() {
        out_.embedded = true;
        std::string why = "nothing names another database";
        out_.origins["embedded.enabled"] = "nothing names a database";
        if (context_.asked.embedded)
            out_.origins["embedded.enabled"] = why = "--embedded";
        else if (context_.file.values.embedded.enabled) {
            why = "embedded.enabled = true";
            out_.origins["embedded.enabled"] = context_.place_of("embedded.enabled");
        }
        out_.values.embedded.enabled = true;
        std::vector<std::string> ignored;
        if (context_.find_variable("DATABASE_URL") != nullptr)
            ignored.emplace_back("DATABASE_URL");
        if (context_.env.credentials.contains("database_url"))
            ignored.emplace_back("credential database_url");
        for (const auto& names : {named_variables(), named_keys(), named_pg_variables()})
            for (const std::string& name : names)
                if (name != "database.name" && name != "DATABASE_NAME")
                    ignored.push_back(name);
        out_.target = {};
        out_.target.database = out_.values.database.name;
        if (out_.target.database.empty())
            out_.target.database = database_settings{}.name;
        if (const variable* name = context_.find_variable("DATABASE_NAME")) {
            out_.target.database = name->value.reveal();
            out_.origins["database.name"] = name->source;
        }
        out_.target.user = context_.env.os_user;
        out_.target.hosts = {{default_runtime_directory(context_.env).path, "", 5432, false}};
        for (const char* key : {"database.host", "database.port", "database.user"})
            out_.origins[key] = "embedded PostgreSQL";
        out_.notes.push_back(
            "using the embedded PostgreSQL (" + why + "); " +
            (ignored.empty() ? std::string(how_to_name_one) : "ignoring " + join(ignored, ", ")));
    }

    void note_ignored_embedded() {
        if (!context_.file.values.embedded.enabled || out_.embedded)
            return;
        out_.values.embedded.enabled = false;
        out_.origins["embedded.enabled"] = "ignored, a variable names a database";
        out_.notes.push_back(context_.place_of("embedded.enabled") +
                             ": embedded.enabled is ignored, because a variable or credential "
                             "names a database");
    }

    // a URL as the whole identity

    void use_url(const secret& url, const std::string& source, const std::string& name) {
        auto parsed = parse_conninfo(url.reveal(), source);
        if (!parsed) {
            context_.errors.push_back({"", 0, 0, parsed.error().text()});
            return;
        }
        add_warnings(parsed.value().warnings);
        out_.target = std::move(parsed.value().value);
        note_ignored_beside(name);
        set_identity_origins(source);
        if (!complete(context_, out_.target, source))
            return;
        if (out_.target.password) {
            if (out_.target.password_source.empty()) {
                out_.target.password_source = source;
                out_.password_from = password_origin::url;
            }
        } else {
            fill_password(false);
        }
    }

    void add_warnings(const std::vector<std::string>& warnings) {
        out_.warnings.insert(out_.warnings.end(), warnings.begin(), warnings.end());
    }

    void note_ignored_beside(const std::string& name) {
        std::vector<std::string> keys = named_keys();
        if (!context_.file.values.database.password.empty())
            keys.emplace_back("database.password");
        std::vector<std::string> ignored = named_variables();
        ignored.insert(ignored.end(), keys.begin(), keys.end());
        if (!ignored.empty())
            out_.notes.push_back(name + " is set; ignoring " + join(ignored, ", ") +
                                 (keys.empty() ? "" : " (" + context_.file.path + ")"));
    }

    void set_identity_origins(const std::string& source) {
        out_.origins["database.url"] = source;
        for (const char* key : identity_keys)
            out_.origins[key] = source;
    }

    // the file, with single fields from variables

    void use_file() {
        const database_settings& database = context_.file.values.database;
        if (database.url.empty()) {
            if (!take_hosts(database.host.empty() ? database_settings{}.host : database.host,
                            database.port, context_.file.has("database.port")))
                context_.fail_key("database.host", "[database].host " + wrong_);
            out_.target.user = database.user.empty() ? database_settings{}.user : database.user;
            out_.target.database = database.name.empty() ? database_settings{}.name : database.name;
        } else if (!take_file_url(database.url)) {
            return;
        }
        replace_fields();
        if (!complete(context_, out_.target, "database.url"))
            return;
        fill_password(true);
    }

    bool take_file_url(const std::string& url) {
        auto parsed = parse_conninfo(url, "[database].url");
        if (!parsed) {
            context_.fail_key("database.url", parsed.error().text());
            return false;
        }
        add_warnings(parsed.value().warnings);
        out_.target = std::move(parsed.value().value);
        set_identity_origins(context_.place_of("database.url"));
        std::vector<std::string> ignored = named_keys();
        std::erase(ignored, "database.url");
        if (!ignored.empty())
            out_.notes.push_back("database.url is set; ignoring " + join(ignored, ", ") + " (" +
                                 context_.file.path + ")");
        return true;
    }

    /// False: wrong_ says why.
    bool take_hosts(const std::string& list, std::uint16_t port, bool port_given) {
        out_.target.hosts.clear();
        for (const std::string& element : split(list, ',')) {
            std::string host(trim(element));
            if (host.size() > 2 && host.starts_with('[') && host.ends_with(']'))
                host = host.substr(1, host.size() - 2);
            wrong_ = check_host(host);
            if (host.empty())
                wrong_ = "has an empty element";
            if (!wrong_.empty()) {
                wrong_ += std::count(host.begin(), host.end(), ':') == 1
                              ? "; a port is given by database.port or DATABASE_PORT"
                              : "";
                return false;
            }
            out_.target.hosts.push_back({host, "", port, port_given});
        }
        return true;
    }

    void replace_fields() {
        if (const variable* host = context_.find_variable("DATABASE_HOST"))
            replace_host(*host);
        if (const variable* port = context_.find_variable("DATABASE_PORT")) {
            const std::uint16_t number = parse_port(port->value.reveal());
            if (number == 0)
                context_.fail(*port, "expected integer 1..65535");
            if (out_.target.hosts.empty())
                out_.target.hosts.emplace_back();
            for (host_entry& entry : out_.target.hosts) {
                entry.port = number;
                entry.port_given = true;
            }
            out_.origins["database.port"] = port->source;
        }
        if (const variable* name = context_.find_variable("DATABASE_NAME")) {
            out_.target.database = name->value.reveal();
            out_.origins["database.name"] = name->source;
        }
        if (const variable* user = context_.find_variable("DATABASE_USER")) {
            out_.target.user = user->value.reveal();
            out_.origins["database.user"] = user->source;
        }
    }

    void replace_host(const variable& host) {
        const std::vector<host_entry> before = out_.target.hosts;
        const host_entry first = before.empty() ? host_entry{} : before.front();
        if (!take_hosts(std::string(host.value.reveal()), first.port, first.port_given)) {
            context_.fail(host, wrong_);
            return;
        }
        out_.origins["database.host"] = host.source;
        if (before.size() == out_.target.hosts.size())
            for (std::size_t i = 0; i < before.size(); ++i) {
                out_.target.hosts[i].port = before[i].port;
                out_.target.hosts[i].port_given = before[i].port_given;
            }
    }

    // passwords

    void set_password(const secret& value, std::string source, password_origin origin,
                      std::string file = {}) {
        out_.target.password = value;
        out_.target.password_source = std::move(source);
        out_.password_from = origin;
        out_.password_file = std::move(file);
    }

    /// `from_file`: also the file's own password counts, below all others.
    void fill_password(bool from_file) {
        if (const variable* v = context_.find_variable("DATABASE_PASSWORD"))
            return set_password(v->value, v->source, password_origin::variable);
        const auto credential = context_.env.credentials.find("database_password");
        if (credential != context_.env.credentials.end())
            return set_password(credential->second, "credential database_password",
                                password_origin::credential, credential_file("database_password"));
        if (fill_from_password_file() || !from_file)
            return;
        if (out_.target.password) { // of database.url, or of the service it names
            if (out_.target.password_source.empty()) {
                out_.target.password_source =
                    "database.url (" + context_.place_of("database.url") + ")";
                out_.password_from = password_origin::toml;
            }
            return;
        }
        const secret& own = context_.file.values.database.password;
        if (!own.empty())
            set_password(own, "database.password (" + context_.place_of("database.password") + ")",
                         password_origin::toml);
    }

    /// True: nothing below it counts any more.
    bool fill_from_password_file() {
        const std::string& name = context_.file.values.database.password_file;
        if (name.empty())
            return false;
        std::filesystem::path path = name;
        if (path.is_relative())
            path = context_.out.file.empty()
                       ? context_.env.working_directory / path
                       : std::filesystem::path(context_.out.file).parent_path() / path;
        const file_content content = context_.env.read_file(path.string());
        if (!content.text) {
            context_.fail_key("database.password_file", "[database].password_file: cannot read " +
                                                            path.string() + ": " + content.reason);
            return true;
        }
        std::string text = *content.text;
        secret value{std::string(strip_secret_newline(text))};
        wipe(text);
        if (value.empty())
            return false;
        if (value.reveal().find('\0') != std::string_view::npos) {
            context_.fail_key("database.password_file",
                              "[database].password_file: the file contains a NUL");
            return true;
        }
        set_password(value, "password_file " + path.string(), password_origin::password_file,
                     path.string());
        return true;
    }

    std::string credential_file(const char* name) const {
        return context_.variable_text("CREDENTIALS_DIRECTORY") + "/" + name;
    }

    void show_password() {
        if (out_.target.password)
            out_.origins["database.password"] = out_.target.password_source;
    }

    // --- PG*

    void use_pg_variables() {
        conninfo_fields fields;
        constexpr std::array<pg_parameter, 6> identity{{{"PGHOST", "host"},
                                                        {"PGHOSTADDR", "hostaddr"},
                                                        {"PGPORT", "port"},
                                                        {"PGUSER", "user"},
                                                        {"PGDATABASE", "dbname"},
                                                        {"PGSERVICE", "service"}}};
        std::vector<std::string> names;
        for (const pg_parameter& p : identity)
            if (const variable* v = context_.find_variable(p.variable)) {
                fields.push_back({p.keyword, v->value});
                names.push_back(v->source);
            }
        const std::string source = join(names, ", ");
        auto assembled = assemble_conninfo(fields, source);
        if (!assembled) {
            context_.errors.push_back({"", 0, 0, assembled.error().text()});
            return;
        }
        out_.target = std::move(assembled.value().value);
        set_identity_origins(source);
        out_.origins.erase("database.url");
        if (complete(context_, out_.target, source))
            add_pg_parameters();
    }

    /// Below every key of the file and every service. Also fills the password.
    void add_pg_parameters() {
        for (const pg_parameter& p : pg_parameters) {
            const variable* v = context_.find_variable(p.variable);
            if (v == nullptr || context_.file.has(std::string("database.") + p.keyword))
                continue;
            const std::string wrong =
                check_parameter(*find_parameter(p.keyword), v->value.reveal());
            if (!wrong.empty())
                context_.fail(*v, wrong);
            else
                out_.target.parameters.try_emplace(p.keyword, v->value.reveal());
        }
        if (!out_.target.password)
            fill_password(true);
        const variable* password = context_.find_variable("PGPASSWORD");
        if (!out_.target.password && password != nullptr)
            set_password(password->value, password->source, password_origin::variable);
    }

    combine_context& context_;
    effective& out_;
    std::string wrong_;
};

} // namespace

void choose_target(combine_context& context) {
    target_chooser(context).run();
}

std::string_view strip_secret_newline(std::string_view text) {
    if (text.ends_with('\n'))
        text.remove_suffix(text.ends_with("\r\n") ? 2 : 1);
    return text;
}

} // namespace headspace::config
