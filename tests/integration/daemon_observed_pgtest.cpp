// The numbers and events of a real headspaced while things happen to it.
#include "daemon_migrating.hpp"

#include <algorithm>
#include <csignal>
#include <fstream>
#include <iterator>
#include <optional>
#include <set>
#include <sstream>

using namespace headspace;
using namespace headspace::test;
using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

namespace {

std::string page_of(daemon_process& daemon) {
    const answer page = daemon.get("/metrics");
    EXPECT_EQ(page.status, 200);
    return page.body;
}

/// The value of one sample, named with its labels as on the page.
std::optional<double> number(const std::string& page, const std::string& sample) {
    std::istringstream lines(page);
    for (std::string line; std::getline(lines, line);)
        if (line.starts_with(sample + " "))
            return std::stod(line.substr(sample.size() + 1));
    return std::nullopt;
}

std::optional<double> number(daemon_process& daemon, const std::string& sample) {
    return number(page_of(daemon), sample);
}

std::string read(const std::filesystem::path& file) {
    std::ifstream in(file);
    return {std::istreambuf_iterator<char>(in), {}};
}

/// headspacectl events, written to a file as it comes.
class follower {
public:
    follower(daemon_process& daemon, std::vector<std::string> more = {})
        : output_(daemon.folder() / "events") {
        std::vector<std::string> argv{program("headspacectl").string(), "--socket",
                                      daemon.socket().string(), "events"};
        argv.insert(argv.end(), more.begin(), more.end());
        process_options how;
        how.output = output_;
        how.without = {"HEADSPACE_*"};
        pid_ = spawn(argv, how);
        // It is there once it has seen something happen.
        EXPECT_TRUE(eventually([&] {
            (void)daemon.post("/v1/reload");
            return seen().find("reload") != std::string::npos;
        })) << seen();
    }
    [[nodiscard]] std::string seen() const { return read(output_); }
    [[nodiscard]] pid_t pid() const { return pid_; }
    int exit_status() {
        const auto status = wait_for(pid_, 60s);
        EXPECT_TRUE(status);
        return !status ? -1 : WIFEXITED(*status) ? WEXITSTATUS(*status) : 128 + WTERMSIG(*status);
    }

private:
    std::filesystem::path output_;
    pid_t pid_ = -1;
};

using observed = daemon_migrating;

} // namespace

TEST_F(observed, the_numbers_follow_migrations_and_an_outage) {
    three();
    const auto daemon = start();
    EXPECT_TRUE(eventually([&] { return number(*daemon, "headspace_migrations_pending") == 3; }));
    std::string page = page_of(*daemon);
    EXPECT_EQ(number(page, "headspace_migrations_applied"), 0);
    EXPECT_EQ(number(page, "headspace_database_up{pool=\"default\"}"), 1);
    EXPECT_GE(number(page, "headspace_connect_seconds_count{pool=\"default\"}").value_or(0), 1);
    EXPECT_GE(number(page, "headspace_queries_total{outcome=\"succeeded\"}").value_or(0), 1);
    EXPECT_EQ(number(page, "headspace_migration_runs_total{outcome=\"succeeded\"}"), 0);

    daemon->migrate("upgrade");
    EXPECT_TRUE(eventually([&] { return number(*daemon, "headspace_migrations_applied") == 3; }));
    page = page_of(*daemon);
    EXPECT_EQ(number(page, "headspace_migrations_pending"), 0);
    EXPECT_EQ(number(page, "headspace_migrations_state{state=\"current\"}"), 1);
    EXPECT_EQ(number(page, "headspace_migration_runs_total{outcome=\"succeeded\"}"), 1);
    EXPECT_EQ(number(page, "headspace_migration_duration_seconds_count"), 3);
    revision("4", "CREATE TABLE a (id int)"); // there already
    EXPECT_EQ(daemon->ctl({"db", "upgrade"}).exit_status, 5);
    EXPECT_EQ(number(*daemon, "headspace_migration_runs_total{outcome=\"failed\"}"), 1);
    // The ledger is read again after each run.
    EXPECT_TRUE(eventually([&] { return number(*daemon, "headspace_migrations_pending") == 1; }));

    cluster.stop(stop_mode::fast);
    EXPECT_TRUE(eventually([&] {
        page = page_of(*daemon);
        return number(page, "headspace_database_up{pool=\"default\"}") == 0 &&
               number(page, "headspace_connect_attempts_total{pool=\"default\",outcome=\"failed\"}")
                       .value_or(0) > 1;
    }));
    EXPECT_EQ(number(page, "headspace_database_outages_total{pool=\"default\"}"), 1);
    EXPECT_EQ(number(page, "headspace_migrations_applied"), 3) << "as last read";
    EXPECT_TRUE(eventually([&] {
        return number(*daemon, "headspace_backoff_seconds{pool=\"default\"}").value_or(0) > 0;
    }));
    cluster.start();
    EXPECT_TRUE(eventually(
        [&] { return number(*daemon, "headspace_database_up{pool=\"default\"}") == 1; }));
    EXPECT_EQ(number(*daemon, "headspace_database_outages_total{pool=\"default\"}"), 1);
}

TEST_F(observed, counters_never_fall_and_no_name_of_the_database_is_told) {
    three();
    const auto daemon = start();
    (void)daemon->get("/nonsense/path");
    (void)daemon->get("/v1/operations/17-1");
    const std::string first = page_of(*daemon);
    EXPECT_EQ(number(first, "headspace_admin_requests_total{route=\"none\",code=\"404\"}"), 1);
    EXPECT_EQ(
        number(first, "headspace_admin_requests_total{route=\"/v1/operations/{id}\",code=\"404\"}"),
        1);
    daemon->migrate("upgrade");
    const std::string second = page_of(*daemon);
    std::istringstream lines(first);
    std::set<std::string> counters;
    for (std::string line; std::getline(lines, line);) {
        if (line.starts_with("# TYPE ")) {
            std::istringstream words(line.substr(7));
            std::string name;
            std::string type;
            words >> name >> type;
            if (type != "gauge")
                counters.insert(name);
        }
        const std::string sample = line.substr(0, line.rfind(' '));
        const std::string name = sample.substr(0, sample.find('{'));
        const bool counts = std::any_of(counters.begin(), counters.end(),
                                        [&](const auto& c) { return name.starts_with(c); });
        if (counts && !line.starts_with('#')) {
            EXPECT_GE(number(second, sample).value_or(-1), number(first, sample)) << sample;
        }
    }
    EXPECT_GT(counters.size(), 10U);
    for (const std::string& secret :
         {cluster.url(), std::string("postgresql:"), home.path().string(), std::string("nonsense")})
        EXPECT_THAT(second, Not(HasSubstr(secret)));
}

TEST_F(observed, a_refused_reload_shows_until_a_good_one) {
    const auto daemon = start();
    EXPECT_EQ(number(*daemon, "headspace_config_last_reload_successful"), 1);
    const double begin =
        number(*daemon, "headspace_config_last_reload_success_timestamp_seconds").value_or(0);
    daemon->write_config("[database]\nnonsense = 1\n");
    EXPECT_EQ(daemon->ctl({"reload"}).exit_status, 3);
    EXPECT_EQ(number(*daemon, "headspace_config_last_reload_successful"), 0);
    EXPECT_EQ(number(*daemon, "headspace_config_reloads_total{outcome=\"refused\"}"), 1);
    EXPECT_EQ(number(*daemon, "headspace_config_last_reload_success_timestamp_seconds"), begin);
    daemon->write_config(config());
    EXPECT_EQ(daemon->ctl({"reload"}).exit_status, 0);
    EXPECT_EQ(number(*daemon, "headspace_config_last_reload_successful"), 1);
    EXPECT_GT(number(*daemon, "headspace_config_last_reload_success_timestamp_seconds"), begin);
}

TEST_F(observed, a_file_of_the_numbers_says_0_once_the_daemon_is_gone) {
    const auto daemon = start();
    const std::string file = (home.path() / "headspace.prom").string();
    EXPECT_EQ(daemon->ctl({"metrics", "--textfile", file}).exit_status, 0);
    EXPECT_THAT(read(file), HasSubstr("\nheadspace_up 1\n"));
    const std::string page = page_of(*daemon);
    daemon->signal(SIGTERM);
    EXPECT_EQ(daemon->wait_exit(), 0);
    EXPECT_EQ(daemon->ctl({"metrics", "--textfile", file}).exit_status, 7);
    const std::string left = read(file);
    EXPECT_TRUE(left.ends_with("\nheadspace_up 0\n")) << left;
    EXPECT_THAT(page, HasSubstr(left.substr(0, left.rfind("headspace_up 0"))))
        << "HELP and TYPE are the daemon's";
}

TEST_F(observed, events_are_followed_until_the_daemon_stops) {
    const auto daemon = start();
    follower events(*daemon);
    cluster.stop(stop_mode::immediate);
    EXPECT_TRUE(eventually([&] {
        return events.seen().find("database unavailable: ") != std::string::npos;
    })) << events.seen();
    EXPECT_THAT(events.seen(), HasSubstr("(pool_down)"));
    EXPECT_THAT(events.seen(), StartsWith("20"));
    daemon->signal(SIGTERM);
    EXPECT_EQ(events.exit_status(), 7);
    EXPECT_THAT(events.seen(), HasSubstr("headspaced has stopped"));
    EXPECT_EQ(daemon->wait_exit(), 0);
}

TEST_F(observed, events_of_a_daemon_that_is_killed_end_with_7_too) {
    const auto daemon = start();
    follower events(*daemon, {"--json"});
    EXPECT_THAT(events.seen(), StartsWith("{\"time\":"));
    daemon->signal(SIGKILL);
    EXPECT_EQ(events.exit_status(), 7);
    EXPECT_EQ(daemon->wait_exit(), 128 + SIGKILL);
}

TEST_F(observed, ctrl_c_ends_following_and_nothing_else) {
    const auto daemon = start();
    follower events(*daemon);
    ::kill(events.pid(), SIGINT);
    EXPECT_EQ(events.exit_status(), 128 + SIGINT);
    EXPECT_EQ(daemon->get("/livez").status, 200);
}
