#include "pg/parameters.hpp"

#include <gtest/gtest.h>

using namespace headspace;
using namespace headspace::pg;
using namespace std::chrono_literals;

namespace {

connect_settings settings_of(const char* url) {
    connect_settings settings;
    settings.target = config::parse_conninfo(url, "test").value().value;
    settings.keepalives_idle = 60s;
    settings.keepalives_interval = 10s;
    settings.tcp_user_timeout = 15s;
    return settings;
}

std::map<std::string, std::string> values_of(const connect_settings& settings,
                                             const std::string& sslmode) {
    const auto& first = settings.target.hosts.front();
    return parameters_for(settings, {first.host, "10.0.0.1", first.port}, sslmode,
                          settings.target.password)
        .values;
}

} // namespace

TEST(parameters, name_and_address_are_both_given) {
    const auto values = values_of(settings_of("postgresql://app@db:5433/shop"), "require");
    EXPECT_EQ(values.at("host"), "db");
    EXPECT_EQ(values.at("hostaddr"), "10.0.0.1");
    EXPECT_EQ(values.at("port"), "5433");
    EXPECT_EQ(values.at("user"), "app");
    EXPECT_EQ(values.at("dbname"), "shop");
}

TEST(parameters, nothing_is_left_to_the_environment_or_a_home_directory) {
    const auto values = values_of(settings_of("postgresql://app@db/shop"), "require");
    for (const char* keyword : {"sslcert", "sslkey", "sslrootcert", "sslcrl", "gssencmode",
                                "sslmode", "application_name", "client_encoding"})
        EXPECT_TRUE(values.contains(keyword) && !values.at(keyword).empty()) << keyword;
    EXPECT_EQ(values.at("gssencmode"), "disable");
    EXPECT_EQ(values.at("client_encoding"), "UTF8");
    EXPECT_FALSE(values.contains("options"));
    EXPECT_FALSE(values.contains("connect_timeout"));
    EXPECT_FALSE(values.contains("target_session_attrs"));
}

TEST(parameters, the_password_is_never_among_the_plain_values) {
    const auto settings = settings_of("postgresql://app:Canary.7x@db/shop");
    const auto made =
        parameters_for(settings, {"db", "10.0.0.1", 5432}, "require", settings.target.password);
    EXPECT_EQ(made.password->reveal(), "Canary.7x");
    for (const auto& [keyword, value] : made.values)
        EXPECT_EQ(value.find("Canary"), std::string::npos) << keyword;
}

TEST(parameters, what_the_connection_string_says_beats_the_settings) {
    auto settings = settings_of("postgresql://app@db/shop?application_name=mine&sslmode=verify-ca"
                                "&sslrootcert=/a.pem&keepalives_idle=7");
    settings.sslmode = "disable";
    settings.sslrootcert = "/b.pem";
    EXPECT_EQ(sslmode_for(settings, settings.target.hosts.front()), "verify-ca");
    const auto values = values_of(settings, "verify-ca");
    EXPECT_EQ(values.at("application_name"), "mine");
    EXPECT_EQ(values.at("sslrootcert"), "/a.pem");
    EXPECT_EQ(values.at("keepalives_idle"), "7");
}

TEST(parameters, keepalives_are_in_seconds_and_the_user_timeout_in_milliseconds) {
    const auto values = values_of(settings_of("postgresql://app@db/shop"), "disable");
    EXPECT_EQ(values.at("keepalives_idle"), "60");
    EXPECT_EQ(values.at("keepalives_interval"), "10");
    EXPECT_EQ(values.at("keepalives_count"), "3");
    EXPECT_EQ(values.at("tcp_user_timeout"), "15000");
}

TEST(parameters, sockets_are_never_encrypted_and_remote_hosts_are_by_default) {
    const auto settings = settings_of("postgresql://app@db.example.com,127.0.0.1/shop");
    EXPECT_EQ(sslmode_for(settings, settings.target.hosts[0]), "require");
    EXPECT_EQ(sslmode_for(settings, settings.target.hosts[1]), "prefer");
    const auto socket = settings_of("postgresql://app@/shop?host=/run/postgresql&sslmode=require");
    EXPECT_EQ(sslmode_for(socket, socket.target.hosts[0]), "disable");
}

TEST(parameters, verification_without_a_file_uses_the_authorities_of_the_system) {
    connect_settings settings;
    EXPECT_EQ(ca_file_for(settings, "require"), "");
    EXPECT_TRUE(ca_file_for(settings, "verify-full").starts_with("/etc/"));
    settings.sslrootcert = "system";
    EXPECT_TRUE(ca_file_for(settings, "verify-full").starts_with("/etc/"));
    settings.sslrootcert = "/own.pem";
    EXPECT_EQ(ca_file_for(settings, "verify-full"), "/own.pem");
}
