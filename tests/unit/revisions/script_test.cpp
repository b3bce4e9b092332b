#include "revisions/script.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

using namespace headspace;
using namespace headspace::revisions;
using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

namespace {

constexpr std::string_view name = "20261121100000_create_users.sql";

script parsed(std::string_view text) {
    const auto s = parse_script(name, text);
    if (!s) {
        ADD_FAILURE() << s.error().text();
        return {};
    }
    return *s;
}

error refused(std::string_view text, std::string_view file = name) {
    const auto s = parse_script(file, text);
    if (s) {
        ADD_FAILURE() << "accepted: " << text;
        return {};
    }
    EXPECT_EQ(s.error().code, make_error_code(errc::malformed_file));
    EXPECT_EQ(s.error().kind, error_class::refuse);
    EXPECT_EQ(s.error().file, shown_file(file));
    return s.error();
}

std::vector<std::string> texts(const section& s) {
    std::vector<std::string> found;
    for (const statement& one : s.statements)
        found.push_back(one.text);
    return found;
}

} // namespace

TEST(script, a_whole_file_is_read) {
    const script s = parsed("-- Create users\n"
                            "-- headspace:parent 20261120090000, 20261120090001\n"
                            "\n"
                            "-- migrate:up transaction:false lock_timeout:250ms\n"
                            "CREATE TABLE users (id int);\n"
                            "CREATE INDEX ON users (id);\n"
                            "\n"
                            "-- migrate:down\n"
                            "DROP TABLE users;\n");
    EXPECT_EQ(s.revision, "20261121100000");
    EXPECT_EQ(s.slug, "create_users");
    EXPECT_EQ(s.message, "Create users");
    ASSERT_TRUE(s.stated_parents);
    EXPECT_THAT(*s.stated_parents, ElementsAre("20261120090000", "20261120090001"));
    EXPECT_EQ(s.parents_line, 2U);
    EXPECT_FALSE(s.up.options.transaction);
    EXPECT_EQ(s.up.options.lock_timeout, 250ms);
    EXPECT_THAT(texts(s.up),
                ElementsAre("CREATE TABLE users (id int)", "CREATE INDEX ON users (id)"));
    EXPECT_EQ(s.up.line, 4U);
    EXPECT_EQ(s.up.statements[1].line, 6U);
    ASSERT_TRUE(s.down);
    EXPECT_TRUE(s.down->options.transaction);
    EXPECT_EQ(s.down->statements[0].line, 9U);
    for (const section* part : {&s.up, &*s.down})
        for (const statement& one : part->statements)
            EXPECT_EQ(part->text.substr(one.offset, one.text.size()), one.text);
}

TEST(script, the_message_is_the_first_comment_that_is_no_directive_and_else_the_slug) {
    EXPECT_EQ(
        parsed("--\n-- headspace:parent base\n-- second line\n-- third\n-- migrate:up\n").message,
        "second line");
    EXPECT_EQ(parsed("-- migrate:up\n-- not this one\nselect 1;").message, "create users");
}

TEST(script, base_means_no_parent_and_no_header_means_the_file_before) {
    const script base = parsed("-- headspace:parent base\n-- migrate:up\n");
    ASSERT_TRUE(base.stated_parents);
    EXPECT_TRUE(base.stated_parents->empty());
    EXPECT_FALSE(parsed("-- migrate:up\n").stated_parents);
}

TEST(script, a_directive_inside_a_body_or_a_comment_does_not_split_the_file) {
    const script s = parsed("-- migrate:up\n"
                            "create function f() returns void language plpgsql as $$\n"
                            "-- migrate:down\n"
                            "begin end $$;\n"
                            "/*\n-- migrate:down\n*/\n"
                            "select '\n-- migrate:down\n';\n"
                            "select 1; -- migrate:down comes later\n"
                            "-- migrate:down\n"
                            "drop function f();\n");
    EXPECT_EQ(s.up.statements.size(), 3U);
    ASSERT_TRUE(s.down);
    EXPECT_THAT(texts(*s.down), ElementsAre("drop function f()"));
}

TEST(script, a_statement_without_semicolon_ends_at_the_next_directive) {
    const script s = parsed("-- migrate:up\nselect 1\n-- migrate:down\nselect 2\n");
    EXPECT_THAT(texts(s.up), ElementsAre("select 1"));
    EXPECT_THAT(texts(*s.down), ElementsAre("select 2"));
    EXPECT_EQ(refused("-- migrate:up\ncreate table t (\n-- migrate:down\nselect 2\n").line, 2U);
}

TEST(script, several_pairs_are_one_migration_whose_downs_run_backwards) {
    const script s = parsed("-- migrate:up\nselect 'up1';\n-- migrate:down\nselect 'down1';\n"
                            "-- migrate:up transaction:false lock_timeout:5s\nselect 'up2';\n"
                            "-- migrate:down lock_timeout:1s\nselect 'down2';\n");
    EXPECT_THAT(texts(s.up), ElementsAre("select 'up1'", "select 'up2'"));
    EXPECT_FALSE(s.up.options.transaction);
    ASSERT_TRUE(s.down);
    EXPECT_THAT(texts(*s.down), ElementsAre("select 'down2'", "select 'down1'"));
    EXPECT_TRUE(s.down->options.transaction);
    EXPECT_EQ(s.down->statements[1].line, 4U);
    for (const statement& one : s.down->statements)
        EXPECT_EQ(s.down->text.substr(one.offset, one.text.size()), one.text);
}

TEST(script, a_pair_without_its_down_leaves_the_file_without_one) {
    EXPECT_FALSE(parsed("-- migrate:up\nselect 1;\n").down);
    EXPECT_FALSE(
        parsed("-- migrate:up\nselect 1;\n-- migrate:down\n\n-- migrate:up\nselect 2;\n").down);
    ASSERT_TRUE(parsed("-- migrate:up\nselect 1;\n-- migrate:down\n").down);
}

TEST(script, what_the_ledger_stores_reads_back_with_its_options) {
    const script s = parsed("-- migrate:up\nselect 1;\n-- migrate:down transaction:false "
                            "lock_timeout:3s\n-- why\nvacuum;\nselect 2;\n");
    const auto back = parse_section(s.down->text, "the stored down of 20261121100000");
    ASSERT_TRUE(back) << back.error().text();
    EXPECT_FALSE(back->options.transaction);
    EXPECT_EQ(back->options.lock_timeout, 3s);
    EXPECT_THAT(texts(*back), ElementsAre("vacuum", "select 2"));
    EXPECT_EQ(back->text, s.down->text);

    const auto bare = parse_section("select 1; select 2", "stored");
    ASSERT_TRUE(bare);
    EXPECT_THAT(texts(*bare), ElementsAre("select 1", "select 2"));
    EXPECT_EQ(bare->text, "select 1; select 2");
    const auto pairs = parse_section(parsed("-- migrate:up\na;\n-- migrate:down\nb;\n"
                                            "-- migrate:up\nc;\n-- migrate:down\nd;\n")
                                         .down->text,
                                     "stored");
    ASSERT_TRUE(pairs);
    EXPECT_THAT(texts(*pairs), ElementsAre("d", "b"));
}

TEST(script, a_normalised_text_stays_as_it_is) {
    EXPECT_EQ(normalised("a\r\nb\rc\r"), "a\nb\rc\r");
    for (const std::string text : {"a\r\r\nb", "\xEF\xBB\xBF\xEF\xBB\xBFx", "\r\r\r\n", "x\r"}) {
        const std::string once = normalised(text + "\n");
        EXPECT_EQ(normalised(once), once);
        EXPECT_EQ(once.find("\r\n"), std::string::npos);
    }
}

TEST(script, line_ends_and_a_byte_order_mark_do_not_change_the_checksum) {
    const std::string unix_text = "-- migrate:up\nselect 1;\n";
    const std::string dos_text = "\xEF\xBB\xBF-- migrate:up\r\nselect 1;\r\n";
    EXPECT_EQ(parsed(unix_text).checksum, parsed(dos_text).checksum);
    EXPECT_EQ(parsed(dos_text).up.statements[0].line, 2U);
    EXPECT_NE(parsed(unix_text).checksum, parsed(unix_text + "\n").checksum);
    // `printf -- '-- migrate:up\nselect 1;\n' | sha256sum`
    EXPECT_EQ(parsed(unix_text).checksum,
              "b25711afa7238b17a0e15eb4494ff7f2c0dd4d7956aef3e31c04343b2ec6e97b");
}

TEST(script, files_that_are_no_migrations_are_refused_by_line) {
    EXPECT_THAT(refused("").message, HasSubstr("empty"));
    EXPECT_THAT(refused(" \r\n\t\n").message, HasSubstr("empty"));
    EXPECT_THAT(refused("create table t (a int);\n").message, HasSubstr("no `-- migrate:up`"));
    EXPECT_THAT(refused("-- only a comment\n").message, HasSubstr("no `-- migrate:up`"));
    EXPECT_THAT(refused("-- migrate:down\n").message, HasSubstr("before any"));
    EXPECT_EQ(refused("-- a\nselect 1;\n-- migrate:up\n").line, 2U);
    EXPECT_EQ(refused("-- migrate:up\n-- migrate:up\n").line, 2U);
    EXPECT_EQ(refused("-- migrate:up\n-- migrate:down\n-- migrate:down\n").line, 3U);
    EXPECT_EQ(refused("-- migrate:up\nselect 1;\n\\d t\n").line, 3U);
    EXPECT_EQ(refused("-- migrate:up\nselect 1;\nselect 'a;\n-- migrate:down\n").line, 3U);
    EXPECT_THAT(refused("-- migrate:up\n", "create_users.sql").message,
                HasSubstr("versions/create_users.sql:1: the name does not begin with a revision"));
}

TEST(script, text_in_another_encoding_is_refused_by_line) {
    const error latin1 = refused("-- migrate:up\nselect 1;\nselect 'gr\xFC\xDF';\n");
    EXPECT_EQ(latin1.line, 3U);
    EXPECT_THAT(latin1.message, HasSubstr("not UTF-8"));
    EXPECT_EQ(refused(std::string_view("\xFF\xFE-\0-\0", 6)).line, 1U); // UTF-16
    EXPECT_EQ(refused(std::string_view("-- migrate:up\nselect '\0';", 25)).line, 2U);
    EXPECT_EQ(refused("-- migrate:up\nselect 1; -- \xE2\x82").line, 2U); // cut off
}

TEST(script, unknown_options_and_directives_are_refused) {
    EXPECT_THAT(refused("-- migrate:up transacton:false\n").hint, HasSubstr("transaction"));
    EXPECT_THAT(refused("-- migrate:up transaction:no\n").message, HasSubstr("true or false"));
    EXPECT_THAT(refused("-- migrate:up retry:20\n").message,
                HasSubstr("unknown option 'retry:20'"));
    EXPECT_THAT(refused("-- migrate:up please\n").message, HasSubstr("unknown option 'please'"));
    EXPECT_THAT(refused("-- migrate:up lock_timeout:soon\n").message, HasSubstr("lock_timeout"));
    EXPECT_EQ(refused("-- a\n-- headspace:parrent 1\n-- migrate:up\n").line, 2U);
    EXPECT_THAT(refused("-- headspace:parent\n-- migrate:up\n").message, HasSubstr("no revision"));
    EXPECT_THAT(refused("-- headspace:parent ae10\n-- migrate:up\n").message, HasSubstr("'ae10'"));
    EXPECT_THAT(refused("-- headspace:parent base,1\n-- migrate:up\n").message,
                HasSubstr("'base'"));
    EXPECT_THAT(refused("-- headspace:parent 1,1\n-- migrate:up\n").message, HasSubstr("twice"));
    EXPECT_EQ(refused("-- headspace:parent 1\n-- headspace:parent 2\n-- migrate:up\n").line, 2U);
    EXPECT_THAT(refused("-- headspace:revision 7\n-- migrate:up\n").message,
                HasSubstr("revision 7"));
    EXPECT_EQ(parsed("-- headspace:revision 20261121100000\n-- migrate:up\n").message,
              "create users");
}

TEST(script, a_misspelt_directive_is_refused_instead_of_running_the_down_as_up) {
    for (const char* line : {"-- migrate:Down", "-- Migrate:down", "-- migrate:dwon",
                             "  -- migrate:down", "-- migrate:downn", "-- MIGRATE:DOWN"})
        EXPECT_EQ(
            refused("-- migrate:up\nselect 1;\n" + std::string(line) + "\ndrop table t;\n").line,
            3U)
            << line;
    EXPECT_EQ(parsed("-- migrate:up\n-- migrate: the users\n-- migrate:users\nselect 1;\n")
                  .up.statements.size(),
              1U);
}

TEST(script, forbidden_statements_are_named_with_file_and_line) {
    const script s = parsed("-- migrate:up\nbegin;\nselect 1;\nvacuum t;\ncommit;\n"
                            "-- migrate:down transaction:false\nvacuum t;\ncommit;\n");
    const auto up = forbidden_statements(s.up, shown_file(s.file));
    ASSERT_EQ(up.size(), 1U) << "BEGIN and COMMIT are taken off";
    EXPECT_THAT(up[0].message, HasSubstr("versions/20261121100000_create_users.sql:4: VACUUM "
                                         "cannot run inside a transaction"));
    EXPECT_THAT(up[0].hint, HasSubstr("transaction:false"));
    const auto down = forbidden_statements(*s.down, shown_file(s.file));
    ASSERT_EQ(down.size(), 1U);
    EXPECT_EQ(down[0].line, 8U);
}
