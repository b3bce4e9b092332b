// doctor: what headspacectl finds out itself, and how it puts the probe's findings beside it.
#include "base/version.hpp"
#include "ctl/doctor_findings.hpp"
#include "scripted_daemon.hpp"
#include "support/temp_directory.hpp"

#include <boost/json.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

using namespace headspace;
using namespace headspace::ctl;
using namespace headspace::ctl::testing;
using problems::verdict;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

namespace {

std::string version_answer(const std::string& theirs = std::string(headspace::version)) {
    return R"({"version":")" + theirs + R"("})";
}

const std::string all_well =
    R"({"version":"1","target":"postgresql://app@h/x","status":"ok","checks":[
        {"name":"dns","status":"ok","text":"h is 10.0.0.1"}]})";
const std::string refused =
    R"({"version":"1","target":"postgresql://app@h/x","status":"fail","checks":[
        {"name":"dns","status":"ok","text":"h is 10.0.0.1"},
        {"name":"authentication","status":"fail","text":"Password rejected","remedy":"check the password",
         "sqlstate":"28P01"},
        {"name":"rights","status":"skipped","text":"there is no connection"}]})";

} // namespace

TEST(doctor, a_daemon_that_answers_probes_itself) {
    invocation call;
    call.answers["GET /v1/version"] = {{200, version_answer()}};
    call.answers["GET /v1/status"] = {{200, "{}"}};
    call.answers["POST /v1/probe"] = {{200, all_well}};
    EXPECT_EQ(call.run({"doctor"}).exit, 0);
    EXPECT_THAT(call.out, HasSubstr("ok  dns     h is 10.0.0.1\n"));
    EXPECT_THAT(call.out, HasSubstr("nothing is wrong\n"));
    EXPECT_TRUE(call.ran.empty());
}

TEST(doctor, a_finding_exits_1_and_stands_there_with_its_remedy) {
    invocation call;
    call.answers["GET /v1/version"] = {{200, version_answer()}};
    call.answers["POST /v1/probe"] = {{200, refused}};
    EXPECT_EQ(call.run({"doctor"}).exit, 1);
    EXPECT_THAT(call.out, HasSubstr("fail     authentication  Password rejected\n"
                                    "                         -> check the password\n"));
    EXPECT_THAT(call.out, HasSubstr("1 failed, 0 warnings\n"));
}

TEST(doctor, without_the_daemon_headspaced_probes) {
    invocation call;
    call.no_daemon = errc::daemon_unreachable;
    call.programs["headspaced"] = {0, all_well, ""};
    EXPECT_EQ(call.run({"--config", "/etc/x.toml", "doctor", "--env-file", "x.env"}).exit, 1);
    EXPECT_THAT(call.ran.front(), ElementsAre("headspaced", "--probe", "--config", "/etc/x.toml",
                                              "--env-file", "x.env"));
    EXPECT_THAT(call.out, HasSubstr("fail  daemon  scripted refusal\n"
                                    "              -> do this\n"));
    EXPECT_THAT(call.out, HasSubstr("dns     h is 10.0.0.1"));
}

TEST(doctor, an_instance_is_probed_by_its_own_configuration) {
    invocation call;
    call.no_daemon = errc::daemon_unreachable;
    call.programs["headspaced"] = {0, all_well, ""};
    call.run({"--instance", "shop", "doctor"});
    EXPECT_THAT(call.ran.front(),
                ElementsAre("headspaced", "--probe", "--config", "/etc/headspace/shop.toml"));
}

TEST(doctor, a_socket_that_may_not_be_opened_is_a_finding_of_its_own) {
    invocation call;
    call.no_daemon = errc::socket_permission;
    call.programs["headspaced"] = {0, all_well, ""};
    EXPECT_EQ(call.run({"doctor"}).exit, 1);
    EXPECT_THAT(call.out, HasSubstr("fail  socket  scripted refusal\n"));
}

TEST(doctor, a_program_that_is_missing_or_says_nothing_is_a_finding_too) {
    invocation call;
    call.no_daemon = errc::daemon_unreachable;
    EXPECT_EQ(call.run({"doctor"}).exit, 1);
    EXPECT_THAT(call.out, HasSubstr("fail  probe   headspaced was not found\n"));
    call.programs["headspaced"] = {1, "", "headspaced: unknown option --probe"};
    EXPECT_EQ(call.run({"doctor"}).exit, 1);
    EXPECT_THAT(call.out, HasSubstr("headspaced --probe ended with 1 and no answer"));
}

TEST(doctor, a_daemon_that_may_not_be_asked_to_probe_is_replaced_by_the_program) {
    invocation call;
    call.answers["GET /v1/version"] = {{200, version_answer()}};
    call.answers["POST /v1/probe"] = {
        {403,
         R"({"code":"not-operator","detail":"only operators","hint":"sudo"})",
         "application/problem+json",
         {}}};
    call.programs["headspaced"] = {0, all_well, ""};
    EXPECT_EQ(call.run({"doctor"}).exit, 1);
    EXPECT_THAT(call.out, HasSubstr("the daemon does not probe: only operators"));
    EXPECT_THAT(call.out, HasSubstr("h is 10.0.0.1"));
}

TEST(doctor, another_version_of_the_daemon_is_a_warning) {
    EXPECT_EQ(judge_versions("0.2.0", "0.2.0").how, verdict::ok);
    const auto skew = judge_versions("0.2.0", "0.1.0");
    EXPECT_EQ(skew.how, verdict::warn);
    EXPECT_THAT(skew.text, HasSubstr("headspaced is 0.1.0, headspacectl is 0.2.0"));
}

TEST(doctor, the_socket_says_who_may_use_it) {
    const socket_file file{"/run/headspace/admin.sock", 0660, "root", "headspace"};
    const auto usual = judge_socket(file.path, file);
    EXPECT_EQ(usual.how, verdict::ok);
    EXPECT_EQ(usual.text, "/run/headspace/admin.sock (mode 0660, root:headspace): root and the "
                          "group headspace may use it");
    socket_file open = file;
    open.mode = 0666;
    EXPECT_EQ(judge_socket(open.path, open).how, verdict::warn);
}

TEST(doctor, a_refused_reload_and_crashes_are_warned_of) {
    const auto found = judge_status(boost::json::parse(
        R"({"last_reload":{"ok":false,"error":"x.toml:3:1: unknown key"},"crashes":2,
            "started":"2026-11-21T10:00:00.000Z"})"));
    ASSERT_EQ(found.size(), 2U);
    EXPECT_THAT(found[0].text, HasSubstr("x.toml:3:1: unknown key"));
    EXPECT_THAT(found[1].text, HasSubstr("crashed 2 times"));
    EXPECT_TRUE(judge_status(boost::json::parse(R"({"last_reload":{"ok":true}})")).empty());
}

TEST(doctor, the_unit_is_told_where_systemd_knows_it) {
    EXPECT_FALSE(judge_unit("headspaced.service", "LoadState=not-found\nActiveState=inactive\n"));
    const auto active =
        judge_unit("headspaced.service", "LoadState=loaded\nActiveState=active\nSubState=running\n"
                                         "NRestarts=0\nStatusText=Ready\n");
    ASSERT_TRUE(active);
    EXPECT_EQ(active->how, verdict::ok);
    EXPECT_EQ(active->text, "headspaced.service is active (running): Ready");
    const auto broken =
        judge_unit("headspaced.service", "LoadState=loaded\nActiveState=failed\nSubState=failed\n"
                                         "Result=exit-code\nExecMainStatus=78\nNRestarts=0\n");
    ASSERT_TRUE(broken);
    EXPECT_EQ(broken->how, verdict::fail);
    EXPECT_THAT(broken->remedy, HasSubstr("--check-config"));
}

TEST(doctor, the_unit_is_asked_for_only_under_systemd) {
    invocation call;
    call.no_daemon = errc::daemon_unreachable;
    call.programs["headspaced"] = {0, all_well, ""};
    call.programs["systemctl"] = {0, "LoadState=loaded\nActiveState=inactive\nSubState=dead\n", ""};
    call.run({"doctor"});
    EXPECT_EQ(call.ran.size(), 1U);
    call.systemd = true;
    call.run({"doctor"});
    EXPECT_THAT(call.out, HasSubstr("headspaced.service is inactive (dead)"));
}

TEST(doctor, the_credentials_of_a_unit_are_those_with_a_file) {
    const std::string unit = "# LoadCredential=no:/comment\n[Service]\n"
                             "LoadCredential=database_password:/etc/headspace/%i.password\n"
                             "LoadCredential=other:name-of-a-store\n"
                             "SetCredential=database_password:\\n\n";
    EXPECT_EQ(
        credentials_of(unit, "blue"),
        (std::vector<unit_credential>{{"database_password", "/etc/headspace/blue.password"}}));
    EXPECT_EQ(credentials_of(unit + "LoadCredential=database_password:/elsewhere\n", "blue"),
              (std::vector<unit_credential>{{"database_password", "/elsewhere"}}))
        << "a drop-in";
    EXPECT_TRUE(credentials_of(unit + "LoadCredential=\n", "blue").empty());
}

TEST(doctor, without_the_daemon_it_asks_with_the_units_credential) {
    const test::temp_directory home("hdc");
    test::write_file(home.path() / "password", "s3cret\n");
    invocation call;
    call.no_daemon = errc::daemon_unreachable;
    call.systemd = true;
    call.programs["env"] = {0, all_well, ""};
    call.programs["systemctl"] = {0,
                                  "LoadState=loaded\nActiveState=inactive\nLoadCredential="
                                  "database_password:" +
                                      (home.path() / "password").string() + "\n",
                                  ""};
    call.run({"doctor"});
    ASSERT_EQ(call.ran.size(), 3U);
    const auto& argv = call.ran.back();
    EXPECT_EQ(argv[0], "env");
    EXPECT_THAT(argv[1], ::testing::StartsWith("CREDENTIALS_DIRECTORY=/"));
    EXPECT_EQ(argv[2], "headspaced");
    EXPECT_FALSE(std::filesystem::exists(argv[1].substr(argv[1].find('=') + 1)))
        << "gone when it has answered";
    EXPECT_THAT(call.out, HasSubstr("database_password from"));

    call.programs["headspaced"] = {0, all_well, ""};
    call.run({"doctor", "--config", "/etc/other.toml"});
    EXPECT_EQ(call.ran.back().front(), "headspaced") << "that is not the unit's configuration";
}

TEST(doctor, a_credential_that_may_not_be_read_excuses_the_password) {
    const auto away = judge_credentials("u.service", {{"database_password", "/p", false, false}});
    ASSERT_EQ(away.size(), 1U);
    EXPECT_EQ(away[0].how, verdict::ok);
    EXPECT_THAT(away[0].text, HasSubstr("/p, which is not there"));
    const auto closed = judge_credentials("u.service", {{"database_password", "/p", true, false}});
    ASSERT_EQ(closed.size(), 1U);
    EXPECT_EQ(closed[0].how, verdict::warn);
    EXPECT_THAT(closed[0].text, HasSubstr("which you may not read"));
    EXPECT_THAT(closed[0].remedy, HasSubstr("sudo headspacectl doctor"));

    findings found{
        {"authentication", verdict::fail, "Password authentication failed", "set it", "28P01"},
        {"tcp", verdict::fail, "Connection refused", "start it", "08001"}};
    excuse_authentication(found, "u.service");
    EXPECT_EQ(found[0].how, verdict::warn);
    EXPECT_THAT(found[0].text, HasSubstr("without the credential of u.service"));
    EXPECT_EQ(found[1].how, verdict::fail) << "that has other reasons";
}

TEST(doctor, a_stale_primary_is_a_warning) {
    const auto found = judge_status(boost::json::parse(
        R"({"stale_primaries":[{"host":"db1:5432","timeline":1,"highest":2}]})"));
    ASSERT_EQ(found.size(), 1U);
    EXPECT_THAT(found[0].text, HasSubstr("db1:5432 is a stale primary"));
}

TEST(doctor, json_is_one_object_with_all_checks) {
    invocation call;
    call.answers["GET /v1/version"] = {{200, version_answer()}};
    call.answers["POST /v1/probe"] = {{200, refused}};
    EXPECT_EQ(call.run({"doctor", "--json"}).exit, 1);
    const auto body = boost::json::parse(call.out);
    EXPECT_EQ(body.at("status"), "fail");
    const auto& checks = body.at("checks").as_array();
    EXPECT_EQ(checks.front().at("name"), "socket");
    EXPECT_EQ(checks[checks.size() - 2].at("sqlstate"), "28P01");
}

TEST(doctor, what_a_server_said_does_not_steer_the_terminal) {
    const findings hostile{{"locks", verdict::warn, "held by \x1b]0;title\x07 me"}};
    EXPECT_THAT(render_findings(hostile, {}), Not(HasSubstr("\x1b")));
}
