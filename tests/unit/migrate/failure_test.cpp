#include "migrate/failure.hpp"
#include "unit/migrate/files.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

using namespace headspace;
using namespace headspace::migrate;
using testing::HasSubstr;

namespace {

planned_step step_of(const std::string& options) {
    const auto files = test::directory_of(
        {{"7_r.sql", "-- migrate:up" + options +
                         "\nSELECT 1;\n\nALTER TABLE t\n  ADD COLUMN a nosuchtype;\n"
                         "-- migrate:down\n"}});
    const revisions::script& s = files.graph.scripts().at(0);
    planned_step step;
    step.revision = s.revision;
    step.file = s.file;
    step.section = s.up;
    return step;
}

error server_says(std::string message, std::string sqlstate, std::uint32_t position) {
    error e = make_error(errc::query_failed, error_class::refuse, std::move(message));
    e.sqlstate = std::move(sqlstate);
    e.position = position;
    return e;
}

} // namespace

TEST(failure, names_file_and_line_of_the_servers_position_and_the_statement) {
    // "ALTER TABLE t\n  ADD COLUMN a " is 31 characters: the type is on the second line.
    const error e = describe_failure(
        step_of(""), 2, server_says("type \"nosuchtype\" does not exist", "42704", 32));
    EXPECT_EQ(e.code, errc::migration_failed);
    EXPECT_EQ(e.sqlstate, "42704");
    EXPECT_EQ(e.file, "versions/7_r.sql");
    EXPECT_EQ(e.line, 5U);
    EXPECT_THAT(e.message, HasSubstr("versions/7_r.sql:5: type \"nosuchtype\" does not exist"));
    EXPECT_THAT(e.message, HasSubstr("statement 2 of 2, ALTER TABLE t"));
    EXPECT_THAT(e.message, HasSubstr("nothing of this migration was kept"));
}

TEST(failure, takes_off_what_was_put_before_a_bare_statement) {
    const error e = describe_failure(step_of(" transaction:false"), 2,
                                     server_says("no such type", "42704", 32 + 10), 10);
    EXPECT_EQ(e.line, 5U);
    EXPECT_THAT(e.message, HasSubstr("1 of 2 statements are done and stay"));
}

TEST(failure, keeps_the_servers_hint_before_ours) {
    error why = server_says("no", "42704", 0);
    EXPECT_THAT(describe_failure(step_of(""), 2, why).hint, HasSubstr("mend the file"));
    why.hint = "Perhaps you meant text.";
    EXPECT_EQ(describe_failure(step_of(""), 2, why).hint, "Perhaps you meant text.");
}

TEST(failure, keeps_the_code_of_a_lost_connection) {
    const error e = describe_failure(
        step_of(""), 1, make_error(errc::connection_lost, error_class::retry, "it is gone"));
    EXPECT_EQ(e.code, errc::connection_lost);
    EXPECT_THAT(e.hint, HasSubstr("goes on where it stopped"));
}

TEST(failure, does_not_claim_to_know_what_became_of_a_commit) {
    const error e = describe_failure(
        step_of(""), 0, make_error(errc::connection_lost, error_class::retry, "it is gone"));
    EXPECT_THAT(e.message, HasSubstr("whether it was kept"));
}

TEST(failure, says_what_to_do_about_a_statement_that_wants_no_transaction) {
    const error e = describe_failure(
        step_of(""), 1, server_says("x cannot run inside a transaction block", "25001", 0));
    EXPECT_THAT(e.hint, HasSubstr("transaction:false"));
}

TEST(failure, shows_no_password) {
    error why = server_says("role \"a\" already exists PASSWORD 'canary-2'", "42710", 0);
    why.detail = "password=canary-2";
    EXPECT_THAT(describe_failure(step_of(""), 1, why).text(), testing::Not(HasSubstr("canary-2")));
}

TEST(failure, names_the_blocker_of_a_lock_timeout) {
    lock_holder holder;
    holder.pid = 4711;
    holder.application_name = "psql";
    const error e = describe_lock_timeout(
        step_of(""), 2, server_says("canceling statement due to lock timeout", "55P03", 0), holder,
        std::chrono::seconds(3));
    EXPECT_EQ(e.code, errc::lock_timeout);
    EXPECT_THAT(e.message, HasSubstr("blocked by pid 4711 (psql)"));
}

TEST(failure, says_how_to_answer_for_an_undecided_statement) {
    const error e = describe_undecided(step_of(" transaction:false"), 2);
    EXPECT_EQ(e.code, errc::statement_undecided);
    EXPECT_EQ(e.line, 4U);
    EXPECT_THAT(e.hint, HasSubstr("headspacectl db repair --done"));
}

TEST(failure, tells_the_servers_trouble_from_the_statements) {
    for (const char* sqlstate : {"53100", "53200", "53400", "58030", "57014", "57P01", "57P02"})
        EXPECT_TRUE(blames_the_server(server_says("no", sqlstate, 0))) << sqlstate;
    for (const char* sqlstate : {"42704", "23505", "58P01", "P0001", ""})
        EXPECT_FALSE(blames_the_server(server_says("no", sqlstate, 0))) << sqlstate;
}
