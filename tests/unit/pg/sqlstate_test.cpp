#include "pg/sqlstate.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>

using namespace headspace;
using namespace headspace::pg;
using namespace std::chrono_literals;
using testing::HasSubstr;

namespace {

const endpoint db{"localhost", "127.0.0.1", 5432};
const login app{"app", "shop", "DATABASE_PASSWORD", "prefer", ""};

error of_server(const char* text) {
    connect_failure failure;
    failure.stage = connect_stage::login;
    failure.text = text;
    return describe(failure, db, app);
}

} // namespace

TEST(sqlstate, the_state_is_found_in_the_text_of_a_failed_login_in_any_language) {
    const auto english = first_server_message(
        "connection to server at \"127.0.0.1\", port 5432 failed: FATAL:  28P01: password "
        "authentication failed for user \"app\"\nLOCATION:  auth_failed, auth.c:332\n");
    EXPECT_EQ(english.sqlstate, "28P01");
    EXPECT_EQ(english.text, "password authentication failed for user \"app\"");
    EXPECT_EQ(first_server_message("SCHWERWIEGEND:  3D000: Datenbank gibt es nicht").sqlstate,
              "3D000");
}

TEST(sqlstate, of_two_messages_the_first_counts) {
    EXPECT_EQ(
        first_server_message("x failed: FATAL:  28000: a\ny failed: FATAL:  28P01: b\n").sqlstate,
        "28000");
}

TEST(sqlstate, what_only_looks_like_a_state_is_none) {
    for (const char* text : {"", "FATAL:  ", "FATAL:  28P0", "FATAL:  28p01: x", "FATAL:  28P01 x",
                             "could not translate host name \"h\" to address:  no", ":  ABCDE:"})
        EXPECT_EQ(first_server_message(text).sqlstate, "") << text;
}

TEST(sqlstate, texts_of_libpq_become_one_line_without_its_preamble) {
    EXPECT_EQ(clean("connection to server at \"h\" (1.2.3.4), port 5432 failed: Connection "
                    "refused\n\tIs the server running on that host and accepting TCP/IP "
                    "connections?\n"),
              "Connection refused");
    EXPECT_EQ(clean("could not send data to server: Broken pipe\ninvalid socket\n"),
              "could not send data to server: Broken pipe");
    EXPECT_EQ(clean("server closed the connection unexpectedly\n\tThis probably means the server "
                    "terminated abnormally\n\tbefore or while processing the request.\n"),
              "server closed the connection unexpectedly");
    EXPECT_EQ(clean("  \n"), "");
}

TEST(sqlstate, transient_states_heal_and_the_others_need_a_person) {
    for (const char* state : {"57P03", "57P01", "57P02", "57P05", "53300", "53200", "08006",
                              "08001", "08004", "58030", "40001", "XX000", "25006"})
        EXPECT_EQ(classify_connect(state), error_class::retry) << state;
    for (const char* state :
         {"28P01", "28000", "3D000", "42501", "55000", "42704", "22023", "08P01", "0A000", "12345"})
        EXPECT_EQ(classify_connect(state), error_class::unavailable) << state;
}

TEST(sqlstate, a_refused_statement_may_be_repeated_only_after_lock_and_serialization_failures) {
    for (const char* state : {"40001", "40P01", "55P03"})
        EXPECT_EQ(classify_query(state), error_class::retry) << state;
    for (const char* state : {"42P01", "57014", "25006", "53100", "23505", ""})
        EXPECT_EQ(classify_query(state), error_class::refuse) << state;
}

TEST(sqlstate, states_that_end_a_session) {
    for (const char* state : {"57P01", "57P02", "57P03", "57P05", "25P03", "08006"})
        EXPECT_TRUE(ends_session(state)) << state;
    for (const char* state : {"", "57014", "25P02", "00000", "01000"})
        EXPECT_FALSE(ends_session(state)) << state;
}

TEST(sqlstate, refused_connections_read_as_documented) {
    connect_failure failure;
    failure.stage = connect_stage::transport;
    failure.system_errno = ECONNREFUSED;
    const error e = describe(failure, db, app);
    EXPECT_EQ(e.text(), "Connection refused (localhost:5432, 08001): is PostgreSQL running there?");
    EXPECT_EQ(e.kind, error_class::retry);
    EXPECT_EQ(e.sqlstate, "08001");
}

TEST(sqlstate, silence_is_told_from_a_dead_address) {
    connect_failure failure;
    failure.timed_out = true;
    failure.limit = 5s;
    failure.stage = connect_stage::transport;
    EXPECT_THAT(describe(failure, db, app).text(), HasSubstr("No answer within 5"));
    failure.stage = connect_stage::login;
    EXPECT_THAT(describe(failure, db, app).text(), HasSubstr("Connected, but no reply within 5"));
    EXPECT_EQ(describe(failure, db, app).kind, error_class::retry);
}

TEST(sqlstate, a_stranger_at_the_port_is_no_postgresql) {
    connect_failure failure;
    failure.text = "received invalid response to SSL negotiation: H";
    failure.answer = 'H';
    for (const connect_stage stage : {connect_stage::tls, connect_stage::login}) {
        failure.stage = stage;
        const error e = describe(failure, db, app);
        EXPECT_EQ(e.text(), "The listener does not speak the protocol of PostgreSQL "
                            "(localhost:5432, 08P01): check host and port");
        EXPECT_EQ(e.kind, error_class::unavailable);
    }
}

TEST(sqlstate, a_first_byte_that_no_server_sends_at_login_is_no_postgresql) {
    connect_failure failure;
    failure.text = "expected authentication request from server, but received S";
    failure.stage = connect_stage::login;
    failure.answer = 'S'; // of "SSH-2.0"
    EXPECT_THAT(describe(failure, db, app).text(), HasSubstr("does not speak the protocol"));
    failure.answer = 'R'; // a server, but we cannot do what it wants
    EXPECT_THAT(describe(failure, db, app).text(), HasSubstr("expected authentication request"));
}

TEST(sqlstate, each_refusal_says_what_to_do) {
    EXPECT_EQ(of_server("FATAL:  3D000: database \"shop\" does not exist").text(),
              "Database \"shop\" does not exist (localhost:5432, 3D000): createdb -O app shop");
    EXPECT_THAT(of_server("FATAL:  28P01: no").text(), HasSubstr("source: DATABASE_PASSWORD"));
    EXPECT_THAT(of_server("FATAL:  28000: no entry").text(), HasSubstr("sslmode=require"));
    EXPECT_THAT(of_server("FATAL:  42501: no").text(), HasSubstr("GRANT CONNECT"));
    EXPECT_THAT(of_server("FATAL:  55000: no").text(), HasSubstr("ALLOW_CONNECTIONS"));
    EXPECT_THAT(of_server("FATAL:  53300: full").text(), HasSubstr("pool_size"));
    EXPECT_THAT(of_server("FATAL:  57P03: starting").text(), HasSubstr("heals by itself"));
    EXPECT_EQ(of_server("FATAL:  57P03: starting").message, "starting (localhost:5432, 57P03)");
}

TEST(sqlstate, a_place_is_a_port_a_bracketed_address_or_a_socket_file) {
    EXPECT_EQ(db.where(), "localhost:5432");
    EXPECT_EQ((endpoint{"::1", "::1", 1}.where()), "[::1]:1");
    EXPECT_EQ((endpoint{"", "10.0.0.1", 2}.where()), "10.0.0.1:2");
    EXPECT_EQ((endpoint{"/run/postgresql", "", 5433}.where()), "/run/postgresql/.s.PGSQL.5433");
}

TEST(sqlstate, an_errno_is_recognised_by_its_text_in_the_language_of_the_process) {
    const std::pair<int, std::string> texts[] = {{ECONNREFUSED, "Verbindungsaufbau abgelehnt"}};
    EXPECT_EQ(errno_in("... failed: Verbindungsaufbau abgelehnt\n", texts), ECONNREFUSED);
    EXPECT_EQ(errno_in("... failed: something else\n", texts), 0);
}

TEST(sqlstate, the_routine_that_said_no_is_known_in_any_language) {
    const auto said =
        first_server_message("x failed: SCHWERWIEGEND:  28000: Rolle \"app\" existiert nicht\n"
                             "ORT:  InitializeSessionUserId, miscinit.c:735\n");
    EXPECT_EQ(said.text, "Rolle \"app\" existiert nicht");
    EXPECT_EQ(said.routine, "InitializeSessionUserId");
    EXPECT_EQ(first_server_message("FATAL:  28000: no\n").routine, "");
    EXPECT_EQ(first_server_message("FATAL:  28000: no\nHINT:  ask, or not\n").routine, "");
}

TEST(sqlstate, a_missing_role_is_to_be_created) {
    const error e = of_server("FATAL:  28000: role \"app\" does not exist\n"
                              "LOCATION:  InitializeSessionUserId, miscinit.c:735\n");
    EXPECT_THAT(e.text(), HasSubstr("role \"app\" does not exist (localhost:5432, 28000): CREATE "
                                    "ROLE \"app\" LOGIN"));
}
