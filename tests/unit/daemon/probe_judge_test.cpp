// From what a probe saw to findings: which step failed, and what to do.
#include "daemon/probe_judge.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

using namespace headspace;
using namespace headspace::daemon;
using namespace std::chrono_literals;
using pg::connect_stage;
using problems::finding;
using problems::verdict;
using testing::HasSubstr;

namespace {

const probe_limits limits{10, 60s, 5s, "root", false};

error refused(std::string sqlstate, std::string message = "refused", std::string hint = "do this") {
    error e = make_error(errc::database_unavailable, error_class::unavailable, std::move(message),
                         std::move(hint));
    e.sqlstate = std::move(sqlstate);
    return e;
}

pg::attempt_report lookup(std::vector<std::string> addresses) {
    return {.host = "db.example.com", .addresses = std::move(addresses)};
}

pg::attempt_report login(connect_stage reached, std::optional<error> failure = {}) {
    return {.host = "db.example.com",
            .reached = reached,
            .where = {"db.example.com", "192.0.2.1", 5432},
            .sslmode = "require",
            .failure = std::move(failure)};
}

pg::attempt_report through_socket(connect_stage reached, std::optional<error> failure = {}) {
    return {.host = "/run/postgresql",
            .reached = reached,
            .where = {"/run/postgresql", "", 5432},
            .sslmode = "prefer",
            .failure = std::move(failure)};
}

/// A database where everything is as it should be.
probe_facts well() {
    probe_facts facts;
    config::host_entry host;
    host.host = "db.example.com";
    facts.pooled.target.hosts = {host};
    facts.pooled.target.user = "app";
    facts.pooled.target.database = "shop";
    facts.pooled.sslmode = "require";
    facts.pooled.attempts = {lookup({"192.0.2.1"}), login(connect_stage::session)};
    facts.pooled.server.version_text = "15.14 (Debian)";
    facts.pooled.server.tls = true;
    facts.pooled.server.tls_version = "TLSv1.3";
    facts.budget = connection_budget{100, 3, 2, 1};
    probed_role role;
    role.name = "app";
    role.createdb = role.signals = true;
    facts.role = role;
    migrate::server_view view;
    view.role = "app";
    view.database = "shop";
    view.ledger_exists = view.schema_exists = view.may_create_schema = view.may_use_schema = true;
    view.may_create_in_schema = view.may_read = view.may_write = true;
    facts.view = view;
    facts.locks = probed_locks{};
    migrate::migration_status migrations;
    migrations.state = health::migrations_state::current;
    facts.migrations = migrations;
    return facts;
}

/// A way that ended with this.
probe_facts stopped(std::vector<pg::attempt_report> attempts) {
    probe_facts facts;
    facts.pooled = well().pooled;
    facts.pooled.failure = attempts.back().failure;
    facts.pooled.attempts = std::move(attempts);
    return facts;
}

finding named(const std::vector<finding>& all, const std::string& name) {
    const auto found =
        std::find_if(all.begin(), all.end(), [&](const finding& f) { return f.name == name; });
    return found == all.end() ? finding{"no " + name, verdict::fail, "", "", ""} : *found;
}

migrate::lock_holder somebody() {
    migrate::lock_holder h;
    h.pid = 4711;
    h.application_name = "psql";
    return h;
}

} // namespace

TEST(probe_judge, nothing_is_wrong_where_everything_is_well) {
    const auto all = judge(well(), limits);
    EXPECT_EQ(problems::worst_of(all), verdict::ok);
    for (const char* name :
         {"configuration", "dns", "tcp", "tls", "authentication", "server", "rights", "createdb",
          "max_connections", "locks", "migrations", "clock"})
        EXPECT_EQ(named(all, name).how, verdict::ok) << name;
    EXPECT_THAT(named(all, "tls").text, HasSubstr("TLSv1.3"));
    EXPECT_THAT(named(all, "tls").remedy, HasSubstr("verify-full"));
}

TEST(probe_judge, a_name_that_does_not_resolve_stops_at_dns) {
    auto failed = lookup({});
    failed.failure = refused("08001", "cannot resolve");
    const auto all = judge(stopped({failed}), limits);
    EXPECT_EQ(named(all, "dns").how, verdict::fail);
    EXPECT_EQ(named(all, "tls").how, verdict::skipped);
    EXPECT_EQ(named(all, "authentication").how, verdict::skipped);
    EXPECT_EQ(named(all, "rights").how, verdict::skipped);
}

TEST(probe_judge, a_port_where_nobody_listens_stops_at_tcp) {
    const auto all =
        judge(stopped({lookup({"192.0.2.1"}), login(connect_stage::transport, refused("08001"))}),
              limits);
    EXPECT_EQ(named(all, "dns").how, verdict::ok);
    EXPECT_EQ(named(all, "tcp").how, verdict::fail);
    EXPECT_EQ(named(all, "tcp").remedy, "do this");
    EXPECT_EQ(named(all, "authentication").how, verdict::skipped);
}

TEST(probe_judge, a_server_without_tls_stops_there_and_not_at_tcp) {
    const auto all = judge(
        stopped({lookup({"192.0.2.1"}), login(connect_stage::tls, refused("08001"))}), limits);
    EXPECT_EQ(named(all, "tcp").how, verdict::ok);
    EXPECT_EQ(named(all, "tls").how, verdict::fail);
    EXPECT_EQ(named(all, "authentication").how, verdict::skipped);
}

TEST(probe_judge, a_wrong_password_stops_at_authentication) {
    const auto all = judge(
        stopped({lookup({"192.0.2.1"}), login(connect_stage::login, refused("28P01"))}), limits);
    EXPECT_EQ(named(all, "tcp").how, verdict::ok);
    EXPECT_EQ(named(all, "authentication").how, verdict::fail);
    EXPECT_EQ(named(all, "authentication").sqlstate, "28P01");
}

TEST(probe_judge, the_last_try_at_an_address_counts) {
    probe_facts facts = well();
    facts.pooled.attempts = {lookup({"192.0.2.1"}), login(connect_stage::tls, refused("08001")),
                             login(connect_stage::session)};
    facts.pooled.server.tls = false;
    facts.pooled.sslmode = "prefer";
    const auto all = judge(facts, limits);
    EXPECT_EQ(named(all, "authentication").how, verdict::ok);
    EXPECT_EQ(named(all, "tls").how, verdict::warn) << "in clear over the internet";
}

TEST(probe_judge, a_socket_names_the_user_that_probes) {
    const auto all = judge(
        stopped({through_socket(connect_stage::login, refused("28000", "peer failed"))}), limits);
    EXPECT_EQ(named(all, "socket").how, verdict::ok);
    EXPECT_THAT(named(all, "authentication").text, HasSubstr("runs as the user root"));
}

TEST(probe_judge, a_database_that_the_daemon_makes_itself_is_no_failure) {
    probe_limits test = limits;
    test.creates_database = true;
    const auto facts =
        stopped({lookup({"192.0.2.1"}), login(connect_stage::login, refused("3D000"))});
    EXPECT_EQ(named(judge(facts, test), "authentication").how, verdict::warn);
    EXPECT_EQ(named(judge(facts, limits), "authentication").how, verdict::fail);
}

TEST(probe_judge, only_standbys_are_a_failure_though_every_login_worked) {
    probe_facts facts = well();
    facts.pooled.failure = refused("25006", "only standbys answer");
    const auto all = judge(facts, limits);
    EXPECT_EQ(problems::worst_of(all), verdict::fail);
}

TEST(probe_judge, a_standby_and_a_pooler_are_warned_of) {
    probe_facts facts = well();
    facts.pooled.server.in_recovery = true;
    facts.pooled.server.pooler = true;
    const auto all = judge(facts, limits);
    EXPECT_EQ(named(all, "server").how, verdict::warn);
    EXPECT_EQ(named(all, "pooler").how, verdict::warn);
    EXPECT_THAT(named(all, "pooler").remedy, HasSubstr("migrations.url"));
}

TEST(probe_judge, missing_rights_come_with_the_grant) {
    probe_facts facts = well();
    migrate::server_view view;
    view.role = "app";
    view.database = "shop";
    facts.view = view;
    const finding rights = named(judge(facts, limits), "rights");
    EXPECT_EQ(rights.how, verdict::fail);
    EXPECT_THAT(rights.remedy, HasSubstr("GRANT CREATE ON DATABASE"));
    EXPECT_EQ(rights.sqlstate, "42501");
}

TEST(probe_judge, rights_that_are_optional_are_told_but_are_no_finding) {
    probe_facts facts = well();
    (*facts.role)->createdb = (*facts.role)->signals = false;
    const auto all = judge(facts, limits);
    EXPECT_EQ(problems::worst_of(all), verdict::ok);
    EXPECT_THAT(named(all, "createdb").remedy, HasSubstr("ALTER ROLE \"app\" CREATEDB"));
    EXPECT_THAT(named(all, "signals").remedy, HasSubstr("pg_signal_backend"));
}

TEST(probe_judge, a_pool_that_does_not_fit_says_what_would) {
    probe_facts facts = well();
    facts.budget = connection_budget{10, 3, 5, 1};
    facts.shares = {{"web", 4}, {"", 1}};
    const finding budget = named(judge(facts, limits), "max_connections");
    EXPECT_EQ(budget.how, verdict::warn);
    EXPECT_THAT(budget.text, HasSubstr("3 of 10 free"));
    EXPECT_THAT(budget.text, HasSubstr("web 4, (no name) 1"));
    EXPECT_THAT(budget.remedy, HasSubstr("lower database.pool_size to 3"));
    EXPECT_THAT(budget.remedy, HasSubstr("max_connections = 17"));
}

TEST(probe_judge, limits_of_the_role_and_of_the_database_count_too) {
    probe_facts facts = well();
    (*facts.role)->limit = 4;
    auto all = judge(facts, limits);
    EXPECT_EQ(problems::worst_of(all), verdict::warn);
    (*facts.role)->limit = -1;
    (*facts.role)->database_limit = 4;
    all = judge(facts, limits);
    EXPECT_EQ(problems::worst_of(all), verdict::warn);
}

TEST(probe_judge, who_holds_locks_is_named_with_the_way_to_end_it) {
    probe_facts facts = well();
    probed_locks locks;
    locks.migrating = somebody();
    locks.longest.push_back({somebody(), 90s, 2});
    locks.blocking.push_back(somebody());
    facts.locks = locks;
    const auto all = judge(facts, limits);
    EXPECT_EQ(std::count_if(all.begin(), all.end(),
                            [](const finding& f) {
                                return f.name == "locks" && f.how == verdict::warn &&
                                       f.text.find("pid 4711") != std::string::npos &&
                                       f.remedy.find("pg_terminate_backend(4711)") !=
                                           std::string::npos;
                            }),
              3);
}

TEST(probe_judge, clocks_that_differ_are_told_unless_the_answer_took_as_long) {
    probe_facts facts = well();
    (*facts.role)->clock_ahead = -30s;
    EXPECT_EQ(named(judge(facts, limits), "clock").how, verdict::warn);
    EXPECT_THAT(named(judge(facts, limits), "clock").text, HasSubstr("behind"));
    (*facts.role)->round_trip = 40s;
    EXPECT_EQ(named(judge(facts, limits), "clock").how, verdict::ok);
}

TEST(probe_judge, pending_and_refused_migrations_are_findings) {
    probe_facts facts = well();
    facts.migrations->state = health::migrations_state::pending;
    facts.migrations->pending.resize(2);
    EXPECT_EQ(named(judge(facts, limits), "migrations").how, verdict::warn);
    facts.migrations->state = health::migrations_state::refused;
    facts.migrations->problem = make_error(errc::edited_revision, error_class::refuse, "edited");
    EXPECT_EQ(named(judge(facts, limits), "migrations").how, verdict::fail);
}

TEST(probe_judge, what_could_not_be_asked_is_a_warning_and_not_silence) {
    probe_facts facts = well();
    facts.budget = refused("57014");
    facts.view = refused("57014");
    facts.locks = refused("57014");
    const auto all = judge(facts, limits);
    for (const char* name : {"max_connections", "rights", "locks"})
        EXPECT_EQ(named(all, name).how, verdict::warn) << name;
}

TEST(probe_judge, the_embedded_server_is_not_looked_for_without_its_daemon) {
    probe_facts facts;
    facts.embedded_away = true;
    const auto all = judge(facts, limits);
    EXPECT_EQ(named(all, "database").how, verdict::skipped);
    EXPECT_LE(problems::worst_of(all), verdict::skipped);
}

TEST(probe_judge, migrations_with_a_way_of_their_own_are_told_apart) {
    probe_facts facts = well();
    facts.migrating =
        stopped({lookup({"192.0.2.1"}), login(connect_stage::login, refused("28P01"))}).pooled;
    const auto all = judge(facts, limits);
    EXPECT_EQ(named(all, "authentication").how, verdict::ok);
    EXPECT_EQ(named(all, "migrations authentication").how, verdict::fail);
}
