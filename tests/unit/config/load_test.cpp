#include "config/load.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

using namespace headspace;
using namespace headspace::config;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

namespace {

std::vector<std::string> errors_of(std::string_view text) {
    std::vector<std::string> out;
    for (const diagnostic& error : load_toml(text, "h.toml").errors)
        out.push_back(error.text());
    return out;
}

} // namespace

TEST(load, every_error_is_reported_at_once_with_line_and_column) {
    EXPECT_THAT(
        errors_of("[database]\n"
                  "port = abc\n"
                  "prot = 1\n"
                  "  pool_size = \"many\"\n"
                  "port = 5432\n"
                  "pool_min_idle = 0123\n"
                  "[admin]\n"
                  "mode = 660\n"
                  "pool_timeout = 3\n"
                  "[databas]\n"),
        ElementsAre("h.toml:2:8: [database].port: Error while parsing value: could not determine "
                    "value type (a string is written in quotes)",
                    "h.toml:3:1: [database].prot: unknown key; did you mean 'port'?",
                    "h.toml:4:15: [database].pool_size must be an integer",
                    HasSubstr("h.toml:6:21: [database].pool_min_idle: "),
                    "h.toml:8:8: [admin].mode must be a file mode as a string, \"0660\"",
                    "h.toml:9:1: [admin].pool_timeout: unknown key; it belongs in [database]",
                    "h.toml:10:2: [databas]: unknown table; did you mean [database]?"));
}

TEST(load, a_key_that_was_forgotten_its_table_is_told_where_it_belongs) {
    EXPECT_THAT(errors_of("drain_timeout = 5\nxyzzy = 1\n"),
                ElementsAre("h.toml:1:1: drain_timeout: unknown key outside of a table; it belongs "
                            "in [shutdown]",
                            "h.toml:2:1: xyzzy: unknown key outside of a table"));
}

TEST(load, a_value_of_a_secret_key_is_never_repeated) {
    for (const char* text :
         {"[database]\npassword = hunter2\n", "[database]\npassword = 0123456\n",
          "[database]\npassword = 99999999999999999999\n", "[database]\npassword = \"hunter\\2\"\n",
          "[database]\nurl = postgresql://u:hunter2@h/d\n", "[database]\npassword = 123456\n",
          "[database]\npassword = \"\"\"hunter\n2\\x\"\"\"\n",
          "[database]\npassword = [\"hunter\"]\n", "[migrations]\nurl = 'hunter\n",
          "[database]\npassword = \"hunter2\nport = 5432\n",
          "[database]\npassword = 'hunter'2\n"}) {
        const auto errors = errors_of(text);
        ASSERT_FALSE(errors.empty()) << text;
        for (const std::string& error : errors) {
            EXPECT_THAT(error, Not(HasSubstr("hunter"))) << text;
            EXPECT_THAT(error, Not(HasSubstr("12345"))) << text;
            EXPECT_THAT(error, Not(HasSubstr("999"))) << text;
            EXPECT_THAT(error, Not(HasSubstr("\\2"))) << text;
        }
    }
}

TEST(load, a_broken_structure_is_one_error_and_not_a_cascade) {
    EXPECT_EQ(errors_of("[admin]\noperators = [\"a\"\nmode = \"0660\"\ngroup = \"g\"\n").size(),
              1u);
    EXPECT_EQ(errors_of("[database\nport = 1\nname = \"x\"\n").size(), 1u);
    EXPECT_THAT(
        errors_of("[database]\nport = 0\n[admin\nmode = 1\n"),
        ElementsAre("h.toml:2:8: [database].port must be from 1 to 65535", HasSubstr("h.toml:3:")));
}

TEST(load, durations_are_seconds_or_strings_with_a_unit) {
    const file_settings file =
        load_toml("[database]\npool_timeout = 7\nconnect_timeout = \"250ms\"\n"
                  "pool_recycle = \"2m\"\nquery_timeout = \"9\"\n",
                  "h.toml");
    ASSERT_TRUE(file.errors.empty());
    EXPECT_EQ(file.values.database.pool_timeout, 7s);
    EXPECT_EQ(file.values.database.connect_timeout, 250ms);
    EXPECT_EQ(file.values.database.pool_recycle, 2min);
    EXPECT_EQ(file.values.database.query_timeout, 9s);
    EXPECT_THAT(errors_of("[database]\npool_timeout = 1.5\nconnect_timeout = \"5 parsecs\"\n"
                          "query_timeout = 0\npool_recycle = -1\n"),
                ElementsAre(HasSubstr(":2:16: [database].pool_timeout must be a number of seconds"),
                            HasSubstr(":3:19: [database].connect_timeout is not a duration"),
                            HasSubstr(":4:17: [database].query_timeout must be from 1ms"),
                            HasSubstr(":5:16: [database].pool_recycle is not a duration")));
}

TEST(load, values_outside_their_domain_are_refused) {
    EXPECT_THAT(
        errors_of("[database]\nport = 65536\npool_size = 0\nsslmode = \"REQUIRE\"\n"
                  "profile = \"\"\npool_pre_ping = \"yes\"\npool_reset = \"never\"\n"
                  "[admin]\nmode = \"1777\"\noperators = [true]\n[log]\nlevel = \"loud\"\n"),
        ElementsAre(HasSubstr("[database].port must be from 1 to 65535"),
                    HasSubstr("[database].pool_size must be from 1 to 10000"),
                    HasSubstr("[database].sslmode must be one of disable, allow"),
                    HasSubstr("[database].profile must be one of auto, server, serverless"),
                    HasSubstr("[database].pool_pre_ping must be true or false"),
                    HasSubstr("[database].pool_reset must be one of dirty, always"),
                    HasSubstr("[admin].mode must be from 0000 to 0777"),
                    HasSubstr("[admin].operators must be a list of strings"),
                    HasSubstr("[log].level must be one of trace, debug, info")));
}

TEST(load, a_key_of_an_older_version_only_warns) {
    const std::array<removed_key, 1> removed{{{"database.pool_overflow", "pool_size is all"}}};
    const file_settings file =
        load_toml("[database]\npool_overflow = 3\nport = 1\n", "h.toml", removed);
    EXPECT_TRUE(file.errors.empty());
    ASSERT_EQ(file.warnings.size(), 1u);
    EXPECT_EQ(file.warnings[0].text(),
              "h.toml:2:1: [database].pool_overflow is no longer a key and is ignored: pool_size "
              "is all");
    EXPECT_EQ(file.values.database.port, 1);
}

TEST(load, every_kind_of_value_arrives) {
    const file_settings file = load_toml(
        "[database]\npassword = \"p\"\nprofile = \"serverless\"\npool_reset = \"always\"\n"
        "pool_pre_ping = false\n[admin]\nmode = \"0600\"\noperators = [\"alice\", 1000]\n",
        "h.toml");
    ASSERT_TRUE(file.errors.empty());
    EXPECT_EQ(file.values.database.password.reveal(), "p");
    EXPECT_EQ(file.values.database.profile, connection_profile::serverless);
    EXPECT_EQ(file.values.database.pool_reset, reset_policy::always);
    EXPECT_FALSE(file.values.database.pool_pre_ping);
    EXPECT_EQ(file.values.admin.mode, 0600u);
    EXPECT_THAT(file.values.admin.operators, ElementsAre("alice", "1000"));
    EXPECT_EQ(file.given.at("database.password").line, 2u);
}
