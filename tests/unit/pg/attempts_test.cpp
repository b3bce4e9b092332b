#include "pg/attempts.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

using namespace headspace;
using namespace headspace::pg;
using testing::HasSubstr;

namespace {

config::host_entry host(std::string name, std::uint16_t port = 5432, std::string address = "") {
    config::host_entry entry;
    entry.host = std::move(name);
    entry.hostaddr = std::move(address);
    entry.port = port;
    return entry;
}

error failure(error_class kind, std::string message, std::string sqlstate) {
    error e = make_error(errc::database_unavailable, kind, std::move(message), "hint");
    e.sqlstate = std::move(sqlstate);
    return e;
}

error refused(const std::string& where) {
    return failure(error_class::retry, "Connection refused (" + where + ", 08001)", "08001");
}

attempt expect_attempt(walk& round) {
    const step next = round.next();
    if (!std::holds_alternative<attempt>(next))
        throw std::runtime_error("no attempt");
    return std::get<attempt>(next);
}

look_up expect_look_up(walk& round) {
    const step next = round.next();
    if (!std::holds_alternative<look_up>(next))
        throw std::runtime_error("no lookup");
    return std::get<look_up>(next);
}

bool is_over(walk& round) {
    return std::holds_alternative<exhausted>(round.next());
}

} // namespace

TEST(attempts, sockets_and_given_addresses_need_no_lookup) {
    walk round({host("/run/postgresql"), host("db", 5433, "10.0.0.1")}, session_attrs::any);
    const attempt first = expect_attempt(round);
    EXPECT_TRUE(first.where.is_socket());
    const attempt second = expect_attempt(round);
    EXPECT_EQ(second.where.host, "db");
    EXPECT_EQ(second.where.address, "10.0.0.1");
    EXPECT_EQ(second.where.port, 5433);
    EXPECT_TRUE(is_over(round));
}

TEST(attempts, a_name_is_looked_up_only_when_its_turn_comes) {
    walk round({host("db1"), host("db2")}, session_attrs::any);
    EXPECT_EQ(expect_look_up(round).name, "db1");
    round.found(0, {"::1", "127.0.0.1"});
    EXPECT_EQ(expect_attempt(round).where.address, "::1");
    EXPECT_EQ(expect_attempt(round).where.address, "127.0.0.1");
    EXPECT_EQ(expect_look_up(round).name, "db2");
    round.found(1, {"10.0.0.2"});
    EXPECT_EQ(expect_attempt(round).host, 1U);
    EXPECT_TRUE(is_over(round));
}

TEST(attempts, a_name_that_is_not_found_passes_to_the_next_host) {
    walk round({host("db1"), host("/run/postgresql")}, session_attrs::any);
    expect_look_up(round);
    round.not_found(0, failure(error_class::retry, "cannot resolve \"db1\" (08001)", "08001"));
    EXPECT_TRUE(expect_attempt(round).where.is_socket());
}

TEST(attempts, two_addresses_that_fail_alike_are_one_cause) {
    walk round({host("localhost")}, session_attrs::any);
    expect_look_up(round);
    round.found(0, {"::1", "127.0.0.1"});
    for (int i = 0; i < 2; ++i)
        round.failed(expect_attempt(round), refused("localhost:5432"));
    EXPECT_EQ(round.outcome().message, "Connection refused (localhost:5432, 08001)");
}

TEST(attempts, several_hosts_that_fail_are_all_named) {
    walk round({host("a", 1, "10.0.0.1"), host("b", 2, "10.0.0.2")}, session_attrs::any);
    round.failed(
        expect_attempt(round),
        failure(error_class::unavailable, "Database \"x\" does not exist (a:1, 3D000)", "3D000"));
    round.failed(expect_attempt(round), refused("b:2"));
    const error e = round.outcome();
    EXPECT_EQ(e.message, "No host can be used (a:1: Database \"x\" does not exist, 3D000; "
                         "b:2: Connection refused, 08001)");
    EXPECT_EQ(e.kind, error_class::retry) << "one of them heals by itself";
    EXPECT_EQ(e.sqlstate, "08001");
}

TEST(attempts, a_rejected_password_ends_the_round) {
    walk round({host("a", 1, "10.0.0.1"), host("b", 2, "10.0.0.2")}, session_attrs::any);
    round.failed(expect_attempt(round), failure(error_class::unavailable, "rejected", "28P01"));
    EXPECT_TRUE(is_over(round));
    EXPECT_EQ(round.outcome().message, "rejected");
    EXPECT_EQ(round.outcome().kind, error_class::unavailable);
}

TEST(attempts, a_server_that_is_starting_passes_to_the_next_host) {
    walk round({host("a", 1, "10.0.0.1"), host("b", 2, "10.0.0.2")}, session_attrs::any);
    round.failed(expect_attempt(round), failure(error_class::retry, "starting", "57P03"));
    EXPECT_EQ(expect_attempt(round).host, 1U);
}

TEST(attempts, only_standbys_for_a_read_write_pool_is_unavailable_and_says_so) {
    walk round({host("a", 1, "10.0.0.1"), host("b", 2, "10.0.0.2")}, session_attrs::read_write);
    for (int i = 0; i < 2; ++i)
        round.wrong_role(expect_attempt(round), {.in_recovery = true, .read_only = true});
    EXPECT_TRUE(is_over(round));
    EXPECT_EQ(round.outcome().kind, error_class::unavailable);
    EXPECT_EQ(round.outcome().sqlstate, "25006");
    EXPECT_THAT(round.outcome().message, HasSubstr("a:1: The server is a standby, 25006"));
}

TEST(attempts, a_standby_beside_a_primary_that_is_away_heals_by_itself) {
    walk round({host("a", 1, "10.0.0.1"), host("b", 2, "10.0.0.2")}, session_attrs::read_write);
    round.failed(expect_attempt(round), refused("a:1"));
    round.wrong_role(expect_attempt(round), {.in_recovery = true, .read_only = true});
    EXPECT_EQ(round.outcome().kind, error_class::retry);
}

TEST(attempts, when_only_standbys_answer_the_outcome_says_so_as_a_sqlstate) {
    const auto outcome = [](const error& first) {
        walk round({host("a", 1, "10.0.0.1"), host("b", 2, "10.0.0.2")}, session_attrs::read_write);
        round.failed(expect_attempt(round), first);
        round.wrong_role(expect_attempt(round), {.in_recovery = true, .read_only = true});
        return round.outcome();
    };
    EXPECT_EQ(outcome(refused("a:1")).sqlstate, "25006") << "whoever is away does not answer";
    const error full = failure(error_class::retry, "Too many connections (a:1, 53300)", "53300");
    EXPECT_EQ(outcome(full).sqlstate, "53300") << "the primary may be the one that is full";
}

TEST(attempts, a_port_that_looks_like_a_sqlstate_makes_nobody_a_standby) {
    walk round({host("a", 25006, "10.0.0.1"), host("b", 25006, "10.0.0.2")},
               session_attrs::read_write);
    round.failed(expect_attempt(round), refused("a:25006"));
    round.failed(expect_attempt(round), refused("b:25006"));
    EXPECT_EQ(round.outcome().sqlstate, "08001");
}

TEST(attempts, prefer_standby_comes_back_to_the_primaries_it_passed) {
    walk round({host("a", 1, "10.0.0.1"), host("b", 2, "10.0.0.2")}, session_attrs::prefer_standby);
    const attempt first = expect_attempt(round);
    EXPECT_EQ(first.wanted, session_attrs::standby);
    round.wrong_role(first, {});
    round.failed(expect_attempt(round), refused("b:2"));
    const attempt again = expect_attempt(round);
    EXPECT_EQ(again.host, 0U);
    EXPECT_EQ(again.wanted, session_attrs::any);
    round.failed(again, refused("a:1"));
    EXPECT_TRUE(is_over(round));
}

TEST(attempts, a_host_that_fails_beside_one_that_works_is_named_with_its_reason) {
    walk round({host("a", 1, "10.0.0.1"), host("b", 2, "10.0.0.2")}, session_attrs::any);
    round.failed(expect_attempt(round), refused("a:1"));
    EXPECT_EQ(round.passed_over(expect_attempt(round).where),
              "b:2 is used in place of another host: " + refused("a:1").text());
}

TEST(attempts, a_standby_that_was_passed_over_is_no_fault) {
    walk round({host("a", 1, "10.0.0.1"), host("b", 2, "10.0.0.2")}, session_attrs::read_write);
    round.wrong_role(expect_attempt(round), {.in_recovery = true, .read_only = true});
    EXPECT_EQ(round.passed_over(expect_attempt(round).where), "");
}

TEST(attempts, another_address_of_the_same_name_is_no_other_host) {
    walk round({host("localhost", 1)}, session_attrs::any);
    round.found(expect_look_up(round).host, {"::1", "127.0.0.1"});
    round.failed(expect_attempt(round), refused("localhost:1"));
    EXPECT_EQ(round.passed_over(expect_attempt(round).where), "");
}

TEST(attempts, a_stale_primary_is_named_with_both_timelines_and_what_to_do) {
    walk round({host("a", 1, "10.0.0.1"), host("b", 2, "10.0.0.2")}, session_attrs::read_write);
    round.stale(expect_attempt(round), 1, 2, "pg_rewind it");
    EXPECT_EQ(round.passed_over(expect_attempt(round).where), "") << "told by whoever found out";
    const error alone = round.outcome();
    EXPECT_EQ(alone.message,
              "The server is a stale primary: it is on timeline 1, and timeline 2 was "
              "seen (a:1, 08001)");
    EXPECT_EQ(alone.kind, error_class::unavailable);
    EXPECT_EQ(alone.hint, "pg_rewind it");
}

TEST(attempts, a_stale_primary_beside_a_host_that_is_away_is_waited_out) {
    walk round({host("a", 1, "10.0.0.1"), host("b", 2, "10.0.0.2")}, session_attrs::read_write);
    round.stale(expect_attempt(round), 1, 2, "pg_rewind it");
    round.failed(expect_attempt(round), refused("b:2"));
    EXPECT_EQ(round.outcome().kind, error_class::retry) << "the new primary may come back";
    EXPECT_NE(round.outcome().message.find("a:1: The server is a stale primary"),
              std::string::npos);
    EXPECT_NE(round.outcome().sqlstate, "25006") << "it is no standby";
    EXPECT_TRUE(round.outcome().hint.ends_with("; a:1: pg_rewind it")) << round.outcome().hint;
}

TEST(attempts, every_kind_of_session_is_told_from_the_others) {
    const server_role primary{}, frozen{.in_recovery = false, .read_only = true},
        standby{.in_recovery = true, .read_only = true};
    struct {
        const char* name;
        bool primary, frozen, standby;
    } const table[] = {
        {"any", true, true, true},        {"read-write", true, false, false},
        {"read-only", false, true, true}, {"primary", true, true, false},
        {"standby", false, false, true},  {"prefer-standby", true, true, true},
    };
    for (const auto& row : table) {
        const session_attrs wanted = parse_session_attrs(row.name).value();
        EXPECT_EQ(to_string(wanted), row.name);
        EXPECT_EQ(accepts(wanted, primary), row.primary) << row.name;
        EXPECT_EQ(accepts(wanted, frozen), row.frozen) << row.name;
        EXPECT_EQ(accepts(wanted, standby), row.standby) << row.name;
    }
    EXPECT_EQ(parse_session_attrs("").value(), session_attrs::any);
    EXPECT_EQ(parse_session_attrs("writable").error().code, make_error_code(errc::config_invalid));
}
