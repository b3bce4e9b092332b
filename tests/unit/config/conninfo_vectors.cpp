#include "unit/config/conninfo_vectors.hpp"

namespace headspace::config {

namespace {

// TOML B of the specification.
const std::string toml_b = "[database]\nhost = \"localhost\"\nport = 5432\nname = \"app\"\n"
                           "user = \"app\"\npassword = \"s3cret\"\n";
const std::string masked_b = "postgresql://app:***@localhost:5432/app";
const std::string ca = "/etc/ssl/certs/ca-certificates.crt";

test_vector url(std::string name, const std::string& text, std::string masked,
                std::optional<std::string> password = std::nullopt, std::string libpq = {}) {
    return {std::move(name),     "", {{"DATABASE_URL", text}}, std::move(masked), "",
            std::move(password), {}, std::move(libpq)};
}

/// libpq reads the text as it is.
test_vector same(std::string name, const std::string& text, std::string masked,
                 std::optional<std::string> password = std::nullopt) {
    return url(std::move(name), text, std::move(masked), std::move(password), text);
}

test_vector refused(std::string name, const std::string& text, std::string says,
                    std::vector<std::string> never = {}) {
    return {std::move(name), "",           {{"DATABASE_URL", text}}, "",
            std::move(says), std::nullopt, std::move(never)};
}

test_vector b(std::string name, pairs variables, std::string masked = masked_b,
              std::optional<std::string> password = "s3cret") {
    return {std::move(name),   toml_b, std::move(variables),
            std::move(masked), "",     std::move(password)};
}

test_vector bad_port(std::string name, std::string port) {
    return {std::move(name),
            toml_b,
            {{"DATABASE_PORT", std::move(port)}},
            "",
            "DATABASE_PORT: expected integer 1..65535",
            std::nullopt};
}

std::vector<test_vector> make_vectors() {
    std::vector<test_vector> v;
    v.push_back({"1",
                 "",
                 {},
                 "postgresql://headspace@/claude_headspace?host=",
                 "",
                 "",
                 {},
                 "",
                 {},
                 false,
                 false});
    v.push_back(b("2", {}));
    v.push_back(b("3", {{"DATABASE_HOST", "db1"}}, "postgresql://app:***@db1:5432/app"));
    v.push_back(b("4", {{"DATABASE_PORT", "5433"}, {"DATABASE_NAME", "x"}},
                  "postgresql://app:***@localhost:5433/x"));
    v.push_back(bad_port("5a", "abc"));
    v.push_back(bad_port("5b", "0"));
    v.push_back(bad_port("5c", "65536"));
    v.push_back(bad_port("5d", "-1"));
    v.push_back(b("6", {{"DATABASE_HOST", ""}}));
    v.push_back(b("7", {{"DATABASE_PASSWORD", "p@s/w#?%:x"}}, masked_b, "p@s/w#?%:x"));
    v.push_back(
        b("8", {{"DATABASE_URL", "postgres://u:p@h:6543/d"}}, "postgresql://u:***@h:6543/d", "p"));
    v.back().libpq = "postgres://u:p@h:6543/d";
    v.push_back(
        b("9", {{"DATABASE_URL", "postgresql://h/d"}}, "postgresql://headspace@h:5432/d", ""));
    v.back().libpq = "postgresql://h/d";
    v.push_back({"10",
                 "",
                 {{"DATABASE_URL", "postgresql://u@h/d"}, {"DATABASE_PASSWORD", "pw"}},
                 "postgresql://u:***@h:5432/d",
                 "",
                 "pw",
                 {},
                 "postgresql://u@h/d"});
    for (const char* driver : {"psycopg2", "psycopg", "asyncpg", "pg8000"})
        v.push_back(url("11 " + std::string(driver),
                        "postgresql+" + std::string(driver) + "://u:p@h/d",
                        "postgresql://u:***@h:5432/d", "p", "postgresql://u:p@h/d"));
    v.push_back(url("12", "postgresql+asyncpg://u:p@h/d?ssl=require",
                    "postgresql://u:***@h:5432/d?sslmode=require", "p",
                    "postgresql://u:p@h/d?sslmode=require"));
    v.push_back(same("13", "postgresql://u:p@h/d?ssl=true",
                     "postgresql://u:***@h:5432/d?sslmode=require", "p"));
    v.push_back(
        url("14", "POSTGRESQL://h/d", "postgresql://headspace@h:5432/d", "", "postgresql://h/d"));
    v.push_back(refused("15", "sqlite:///app.db",
                        "scheme sqlite is not PostgreSQL: unset DATABASE_URL to use the embedded "
                        "database",
                        {"app.db"}));
    v.push_back(
        refused("16", "mysql://u:canary@h/d", "scheme mysql is not PostgreSQL", {"canary"}));
    v.push_back(url("17", "jdbc:postgresql://h/d?user=u&password=p", "postgresql://u:***@h:5432/d",
                    "p", "postgresql://h/d?user=u&password=p"));
    v.push_back(url("18", " \"postgresql://u:p@h/d\" \n", "postgresql://u:***@h:5432/d", "p",
                    "postgresql://u:p@h/d"));
    v.back().says = "quotes around the value were removed";
    v.push_back(same("19", "postgresql://u:p%40ss%2Fw%3Ard@h/d", "postgresql://u:***@h:5432/d",
                     "p@ss/w:rd"));
    v.push_back(refused("20", "postgresql://u:p@ss@h/d", "percent-encode", {"ss@h", "p@ss"}));
    v.push_back(refused("21", "postgresql://u:p/ss@h/d", "percent-encode", {"ss@h", "p/ss"}));
    v.push_back(same("22", "postgresql://u:p#s?s:x@h/d", "postgresql://u:***@h:5432/d", "p#s?s:x"));
    v.push_back(refused("23", "postgresql://u:100%@h/d", "percent-encode", {"100%", "100"}));
    v.push_back(same("24", "postgresql://u:a+b@h/d", "postgresql://u:***@h:5432/d", "a+b"));
    v.push_back(same("25", "postgresql://u:@h/d", "postgresql://u@h:5432/d", ""));
    v.push_back(same("26", "postgresql://:pw@h/d", "postgresql://headspace:***@h:5432/d", "pw"));
    v.push_back(
        same("27", "postgresql://u:one@h/d?password=two", "postgresql://u:***@h:5432/d", "two"));
    v.push_back(same("28", "postgresql://u@h/d?password=a%26b&sslpassword=k&sslkey=/k",
                     "postgresql://u:***@h:5432/d?sslkey=/k&sslpassword=***", "a&b"));
    v.push_back(same("29", "postgresql:///d?host=/run/postgresql",
                     "postgresql://headspace@/d?host=/run/postgresql", ""));
    v.push_back(same("30", "postgresql://u@%2Frun%2Fpostgresql:5433/d",
                     "postgresql://u@/d?host=/run/postgresql&port=5433", ""));
    v.push_back(refused("31", "postgresql://u@/run/postgresql/d",
                        "a socket directory is written postgresql:///database?host="));
    v.push_back(
        same("32", "postgresql://u:p@[::1]:5433/d", "postgresql://u:***@[::1]:5433/d", "p"));
    for (const char* text : {"postgresql://u@::1/d", "postgresql://u@[::1/d", "postgresql://u@[]/d",
                             "postgresql://u@[::1]x/d"})
        v.push_back(refused("33 " + std::string(text), text, "write an IPv6 address in brackets"));
    v.push_back(same("34", "postgresql://u@[fe80::1%25eth0]/d",
                     "postgresql://u@[fe80::1%25eth0]:5432/d", ""));
    v.push_back(same("35", "postgresql://u:p@h1:5432,h2:5433/d?target_session_attrs=read-write",
                     "postgresql://u:***@h1:5432,h2:5433/d?target_session_attrs=read-write", "p"));
    v.push_back(
        same("36", "postgresql://u:p@h1,h2/d", "postgresql://u:***@h1:5432,h2:5432/d", "p"));
    v.push_back(refused("37", "postgresql://u:p@h1,u2:p2@h2/d", "one user:password for all hosts",
                        {"p2", "u2"}));
    v.push_back(refused("38", "host=h1,h2 port=1,2,3", "3 ports for 2 hosts"));
    v.push_back(same("39",
                     "postgresql://u:p@ep-x-pooler.eu.aws.neon.tech/d?sslmode=require&"
                     "channel_binding=require",
                     "postgresql://u:***@ep-x-pooler.eu.aws.neon.tech:5432/"
                     "d?channel_binding=require&sslmode=require",
                     "p"));
    v.push_back(same("40a", "postgresql://u@h/d?options=endpoint%3Dep-x",
                     "postgresql://u@h:5432/d?options=endpoint%3Dep-x"));
    v.push_back(same("40b", "postgresql://u@h/d?options=-c%20statement_timeout%3D5000",
                     "postgresql://u@h:5432/d?options=-c%20statement_timeout%3D5000"));
    v.push_back(refused("40c", "postgresql://u@h/d?options=endpoint=ep-x", "is written %3D"));
    v.push_back(url("41", "postgresql://u@h/d?pgbouncer=true&connection_limit=5&schema=app",
                    "postgresql://u@h:5432/d"));
    v.back().says = "connection_limit belongs to another driver and is ignored";
    v.push_back(url("42", "postgresql://u@h/d?sslrootcert=system&sslmode=verify-full",
                    "postgresql://u@h:5432/d?sslmode=verify-full&sslrootcert=" + ca, "",
                    "postgresql://u@h/d?sslmode=verify-full&sslrootcert=" + ca));
    v.push_back(refused("43a", "postgresql://u@h/d?require_auth=scram-sha-256", "needs libpq 16"));
    v.push_back(refused("43b", "postgresql://u@h/d?load_balance_hosts=random", "needs libpq 16"));
    v.push_back(refused("43c", "postgresql://u@h/d?sslnegotiation=direct", "needs libpq 17"));
    v.push_back(refused("44", "postgresql://u@h/d?sslmod=require", "did you mean 'sslmode'?"));
    v.push_back(refused("45a", "postgresql://u@h/d?sslmode=REQUIRE",
                        "sslmode must be one of disable, allow, prefer, require, verify-ca, "
                        "verify-full",
                        {"REQUIRE"}));
    v.push_back(
        refused("45b", "postgresql://u@h/d?sslmode=bogus", "sslmode must be one of", {"bogus"}));
    v.push_back(
        same("46", "host=h user=u password='p w' dbname=d", "postgresql://u:***@h:5432/d", "p w"));
    v.push_back(refused("47", "host=h password= user=u",
                        "has a blank after '=' and so takes the next pair as its value"));
    v.push_back(b("48", {{"PGHOST", "x"}, {"PGPASSWORD", "y"}}));
    v.push_back(b("49", {{"PGHOSTADDR", "10.0.0.9"}}));
    v.push_back({"50",
                 "",
                 {{"PGHOST", "x"}, {"PGUSER", "u"}, {"PGDATABASE", "d"}},
                 "postgresql://u@x:5432/d",
                 "",
                 ""});
    v.push_back(b("51", {{"DATABASE_URL", "postgres://u:p@h:6543/d"}, {"PGSERVICE", "nope"}},
                  "postgresql://u:***@h:6543/d", "p"));
    v.push_back(b("52a", {}, "postgresql://app:***@localhost:5432/app_test"));
    v.back().test = true;
    v.push_back(
        b("52b", {{"HEADSPACE_ENV", "test"}}, "postgresql://app:***@localhost:5432/app_test"));
    v.push_back(
        b("52c", {{"DATABASE_NAME", "app_test"}}, "postgresql://app:***@localhost:5432/app_test"));
    v.back().test = true;
    v.push_back({"52d",
                 toml_b,
                 {{"DATABASE_NAME", std::string(59, 'x')}},
                 "",
                 "longer than 63 bytes",
                 std::nullopt});
    v.back().test = true;
    v.push_back({"53",
                 "[database]\nhost = \"localhost\"\nname = \"app\"\nuser = \"app\"\n",
                 {},
                 masked_b,
                 "",
                 "s3cret",
                 {},
                 "",
                 {{"database_password", "s3cret\n"}}});
    v.push_back({"54",
                 "",
                 {{"DATABASE_URL (.env:1)", "postgres://u:p@h:6543/d"}, {"DATABASE_HOST", "other"}},
                 "postgresql://u:***@h:6543/d",
                 "DATABASE_URL is set; ignoring DATABASE_HOST",
                 "p"});
    return v;
}

} // namespace

const std::vector<test_vector>& test_vectors() {
    static const std::vector<test_vector> all = make_vectors();
    return all;
}

std::string url_of(const test_vector& vector) {
    for (const auto& [name, value] : vector.variables)
        if (name.starts_with("DATABASE_URL"))
            return value;
    return {};
}

} // namespace headspace::config
