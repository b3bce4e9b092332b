// Section "How the sources combine" of the manual, point by point.
#include "config/combine.hpp"
#include "config/print.hpp"
#include "unit/config/config_support.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

using namespace headspace;
using namespace headspace::config;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

namespace {

const std::string toml_b = "[database]\nhost = \"localhost\"\nport = 5432\nname = \"app\"\n"
                           "user = \"app\"\npassword = \"s3cret\"\n";
const std::string path = "/etc/headspace/headspaced.toml";

effective accepted(const sources& from) {
    outcome result = combine(from);
    if (auto* in_force = std::get_if<effective>(&result))
        return std::move(*in_force);
    ADD_FAILURE() << messages(result);
    return {};
}

std::string refused(const sources& from) {
    const outcome result = combine(from);
    EXPECT_FALSE(std::holds_alternative<effective>(result));
    return messages(result);
}

std::string password(const effective& in_force) {
    return std::string(in_force.target.password.value_or(secret("(none)")).reveal());
}

sources with_url(const std::string& url, const std::string& toml = {}) {
    sources from;
    from.toml = toml;
    from.variables["DATABASE_URL"] = url;
    return from;
}

std::string source_of(const effective& in_force, const std::string& key) {
    for (const row& r : rows(in_force))
        if (r.key == key)
            return r.source;
    return "no such key";
}

} // namespace

// Points 1 and 2: DATABASE_URL and the credential

TEST(combine, a_url_is_the_whole_identity_and_what_it_ignores_is_named_once) {
    sources from = with_url("postgresql://h", toml_b);
    from.variables["DATABASE_HOST"] = "other";
    const effective e = accepted(from);
    EXPECT_EQ(e.target.masked(), "postgresql://headspace@h:5432/headspace");
    EXPECT_THAT(e.notes, ElementsAre("DATABASE_URL is set; ignoring DATABASE_HOST, database.host, "
                                     "database.port, database.name, database.user, "
                                     "database.password (" +
                                     path + ")"));
    EXPECT_EQ(source_of(e, "database.host"), "DATABASE_URL");
    EXPECT_EQ(source_of(e, "database.user"), "operating system user");
    EXPECT_EQ(source_of(e, "database.port"), "default");
}

TEST(combine,
     a_missing_password_of_a_url_comes_from_variable_credential_or_file_but_not_from_toml) {
    sources from =
        with_url("postgresql://u@h/d", "[database]\npassword = \"toml\"\npassword_file = \"pw\"\n");
    from.files["/etc/headspace/pw"] = "file\n";
    from.credentials["database_password"] = "credential\n";
    from.variables["DATABASE_PASSWORD"] = "variable";
    EXPECT_EQ(password(accepted(from)), "variable");
    from.variables.erase("DATABASE_PASSWORD");
    EXPECT_EQ(password(accepted(from)), "credential");
    from.credentials.clear();
    const effective by_file = accepted(from);
    EXPECT_EQ(password(by_file), "file");
    EXPECT_EQ(by_file.password_from, password_origin::password_file);
    EXPECT_EQ(by_file.password_file, "/etc/headspace/pw");
    EXPECT_EQ(source_of(by_file, "database.password"), "password_file /etc/headspace/pw");
    from.files["/etc/headspace/pw"] = "\n"; // empty: unset
    EXPECT_EQ(password(accepted(from)), "(none)");
    from.variables["DATABASE_URL"] = "postgresql://u:own@h/d";
    from.variables["DATABASE_PASSWORD"] = "variable";
    EXPECT_EQ(password(accepted(from)), "own");
}

TEST(combine, keys_that_are_not_identity_apply_beside_a_url_that_does_not_say_them) {
    const std::string toml = "[database]\nsslmode = \"verify-full\"\napplication_name = \"app\"\n"
                             "connect_timeout = 9\n";
    const effective silent = accepted(with_url("postgresql://u@h/d", toml));
    EXPECT_EQ(silent.values.database.sslmode, "verify-full");
    EXPECT_EQ(silent.values.database.application_name, "app");
    EXPECT_EQ(source_of(silent, "database.sslmode"), path + ":2");
    const effective loud = accepted(with_url(
        "postgresql://u@h/d?sslmode=disable&application_name=x&connect_timeout=3&keepalives=0&"
        "tcp_user_timeout=1500",
        toml));
    EXPECT_EQ(loud.values.database.sslmode, "disable");
    EXPECT_EQ(loud.values.database.application_name, "x");
    EXPECT_EQ(loud.values.database.connect_timeout, 3s);
    EXPECT_EQ(loud.values.database.tcp_keepalives_idle, 0s);
    EXPECT_EQ(loud.values.database.tcp_user_timeout, 1500ms);
    EXPECT_EQ(source_of(loud, "database.sslmode"), "DATABASE_URL");
}

TEST(combine, the_credential_database_url_counts_when_no_variable_does) {
    sources from;
    from.toml = toml_b;
    from.credentials["database_url"] = "postgresql://c:pw@ch/cd\n";
    const effective e = accepted(from);
    EXPECT_EQ(e.target.masked(), "postgresql://c:***@ch:5432/cd");
    EXPECT_EQ(e.password_from, password_origin::credential);
    from.variables["DATABASE_URL"] = "postgresql://v@vh/vd";
    EXPECT_EQ(accepted(from).target.masked(), "postgresql://v@vh:5432/vd");
}

TEST(combine, a_url_that_is_wrong_is_refused_with_its_source_and_without_its_text) {
    const std::string said = refused(with_url("postgresql://u:ca@nary@h/d", toml_b));
    EXPECT_THAT(said, HasSubstr("DATABASE_URL: the password seems to contain"));
    EXPECT_THAT(said, Not(HasSubstr("nary")));
    sources from;
    from.variables["DATABASE_URL (.env:3)"] = "mysql://x";
    EXPECT_THAT(refused(from), HasSubstr("DATABASE_URL (.env:3): scheme mysql is not PostgreSQL"));
}

// Point 3: the file and single variables

TEST(combine, a_url_of_the_file_is_taken_apart_and_single_variables_replace_its_fields) {
    sources from;
    from.toml = "[database]\nurl = \"postgresql://u:pw@a:1,b:2/d?sslmode=require\"\nhost = "
                "\"ignored\"\npassword = \"also ignored\"\n";
    const effective plain = accepted(from);
    EXPECT_EQ(plain.target.masked(), "postgresql://u:***@a:1,b:2/d?sslmode=require");
    EXPECT_EQ(password(plain), "pw");
    EXPECT_THAT(plain.notes, ElementsAre(HasSubstr("database.url is set; ignoring database.host")));
    EXPECT_EQ(plain.values.database.target_session_attrs, "read-write");
    from.variables = {{"DATABASE_HOST", "x,y"}, {"DATABASE_NAME", "e"}, {"DATABASE_USER", "v"}};
    EXPECT_EQ(accepted(from).target.masked(), "postgresql://v:***@x:1,y:2/e?sslmode=require");
    from.variables["DATABASE_PORT"] = "7";
    EXPECT_EQ(accepted(from).target.masked(), "postgresql://v:***@x:7,y:7/e?sslmode=require");
    EXPECT_EQ(source_of(accepted(from), "database.port"), "DATABASE_PORT");
}

TEST(combine, a_url_of_the_file_without_a_password_takes_the_key_and_lacks_follow_libpq) {
    sources from;
    from.toml = "[database]\nurl = \"postgresql://h\"\nuser = \"ignored\"\npassword = \"key\"\n";
    const effective e = accepted(from);
    EXPECT_EQ(e.target.masked(), "postgresql://headspace:***@h:5432/headspace");
    EXPECT_EQ(password(e), "key");
    EXPECT_EQ(e.password_from, password_origin::toml);
}

TEST(combine, the_password_order_over_the_file_is_variable_credential_password_file_toml) {
    sources from;
    from.toml = toml_b + "password_file = \"/run/pw\"\n";
    from.files["/run/pw"] = "file\r\n";
    from.credentials["database_password"] = "credential";
    from.variables["DATABASE_PASSWORD"] = "variable";
    EXPECT_EQ(password(accepted(from)), "variable");
    from.variables.clear();
    EXPECT_EQ(password(accepted(from)), "credential");
    from.credentials.clear();
    EXPECT_EQ(password(accepted(from)), "file");
    from.files["/run/pw"] = "";
    EXPECT_EQ(password(accepted(from)), "s3cret");
    from.files.clear();
    EXPECT_EQ(refused(from), path + ":7:17: [database].password_file: cannot read /run/pw: No such "
                                    "file or directory\n");
    from.variables["DATABASE_PASSWORD"] = "variable"; // the file is not needed then
    EXPECT_EQ(password(accepted(from)), "variable");
}

TEST(combine, fields_that_nobody_gives_have_the_defaults_of_the_reference) {
    sources from;
    from.variables["DATABASE_HOST"] = "db";
    EXPECT_EQ(accepted(from).target.masked(), "postgresql://postgres@db:5432/claude_headspace");
    from.variables = {{"DATABASE_HOST", "/run/postgresql"}};
    EXPECT_EQ(accepted(from).target.masked(),
              "postgresql://postgres@/claude_headspace?host=/run/postgresql");
}

TEST(combine, a_host_that_is_none_is_refused_where_it_stands) {
    sources from;
    from.toml = "[database]\nhost = \"db:5433\"\n";
    EXPECT_THAT(refused(from), HasSubstr(path + ":2:8: [database].host"));
    from.toml = toml_b;
    from.variables["DATABASE_HOST"] = "u@h";
    EXPECT_EQ(refused(from), "DATABASE_HOST: a host contains '@'\n");
}

TEST(combine, names_that_would_tear_log_lines_apart_are_refused) {
    sources from;
    from.variables["DATABASE_NAME"] = "a\nb";
    EXPECT_THAT(refused(from), HasSubstr("the database name contains a control character"));
    EXPECT_THAT(refused(with_url("postgresql://u%0A@h/d")),
                HasSubstr("DATABASE_URL: the user contains a control character"));
}

// Point 4

TEST(combine, the_pool_variables_replace_their_keys_also_beside_a_url) {
    sources from = with_url("postgresql://u@h/d", "[database]\npool_size = 3\npool_timeout = 4\n");
    from.variables["DATABASE_POOL_SIZE"] = "25";
    from.variables["DATABASE_POOL_TIMEOUT"] = "250ms";
    const effective e = accepted(from);
    EXPECT_EQ(e.values.database.pool_size, 25u);
    EXPECT_EQ(e.values.database.pool_timeout, 250ms);
    EXPECT_EQ(source_of(e, "database.pool_size"), "DATABASE_POOL_SIZE");
    from.variables["DATABASE_POOL_SIZE"] = "many";
    from.variables["DATABASE_POOL_TIMEOUT"] = "0";
    EXPECT_EQ(refused(from), "DATABASE_POOL_SIZE: expected integer 1..10000\n"
                             "DATABASE_POOL_TIMEOUT: must be from 1ms to 8760h\n");
}

// Point 5: PG*

TEST(combine, pg_variables_count_together_and_only_when_nothing_else_names_a_database) {
    sources from;
    from.variables = {{"PGHOST", "h1,h2"},       {"PGPORT", "1,2"},      {"PGUSER", "u"},
                      {"PGPASSWORD", "pw"},      {"PGSSLMODE", "allow"}, {"PGAPPNAME", "x"},
                      {"PGCONNECT_TIMEOUT", "7"}};
    const effective e = accepted(from);
    EXPECT_EQ(e.target.masked(), "postgresql://u:***@h1:1,h2:2/"
                                 "u?application_name=x&connect_timeout=7&sslmode=allow");
    EXPECT_EQ(password(e), "pw");
    EXPECT_EQ(e.values.database.connect_timeout, 7s);
    from.toml = "[database]\nsslmode = \"require\"\npassword = \"toml\"\n";
    EXPECT_EQ(accepted(from).values.database.sslmode, "require");
    EXPECT_EQ(password(accepted(from)), "toml");
    from.toml = "[database]\nname = \"d\"\n";
    const effective by_file = accepted(from);
    EXPECT_EQ(by_file.target.masked(), "postgresql://postgres@localhost:5432/d");
    EXPECT_EQ(by_file.values.database.connect_timeout, 5s);
}

TEST(combine, bad_pg_variables_are_refused_only_where_they_count) {
    sources from;
    from.variables = {{"PGHOST", "h"}, {"PGSSLMODE", "zzz"}};
    EXPECT_THAT(refused(from), HasSubstr("PGSSLMODE: sslmode must be one of"));
    from.variables["DATABASE_URL"] = "postgresql://u@h/d";
    EXPECT_EQ(accepted(from).target.parameters.size(), 0u);
}

TEST(combine, a_service_is_looked_up_and_the_url_beats_it) {
    sources from = with_url("postgresql://u@/?service=prod");
    from.variables["PGSERVICEFILE"] = "/s.conf";
    from.files["/s.conf"] = "# x\n[dev]\nhost=no\n[prod]\nhost=db1\nport=7\nuser=other\n"
                            "dbname=d\npassword=spw\nsslmode=require\n[prod]\nhost=second\n";
    const effective e = accepted(from);
    EXPECT_EQ(e.target.masked(), "postgresql://u:***@db1:7/d?service=prod&sslmode=require");
    EXPECT_EQ(e.password_from, password_origin::service_file);
    from.files["/s.conf"] = "[dev]\n";
    EXPECT_THAT(refused(from), HasSubstr("DATABASE_URL: the service is not defined in /s.conf"));
}

// Point 6: embedded

TEST(combine, nothing_named_is_the_defaults_for_a_service_and_the_embedded_server_by_hand) {
    sources from;
    EXPECT_EQ(accepted(from).target.masked(),
              "postgresql://postgres@localhost:5432/claude_headspace");
    from.variables["PGPASSWORD"] = "pw"; // names nothing
    EXPECT_EQ(password(accepted(from)), "pw");
    from.variables.clear();
    from.service = false;
    const effective e = accepted(from);
    EXPECT_TRUE(e.embedded);
    EXPECT_EQ(e.embedded_database, "claude_headspace");
    EXPECT_THAT(
        e.notes,
        ElementsAre("using the embedded PostgreSQL (nothing names another database); set "
                    "DATABASE_URL=postgresql://user@host:5432/database to use another one"));
    from.toml = "[embedded]\nenabled = false\n";
    EXPECT_FALSE(accepted(from).embedded);
}

TEST(combine, the_option_embedded_beats_every_source_and_names_what_it_ignores) {
    sources from = with_url("this is not even a url", toml_b);
    from.variables["PGHOST"] = "x";
    from.asked.embedded = true;
    const effective e = accepted(from);
    EXPECT_TRUE(e.embedded);
    EXPECT_EQ(e.embedded_database, "app");
    EXPECT_EQ(e.target.password, std::nullopt);
    EXPECT_THAT(e.notes, ElementsAre("using the embedded PostgreSQL (--embedded); ignoring "
                                     "DATABASE_URL, database.host, database.port, database.user, "
                                     "PGHOST"));
}

TEST(combine, the_key_embedded_beats_the_file_and_pg_variables_but_no_other_variable) {
    sources from;
    from.toml = toml_b + "[embedded]\nenabled = true\n";
    from.variables["PGHOST"] = "x";
    EXPECT_TRUE(accepted(from).embedded);
    for (const char* name : {"DATABASE_HOST", "DATABASE_USER", "DATABASE_NAME"}) {
        from.variables = {{name, "x"}};
        const effective e = accepted(from);
        EXPECT_FALSE(e.embedded) << name;
        EXPECT_THAT(e.notes, ElementsAre(HasSubstr("embedded.enabled is ignored")));
    }
    from.variables = {{"DATABASE_PASSWORD", "x"}, {"DATABASE_POOL_SIZE", "3"}};
    EXPECT_TRUE(accepted(from).embedded);
}

// Point 7: the test database

TEST(combine, the_test_database_replaces_the_name_also_of_migrations_and_embedded) {
    sources from;
    from.toml = toml_b + "[migrations]\nurl = \"postgresql://ddl:x@h/app\"\n";
    from.asked.test = true;
    const effective e = accepted(from);
    EXPECT_TRUE(e.test);
    EXPECT_EQ(e.target.database, "app_test");
    EXPECT_EQ(e.migrations_target->masked(), "postgresql://ddl:***@h:5432/app_test");
    EXPECT_EQ(e.values.database.name, "app_test");
    EXPECT_EQ(source_of(e, "database.name"), "--test");
    from.asked.embedded = true;
    EXPECT_EQ(accepted(from).embedded_database, "app_test");
    from.toml = toml_b + "test_name = \"scratch\"\n";
    EXPECT_EQ(accepted(from).target.database, "scratch");
}

TEST(combine, the_name_of_the_test_database_fits_an_identifier) {
    EXPECT_EQ(test_database_name("a", ""), "a_test");
    EXPECT_EQ(test_database_name("a_test", ""), "a_test");
    EXPECT_EQ(test_database_name("a", "b"), "b");
    EXPECT_EQ(test_database_name(std::string(58, 'x'), ""), std::string(58, 'x') + "_test");
    EXPECT_EQ(test_database_name(std::string(59, 'x'), ""), std::nullopt);
    EXPECT_EQ(test_database_name("a", std::string(64, 'x')), std::nullopt);
}

// The rest

TEST(combine, a_url_for_migrations_has_its_own_password_and_its_own_strictness) {
    sources from = with_url("postgresql://u:pw@localhost/d?sslmode=disable",
                            "[database]\nsslmode = \"verify-ca\"\n[migrations]\nurl = "
                            "\"postgresql://ddl@db.example.com/d\"\n");
    from.variables["DATABASE_PASSWORD"] = "not for this";
    const effective e = accepted(from);
    EXPECT_EQ(e.migrations_target->password, std::nullopt);
    EXPECT_EQ(e.migrations_database.sslmode, "verify-ca"); // not loosened by the other URL
    EXPECT_EQ(e.values.database.sslmode, "disable");
    EXPECT_EQ(e.values.migrations.url, "postgresql://ddl@db.example.com:5432/d");
    from.toml = "[migrations]\nurl = \"postgresql://u:ca@nary@h/d\"\n";
    EXPECT_THAT(refused(from), HasSubstr(path + ":2:7: [migrations].url: the password seems"));
    from.toml = "[migrations]\nurl = \"postgresql://ddl@h/other\"\n";
    EXPECT_THAT(accepted(from).warnings, ElementsAre(HasSubstr("names another database")));
}

TEST(combine, the_serverless_profile_is_found_by_host_and_leaves_explicit_keys_alone) {
    const std::string neon = "postgresql://u:p@ep-x.eu.aws.neon.tech/d";
    const effective e = accepted(with_url(neon));
    EXPECT_TRUE(e.serverless);
    EXPECT_EQ(e.values.database.pool_recycle, 300s);
    EXPECT_EQ(e.values.database.pool_min_idle, 0u);
    EXPECT_EQ(e.values.database.pool_keepalive, 0s);
    EXPECT_EQ(source_of(e, "database.pool_recycle"), "profile serverless");
    const effective kept = accepted(with_url(neon, "[database]\npool_min_idle = 2\n"));
    EXPECT_EQ(kept.values.database.pool_min_idle, 2u);
    EXPECT_EQ(kept.values.database.pool_recycle, 300s);
    EXPECT_FALSE(accepted(with_url(neon, "[database]\nprofile = \"server\"\n")).serverless);
    EXPECT_TRUE(accepted(with_url("postgresql://h/d", "[database]\nprofile = \"serverless\"\n"))
                    .serverless);
    EXPECT_FALSE(accepted(with_url("postgresql://u@neon.tech.example.com/d")).serverless);
}

TEST(combine, folders_are_resolved_against_the_file_or_the_working_directory) {
    sources from;
    EXPECT_EQ(accepted(from).migrations_directory, "/project/migrations");
    from.toml = toml_b;
    EXPECT_EQ(accepted(from).migrations_directory, "/etc/headspace/migrations");
    from.toml_path = "conf/h.toml";
    EXPECT_EQ(accepted(from).migrations_directory, "/project/conf/migrations");
    from.toml = "[migrations]\ndirectory = \"/m\"\n";
    EXPECT_EQ(accepted(from).migrations_directory, "/m");
}

TEST(combine, the_socket_and_the_data_are_where_such_things_belong) {
    sources from;
    EXPECT_EQ(accepted(from).values.admin.socket, "/run/headspace/admin.sock");
    from.variables = {{"RUNTIME_DIRECTORY", "/run/headspace/blue:/x"},
                      {"STATE_DIRECTORY", "/var/lib/headspace/blue"}};
    EXPECT_EQ(accepted(from).values.admin.socket, "/run/headspace/blue/admin.sock");
    EXPECT_EQ(accepted(from).embedded_data_directory, "/var/lib/headspace/blue/postgres");
    EXPECT_EQ(accepted(from).state_directory, "/var/lib/headspace/blue");
    from.service = false;
    from.variables = {{"HOME", "/home/me"}};
    EXPECT_EQ(accepted(from).values.admin.socket, "/tmp/headspace-1000/admin.sock");
    EXPECT_EQ(accepted(from).embedded_data_directory, "/home/me/.local/state/headspace/postgres");
    EXPECT_EQ(accepted(from).state_directory, "/home/me/.local/state/headspace");
    from.variables = {{"XDG_RUNTIME_DIR", "/run/user/1000"}, {"XDG_STATE_HOME", "/s"}};
    EXPECT_EQ(accepted(from).values.admin.socket, "/run/user/1000/headspace/admin.sock");
    EXPECT_EQ(accepted(from).embedded_data_directory, "/s/headspace/postgres");
    from.uid = 0;
    from.variables.clear();
    EXPECT_EQ(accepted(from).values.admin.socket, "/run/headspace/admin.sock");
    EXPECT_EQ(accepted(from).embedded_data_directory, "/var/lib/headspace/postgres");
    from.toml = "[admin]\nsocket = \"relative\"\n";
    EXPECT_THAT(refused(from), HasSubstr("[admin].socket must be an absolute path"));
    from.toml = "[admin]\nsocket = \"/" + std::string(107, 'x') + "\"\n";
    EXPECT_THAT(refused(from), HasSubstr("must not be longer than 107 bytes"));
}

TEST(combine, values_that_contradict_each_other_are_refused) {
    sources from;
    from.toml = "[database]\npool_size = 2\npool_min_idle = 3\n[reconnect]\ninitial = \"1m\"\n"
                "[http]\nlisten = \"0.0.0.0:80\"\n";
    EXPECT_EQ(
        refused(from),
        path + ":3:17: [database].pool_min_idle must not be larger than pool_size (2)\n" + path +
            ":5:11: [reconnect].initial must not be larger than max (30s)\n" + path +
            ":7:10: [http].listen: \"0.0.0.0:80\" is not a loopback address: this listener is "
            "for programs of this host only (a loopback address and a port, such as "
            "127.0.0.1:8433)\n");
    from.toml = "[database]\npool_min_idle = 3\n";
    from.variables["DATABASE_POOL_SIZE"] = "2";
    EXPECT_EQ(accepted(from).values.database.pool_min_idle, 2u);
    for (const char* good : {"127.0.0.1:8433", "[::1]:1", "localhost:65535"}) {
        from.toml = "[http]\nlisten = \"" + std::string(good) + "\"\n";
        EXPECT_EQ(accepted(from).values.http.listen, good);
    }
}

TEST(combine, variables_that_nobody_knows_are_named) {
    sources from;
    from.variables = {{"DATABASE_POOLSIZE", "3"}, {"HEADSPACE_SOCKET", "/x"}};
    EXPECT_THAT(accepted(from).warnings,
                ElementsAre("DATABASE_POOLSIZE is not a variable of headspaced; did you mean "
                            "DATABASE_POOL_SIZE?"));
}

TEST(combine, errors_of_all_sources_come_together) {
    sources from;
    from.toml = "[database]\nprot = 1\nport = 0\n";
    from.variables = {{"DATABASE_PORT", "x"}, {"DATABASE_POOL_SIZE", "x"}};
    EXPECT_EQ(refused(from), "DATABASE_POOL_SIZE: expected integer 1..10000\n"
                             "DATABASE_PORT: expected integer 1..65535\n" +
                                 path +
                                 ":2:1: [database].prot: unknown key; did you mean 'port'?\n" +
                                 path + ":3:8: [database].port must be from 1 to 65535\n");
}
