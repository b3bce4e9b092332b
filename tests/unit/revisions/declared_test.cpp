#include "revisions/declared.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

using namespace headspace;
using namespace headspace::revisions;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

namespace {

declaration read(const std::string& text) {
    const auto d = read_declaration({{"schema/a.sql", text}});
    if (!d)
        ADD_FAILURE() << d.error().text();
    return d ? *d : declaration{};
}

std::string refused(const std::string& text) {
    const auto d = read_declaration({{"schema/a.sql", text}});
    EXPECT_FALSE(d.has_value()) << "accepted: " << text;
    return d ? "" : d.error().message;
}

std::string renames(const std::string& text) {
    std::string out;
    for (const rename_note& r : read(text).renames)
        out += "[" + r.from + "|" + r.to + "|" + r.where + "]";
    return out;
}

std::string server_wide(const std::string& sql) {
    statement s;
    s.text = sql;
    return server_wide_command(s);
}

} // namespace

TEST(declaration, keeps_the_statements_in_the_order_of_files_and_lines) {
    const auto d = read_declaration({{"schema/a.sql", "CREATE TABLE a ();\nCREATE TABLE b ();"},
                                     {"schema/b.sql", "\nCREATE TABLE c ();"}});
    ASSERT_TRUE(d.has_value());
    ASSERT_EQ(d->statements.size(), 3U);
    EXPECT_EQ(d->statements[1].what.text, "CREATE TABLE b ()");
    EXPECT_EQ(d->statements[1].what.line, 2U);
    EXPECT_EQ(d->statements[2].file, "schema/b.sql");
    EXPECT_EQ(d->statements[2].what.line, 2U);
}

TEST(declaration, finds_renames_in_comments_and_not_in_strings_or_bodies) {
    EXPECT_EQ(renames("-- @renamed public.users.name -> public.users.full_name\nSELECT 1;"),
              "[public.users.name|public.users.full_name|schema/a.sql:1]");
    EXPECT_EQ(renames("CREATE TABLE t (a int); -- @renamed t.b -> t.a"),
              "[t.b|t.a|schema/a.sql:1]");
    EXPECT_EQ(renames("CREATE TABLE t (\n  a int --@renamed t.b->t.a\n);"),
              "[t.b|t.a|schema/a.sql:2]");
    EXPECT_THAT(renames("SELECT '\n-- @renamed a -> b\n';"), IsEmpty());
    EXPECT_THAT(renames("SELECT $$\n-- @renamed a -> b\n$$;"), IsEmpty());
    EXPECT_THAT(renames("/* -- @renamed a -> b */"), IsEmpty());
    EXPECT_THAT(renames("-- we @renamed a -> b yesterday"), IsEmpty());
}

TEST(declaration, refuses_a_rename_that_cannot_be_read) {
    for (const char* text : {"-- @renamed a", "-- @renamed -> b", "-- @renamed a ->",
                             "\n-- @renamed", "-- @renameda -> b"})
        EXPECT_THAT(refused(text), HasSubstr("this @renamed cannot be read")) << text;
    EXPECT_THAT(refused("\n-- @renamed a"), HasSubstr("schema/a.sql:2: "));
}

TEST(declaration, refuses_what_would_change_the_whole_server_by_name_and_place) {
    EXPECT_THAT(refused("CREATE TABLE t ();\nCREATE ROLE bob;"),
                HasSubstr("schema/a.sql:2: CREATE ROLE may not stand in schema/"));
    for (const char* text :
         {"ALTER ROLE bob LOGIN;", "create /* x */ user bob;", "DROP GROUP g;",
          "CREATE DATABASE d;", "ALTER DATABASE d SET x = 1;", "CREATE TABLESPACE t LOCATION '/x';",
          "ALTER SYSTEM SET x = 1;", "GRANT admin TO bob;", "REVOKE admin FROM bob;",
          "DROP OWNED BY bob;", "CREATE SUBSCRIPTION s CONNECTION 'x' PUBLICATION p;"})
        EXPECT_THAT(refused(text), HasSubstr("may not stand in schema/")) << text;
}

TEST(declaration, refuses_meta_commands_and_transaction_control) {
    EXPECT_THAT(refused("\\i other.sql"), HasSubstr("schema/a.sql:1"));
    EXPECT_THAT(refused("BEGIN; CREATE TABLE t (); COMMIT;"), HasSubstr("BEGIN may not stand"));
    EXPECT_THAT(refused("SELECT 'never closed"), HasSubstr("never closed"));
    EXPECT_THAT(refused("CREATE TABLE \xff ();"), HasSubstr("not UTF-8"));
}

TEST(server_wide_command, leaves_what_stays_in_its_database_alone) {
    for (const char* sql : {"CREATE USER MAPPING FOR bob SERVER s", "GRANT SELECT ON t TO bob",
                            "REVOKE ALL ON SCHEMA s FROM bob", "ALTER TABLE t OWNER TO bob",
                            "CREATE TABLE role ()", "SELECT 'CREATE ROLE x'",
                            "CREATE SUBSCRIPTION s CONNECTION 'x' PUBLICATION p WITH (slot_name = "
                            "NONE, connect = false)"})
        EXPECT_EQ(server_wide(sql), "") << sql;
    EXPECT_EQ(server_wide("CREATE ROLE x"), "CREATE ROLE");
}

TEST(rename_option, is_two_paths_with_a_colon) {
    const auto r = parse_rename_option("users.name:users.full_name");
    ASSERT_TRUE(r.has_value());
    EXPECT_EQ(r->from, "users.name");
    EXPECT_EQ(r->to, "users.full_name");
    for (const char* text : {"a", ":b", "a:", "a:b:c", ""})
        EXPECT_EQ(parse_rename_option(text).error().code, errc::usage) << text;
}
