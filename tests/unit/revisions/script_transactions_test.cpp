#include "revisions/script.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

using namespace headspace;
using namespace headspace::revisions;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

namespace {

script parsed(const std::string& text) {
    const auto s = parse_script("1_r.sql", text);
    if (!s) {
        ADD_FAILURE() << s.error().text();
        return {};
    }
    return *s;
}

script up(const std::string& body, const std::string& options = "") {
    return parsed("-- migrate:up" + options + "\n" + body);
}

std::vector<std::string> statements(const section& s) {
    std::vector<std::string> out;
    for (const statement& each : s.statements)
        out.push_back(each.text);
    return out;
}

/// What is said of a body that must be refused, without the hint.
std::vector<std::string> complaints(const std::string& body, const std::string& options = "") {
    std::vector<std::string> out;
    for (const error& e : forbidden_statements(up(body, options).up, "versions/1_r.sql")) {
        EXPECT_EQ(e.code, make_error_code(errc::malformed_file));
        EXPECT_FALSE(e.hint.empty());
        out.push_back(e.message);
    }
    return out;
}

} // namespace

TEST(script_transactions, one_pair_around_everything_is_taken_off_in_every_spelling) {
    for (const auto& [begin, commit] :
         {std::pair{"BEGIN", "COMMIT"},
          {"begin transaction", "end"},
          {"Begin Work", "commit work"},
          {"START TRANSACTION", "COMMIT TRANSACTION"},
          {"BEGIN ISOLATION LEVEL READ COMMITTED", "COMMIT AND NO CHAIN"},
          {"BEGIN /* all */ TRANSACTION -- or nothing", "END"}}) {
        const script s = up(std::string(begin) + "\n;\nCREATE TABLE a ();\nCREATE TABLE b ();\n" +
                            commit + ";\n");
        EXPECT_THAT(statements(s.up), ElementsAre("CREATE TABLE a ()", "CREATE TABLE b ()"))
            << begin;
        EXPECT_THAT(forbidden_statements(s.up, "f"), IsEmpty());
        EXPECT_EQ(s.up.statements[0].line, 4U) << "lines are those of the file";
    }
}

TEST(script_transactions, the_pair_of_each_half_is_taken_off_by_itself) {
    const script s = parsed("-- migrate:up\nBEGIN;\nCREATE TABLE a ();\nCOMMIT;\n"
                            "-- migrate:down\nBEGIN;\nDROP TABLE a;\nCOMMIT;\n");
    EXPECT_THAT(statements(s.up), ElementsAre("CREATE TABLE a ()"));
    EXPECT_THAT(statements(*s.down), ElementsAre("DROP TABLE a"));
}

TEST(script_transactions, the_checksum_and_the_stored_text_stay_those_of_the_file) {
    const script with = up("BEGIN;\nCREATE TABLE a ();\nCOMMIT;\n");
    const script without = up("CREATE TABLE a ();\n");
    EXPECT_NE(with.checksum, without.checksum);
    EXPECT_EQ(with.up.text, "-- migrate:up\nBEGIN;\nCREATE TABLE a ();\nCOMMIT;\n");
    const auto again = parse_section(with.up.text, "1");
    ASSERT_TRUE(again.has_value());
    EXPECT_THAT(statements(*again), ElementsAre("CREATE TABLE a ()"));
}

TEST(script_transactions, a_pair_makes_a_file_without_a_transaction_one_transaction_again) {
    EXPECT_TRUE(up("BEGIN;\nSELECT 1;\nCOMMIT;\n", " transaction:false").up.options.transaction);
    EXPECT_FALSE(up("SELECT 1;\n", " transaction:false").up.options.transaction);
    const script s =
        up("BEGIN;\nCREATE INDEX CONCURRENTLY i ON a (b);\nCOMMIT;\n", " transaction:false");
    EXPECT_FALSE(s.up.options.transaction) << "what cannot run in a transaction runs without one";
    EXPECT_THAT(forbidden_statements(s.up, "f"), IsEmpty());
    EXPECT_THAT(statements(s.up), ElementsAre("CREATE INDEX CONCURRENTLY i ON a (b)"));
}

TEST(script_transactions, a_pair_with_nothing_in_it_is_nothing) {
    EXPECT_THAT(statements(up("BEGIN;\nCOMMIT;\n").up), IsEmpty());
}

TEST(script_transactions, the_begin_of_a_function_body_is_none) {
    const script s = up("CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql AS $$ BEGIN RETURN 1; "
                        "END $$;\nDO $$ BEGIN NULL; END $$;\n");
    EXPECT_EQ(s.up.statements.size(), 2U);
    EXPECT_THAT(forbidden_statements(s.up, "f"), IsEmpty());
}

TEST(script_transactions, savepoints_inside_of_the_pair_stay) {
    const script s = up("BEGIN;\nSAVEPOINT a;\nSELECT 1;\nROLLBACK TO a;\nCOMMIT;\n");
    EXPECT_THAT(statements(s.up), ElementsAre("SAVEPOINT a", "SELECT 1", "ROLLBACK TO a"));
    EXPECT_THAT(forbidden_statements(s.up, "f"), IsEmpty());
}

TEST(script_transactions, a_lone_commit_or_begin_is_refused_with_its_line) {
    for (const char* options : {"", " transaction:false"}) {
        EXPECT_THAT(complaints("CREATE TABLE a ();\nCOMMIT;\n", options),
                    ElementsAre("versions/1_r.sql:3: COMMIT may not stand in a migration"));
        EXPECT_THAT(complaints("BEGIN;\nCREATE TABLE a ();\n", options),
                    ElementsAre("versions/1_r.sql:2: BEGIN may not stand in a migration"));
        EXPECT_THAT(complaints("BEGIN;\nSELECT 1;\nROLLBACK;\n", options),
                    ElementsAre(HasSubstr(":2: BEGIN may not"), HasSubstr(":4: ROLLBACK may not")));
    }
}

TEST(script_transactions, two_pairs_are_refused) {
    EXPECT_THAT(complaints("BEGIN;\nSELECT 1;\nCOMMIT;\nBEGIN;\nSELECT 2;\nCOMMIT;\n"),
                ElementsAre(HasSubstr(":2: BEGIN may not"), HasSubstr(":4: COMMIT may not"),
                            HasSubstr(":5: a second BEGIN may not"), HasSubstr(":7: COMMIT")));
}

TEST(script_transactions, pairs_of_several_ups_in_one_file_are_two_pairs) {
    const script s = parsed("-- migrate:up\nBEGIN;\nSELECT 1;\nCOMMIT;\n-- migrate:down\n"
                            "-- migrate:up\nBEGIN;\nSELECT 2;\nCOMMIT;\n-- migrate:down\n");
    EXPECT_EQ(forbidden_statements(s.up, "f").size(), 4U);
}

TEST(script_transactions, a_statement_outside_of_the_pair_is_refused_with_its_own_line) {
    EXPECT_THAT(complaints("SET search_path = a;\nBEGIN;\nSELECT 1;\nCOMMIT;\n"),
                ElementsAre("versions/1_r.sql:2: this statement stands outside of the BEGIN ... "
                            "COMMIT of lines 3 to 5"));
    EXPECT_THAT(
        complaints("BEGIN;\nSELECT 1;\nCOMMIT;\nSELECT 2;\nSELECT 3;\n", " transaction:false"),
        ElementsAre(HasSubstr("versions/1_r.sql:6: this statement stands outside")));
}

TEST(script_transactions, a_pair_that_asks_for_more_than_the_runner_gives_is_refused) {
    EXPECT_THAT(complaints("BEGIN ISOLATION LEVEL SERIALIZABLE;\nSELECT 1;\nCOMMIT;\n"),
                ElementsAre("versions/1_r.sql:2: BEGIN with isolation level serializable may not "
                            "stand in a migration"));
    EXPECT_THAT(complaints("BEGIN;\nSELECT 1;\nCOMMIT AND CHAIN;\n"),
                ElementsAre(HasSubstr(":4: COMMIT with and chain")));
    EXPECT_THAT(complaints("BEGIN;\nSELECT 1;\nCOMMIT PREPARED 'x';\n"),
                ElementsAre(HasSubstr(":4: COMMIT with prepared 'x'")));
}
