#include "daemon/dump_text.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

using namespace headspace;
using namespace headspace::daemon;
using embedded::found_program;
using testing::Contains;
using testing::HasSubstr;
using testing::Not;

namespace {

found_program at(int major) {
    return {"/pg/" + std::to_string(major) + "/pg_dump",
            "pg_dump (PostgreSQL) " + std::to_string(major) + ".1", major};
}

} // namespace

TEST(dump_text, the_pg_dump_of_the_servers_version_is_best_and_a_newer_one_will_do) {
    EXPECT_EQ(choose_pg_dump({at(17), at(15), at(14)}, 150020, "15.20")->major, 15);
    EXPECT_EQ(choose_pg_dump({at(18), at(17), at(14)}, 150020, "15.20")->major, 17);
    const auto old = choose_pg_dump({at(13), at(14)}, 150020, "15.20");
    ASSERT_TRUE(old.has_error());
    EXPECT_EQ(old.error().code, errc::unsupported_server);
    EXPECT_THAT(old.error().message, HasSubstr("pg_dump (PostgreSQL) 14.1"));
    EXPECT_THAT(old.error().message, HasSubstr("15.20"));
    EXPECT_EQ(choose_pg_dump({}, 150020, "15.20").error().code, errc::config_invalid);
}

TEST(dump_text, values_survive_the_connection_string) {
    EXPECT_EQ(conninfo_text({{"dbname", "it's a \\"}, {"port", "5432"}}),
              R"(dbname='it\'s a \\' port='5432')");
}

TEST(dump_text, only_a_pg_dump_that_knows_it_is_given_a_restrict_key) {
    dump_arguments what;
    what.program = "/bin/pg_dump";
    what.lock_timeout = std::chrono::seconds(2);
    EXPECT_THAT(arguments_of(what), Not(Contains("--restrict-key=headspace")));
    EXPECT_THAT(arguments_of(what), Contains("--lock-wait-timeout=2000"));
    EXPECT_THAT(arguments_of(what), Contains("--exclude-schema=headspace"));
    what.knows_restrict_key = true;
    EXPECT_THAT(arguments_of(what), Contains("--restrict-key=headspace"));
}

TEST(dump_text, colons_and_backslashes_of_a_password_are_escaped) {
    EXPECT_EQ(password_line(R"(a:b\c)"), "*:*:*:*:a\\:b\\\\c\n");
}

TEST(dump_text, names_no_version_and_ends_with_the_revisions_in_order) {
    EXPECT_EQ(schema_text("--\n-- PostgreSQL database dump\n--\n\n-- Dumped from database version "
                          "15.20\n-- Dumped by pg_dump version 15.20\n\nCREATE TABLE a ();\n\n",
                          {"10", "9"}),
              "-- Written by `headspacectl db dump`: the schema without owners, privileges and "
              "data.\n--\n--\n-- PostgreSQL database dump\n--\n\n\nCREATE TABLE a ();\n"
              "\n--\n-- Applied revisions\n--\n-- 9\n-- 10\n");
}

TEST(dump_text, takes_passwords_out_of_user_mappings_and_out_of_nothing_else) {
    const std::string text = schema_text("CREATE USER MAPPING FOR a SERVER s OPTIONS (\n"
                                         "    password 'one\ntwo''s',\n    \"user\" 'bob'\n);\n"
                                         "CREATE FUNCTION f() AS $$\n    password 'kept'\n$$;\n",
                                         {});
    EXPECT_THAT(text, HasSubstr("OPTIONS (\n    password '***',\n    \"user\" 'bob'\n);\n"));
    EXPECT_THAT(text, HasSubstr("    password 'kept'\n"));
    EXPECT_THAT(text, Not(HasSubstr("one")));
    EXPECT_THAT(text, Not(HasSubstr("two")));
}

TEST(dump_text, what_pg_dump_said_becomes_the_error) {
    const error e = describe_dump_failure(
        {"pg_dump: error: query failed: ERROR:  permission denied for table t",
         "\tdetail: LOCK TABLE public.t"},
        "exit status 1");
    EXPECT_EQ(e.code, errc::query_failed);
    EXPECT_EQ(e.message, "pg_dump: query failed: ERROR:  permission denied for table t detail: "
                         "LOCK TABLE public.t");
    EXPECT_EQ(describe_dump_failure({"pg_dump: error: connection to server on socket failed"},
                                    "exit status 1")
                  .code,
              errc::database_unavailable);
    EXPECT_EQ(describe_dump_failure({}, "signal 9 (Killed)").message, "pg_dump: signal 9 (Killed)");
}
