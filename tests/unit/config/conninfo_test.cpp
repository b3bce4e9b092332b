#include "config/conninfo.hpp"
#include "unit/config/config_support.hpp"
#include "unit/config/conninfo_vectors.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

using namespace headspace;
using namespace headspace::config;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

namespace {

outcome run(const test_vector& vector) {
    sources from;
    from.toml = vector.toml;
    for (const auto& [name, value] : vector.variables)
        from.variables[name] = value;
    for (const auto& [name, value] : vector.credentials)
        from.credentials[name] = value;
    from.service = vector.service;
    from.asked.test = vector.test;
    return combine(from);
}

std::string error_of(std::string_view text) {
    const auto parsed = parse_conninfo(text, "URL");
    return parsed ? "accepted" : parsed.error().text();
}

conninfo parsed(std::string_view text) {
    auto result = parse_conninfo(text, "URL");
    EXPECT_TRUE(result) << text << ": " << result.error().text();
    return result ? result.value().value : conninfo{};
}

} // namespace

TEST(conninfo, every_vector_of_the_specification_gives_its_masked_form_or_its_refusal) {
    for (const test_vector& vector : test_vectors()) {
        SCOPED_TRACE("vector " + vector.name);
        const outcome result = run(vector);
        const std::string said = messages(result);
        const auto* in_force = std::get_if<effective>(&result);
        ASSERT_EQ(in_force == nullptr, vector.masked.empty()) << said;
        EXPECT_THAT(said, HasSubstr(vector.says));
        for (const std::string& piece : vector.never)
            EXPECT_THAT(said, Not(HasSubstr(piece)));
        if (in_force == nullptr)
            continue;
        if (vector.masked.ends_with("host=")) {
            EXPECT_THAT(in_force->target.masked(), StartsWith(vector.masked));
        } else {
            EXPECT_EQ(in_force->target.masked(), vector.masked);
        }
        const secret password = in_force->target.password.value_or(secret());
        EXPECT_EQ(password.reveal(), vector.password.value_or(std::string(password.reveal())));
    }
}

TEST(conninfo, all_54_vectors_are_in_the_table) {
    std::set<int> numbers;
    for (const test_vector& vector : test_vectors())
        numbers.insert(std::stoi(vector.name));
    EXPECT_EQ(numbers.size(), 54u);
    EXPECT_EQ(*numbers.begin(), 1);
    EXPECT_EQ(*numbers.rbegin(), 54);
}

TEST(conninfo, a_masked_form_can_be_parsed_again) {
    for (const test_vector& vector : test_vectors())
        if (!vector.masked.empty() && !vector.masked.ends_with("host=")) {
            EXPECT_EQ(parsed(vector.masked).masked(), vector.masked) << vector.name;
        }
}

TEST(conninfo, a_refusal_never_repeats_a_piece_of_the_input) {
    // Wherever the canary stands, and however the string is broken.
    for (const char* text : {"canary",
                             "canary://u@h/d",
                             "postgresql:canary",
                             "postgresql://u:canary@x@h/d",
                             "postgresql://u:canary/x@h/d",
                             "postgresql://u:%zcanary@h/d",
                             "postgresql://u:canary@h:port/d",
                             "postgresql://u@h:canary/d",
                             "postgresql://u@[canary]/d",
                             "postgresql://u@h/d?canary",
                             "postgresql://u@h/d?canary=1",
                             "postgresql://u@h/d?sslmode=canary",
                             "postgresql://u@h/d?password=canary=1",
                             "postgresql://u@h/d?connect_timeout=canary",
                             "postgresql://u@h/d/canary",
                             "postgresql://u@ca nary/d",
                             "postgresql://u:canary@h1,x:canary@h2/d",
                             "host=h password= canary=u",
                             "host=h canary",
                             "host=h password='canary",
                             "canary=1 host=h",
                             "host=h port=canary",
                             "host=h hostaddr=canary",
                             "host=h:canary",
                             "mysql://u:canary@h/d",
                             "u:canary@h/d?sslmode=require",
                             "postgresql://u:canary@h/d?ssl=canary",
                             "jdbc:canary:x"}) {
        const std::string said = error_of(text);
        EXPECT_THAT(said, StartsWith("URL: ")) << text;
        EXPECT_THAT(said, Not(HasSubstr("canary"))) << text;
    }
}

TEST(conninfo, pieces_of_an_unencoded_password_are_refused_with_the_recipe) {
    for (const char* text :
         {"postgresql://u:p@ss@h/d", "postgresql://u:p/ss@h/d", "postgresql://u:6543/ss@h/d",
          "postgresql://u:p%ss@h/d", "postgresql://u:a/b?c@h/d", "postgresql://u@server:pw@h/d",
          "postgresql://u@h%40x/d"})
        EXPECT_THAT(error_of(text), HasSubstr("DATABASE_PASSWORD, where no encoding is needed"))
            << text;
}

TEST(conninfo, percent_signs_are_decoded_everywhere_and_plus_is_no_blank) {
    const conninfo c = parsed("postgresql://u%3Ax:p%25+@%68/d%20e?application%5Fname=a%26b");
    EXPECT_EQ(c.user, "u:x");
    EXPECT_EQ(c.password->reveal(), "p%+");
    EXPECT_EQ(c.hosts.at(0).host, "h");
    EXPECT_EQ(c.database, "d e");
    EXPECT_EQ(c.parameters.at("application_name"), "a&b");
    EXPECT_EQ(c.masked(), "postgresql://u:x:***@h:5432/d%20e?application_name=a%26b");
    EXPECT_THAT(error_of("postgresql://u:%00@h/d"), HasSubstr("%00"));
}

TEST(conninfo, parameters_override_the_authority_and_the_last_one_counts) {
    const conninfo c = parsed("postgresql://u:p@h:1/d?host=h2&user=v&port=2&dbname=e&user=w");
    EXPECT_EQ(c.masked(), "postgresql://w:***@h2:2/e");
}

TEST(conninfo, parameters_of_other_drivers_are_mapped) {
    EXPECT_EQ(parsed("postgresql://h/d?ssl=verify-full").parameters.at("sslmode"), "verify-full");
    EXPECT_EQ(parsed("postgresql://h/d?ssl=0").parameters.at("sslmode"), "disable");
    EXPECT_EQ(parsed("jdbc:postgresql://h/d?targetServerType=primary")
                  .parameters.at("target_session_attrs"),
              "primary");
    EXPECT_EQ(parsed("jdbc:postgresql://h/d?ApplicationName=x").parameters.at("application_name"),
              "x");
    EXPECT_THAT(error_of("postgresql://h/d?ssl=maybe"), HasSubstr("write sslmode instead"));
}

TEST(conninfo, value_domains_that_libpq_checks_only_when_it_connects_are_checked_here) {
    for (const char* query :
         {"target_session_attrs=master", "channel_binding=on", "gssencmode=yes", "sslsni=2",
          "keepalives=yes", "connect_timeout=abc", "tcp_user_timeout=-1",
          "ssl_min_protocol_version=SSLv3", "port=0", "port=1,2", "hostaddr=name",
          "sslrootcert=system&sslmode=require", "replication=database"})
        EXPECT_THAT(error_of("postgresql://h/d?" + std::string(query)), StartsWith("URL: "))
            << query;
}

TEST(conninfo, key_value_strings_take_quotes_and_backslashes) {
    const conninfo c = parsed(R"( host = h  user='u\'x' password=a\ b\\ dbname = 'd d' port=5433)");
    EXPECT_EQ(c.user, "u'x");
    EXPECT_EQ(c.password->reveal(), "a b\\");
    EXPECT_EQ(c.masked(), "postgresql://u%27x:***@h:5433/d%20d");
    EXPECT_FALSE(parsed("host=h password=''").password);
    EXPECT_EQ(parsed("host=h password=a=b").password->reveal(), "a=b");
}

TEST(conninfo, hosts_of_a_list_keep_their_own_port_and_address) {
    const conninfo c = parsed("host=a,b hostaddr=10.0.0.1,10.0.0.2 port=1,2 user=u dbname=d");
    EXPECT_EQ(c.where(), "a:1, b:2");
    EXPECT_EQ(c.masked(), "postgresql://u@a:1,b:2/d?hostaddr=10.0.0.1,10.0.0.2");
    EXPECT_EQ(parsed("host=/run/a,b port=1,2 user=u dbname=d").masked(),
              "postgresql://u@/d?host=/run/a,b&port=1,2");
    EXPECT_EQ(parsed("hostaddr=::1 user=u dbname=d").where(), "[::1]:5432");
}

TEST(conninfo, the_log_form_has_neither_password_nor_parameters) {
    EXPECT_EQ(parsed("postgresql://u:p@h/d?sslmode=require").log_form(), "postgresql://u@h:5432/d");
    EXPECT_EQ(parsed("postgresql://u@/d?host=/run/x").log_form(), "postgresql://u@/d?host=/run/x");
}

TEST(conninfo, tls_is_required_for_every_host_beyond_the_local_network) {
    const auto mode = [](std::string host, std::string address = {}) {
        return default_sslmode({std::move(host), std::move(address), 5432, false});
    };
    for (const char* local : {"/run/postgresql",
                              "",
                              "localhost",
                              "127.0.0.1",
                              "127.8.8.8",
                              "::1",
                              "10.0.0.1",
                              "172.16.0.1",
                              "172.31.255.255",
                              "192.168.1.1",
                              "169.254.0.1",
                              "fd00::1",
                              "fe80::1%eth0",
                              "::ffff:10.0.0.1",
                              "db",
                              "db.",
                              "db.local",
                              "DB.INTERNAL",
                              "pg.lan",
                              "pg.ns.svc",
                              "host.localdomain",
                              "nas.home.arpa",
                              "railway.internal."})
        EXPECT_EQ(mode(local), "prefer") << local;
    for (const char* remote :
         {"8.8.8.8", "172.32.0.1", "172.15.0.1", "192.169.0.1", "169.253.0.1", "11.0.0.1",
          "2001:db8::1", "::ffff:8.8.8.8", "db.example.com", "x.neon.tech", "local.example.org",
          "notlocal.com", "134744072", "0x8080808", "100.64.0.1", "fec0::1"})
        EXPECT_EQ(mode(remote), "require") << remote;
    EXPECT_EQ(mode("db.example.com", "10.0.0.1"), "prefer"); // the bytes go to the address
    EXPECT_EQ(mode("localhost", "8.8.8.8"), "require");
}
