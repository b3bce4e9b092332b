// A day of faults in ten minutes, in an order that a seed gives. HEADSPACE_SOAK_SECONDS (600) is
// how long, HEADSPACE_SOAK_SEED (the time of day) repeats a run.
#include "soak/accounts.hpp"
#include "soak/bystander.hpp"
#include "soak/faults.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <future>
#include <map>
#include <random>
#include <utility>
#include <vector>

using namespace headspace;
using namespace headspace::soak;
using namespace headspace::test;

namespace {

unsigned long number_from(const char* variable, unsigned long otherwise) {
    const char* text = std::getenv(variable);
    return text == nullptr ? otherwise : std::strtoul(text, nullptr, 10);
}

double seconds_since(time_point begin) {
    return std::chrono::duration<double>(clock::now() - begin).count();
}

struct figures {
    int rounds = 0;
    double noticed = 0, healed = 0, slowest_heal = 0; // seconds
};

class a_day {
public:
    a_day(world& w, unsigned long seed) : world_(w), bystander_(w), random_(seed) {
        const std::unique_lock alone(world_.quiet);
        at_start_ = what_is_held(world_);
    }

    void live(duration length) {
        const time_point until = clock::now() + length;
        std::vector<const fault*> bag;
        while (clock::now() < until && !testing::Test::HasFailure()) {
            if (bag.empty()) {
                for (const fault& f : every_fault())
                    bag.push_back(&f);
                std::shuffle(bag.begin(), bag.end(), random_);
            }
            const fault& next = *bag.back();
            bag.pop_back();
            SCOPED_TRACE(std::string(next.name));
            round(next);
        }
        finish();
    }

    void report() const {
        std::printf("%-45s %6s %10s %10s %10s\n", "fault", "times", "noticed s", "healed s",
                    "slowest s");
        for (const auto& [name, f] : figures_)
            std::printf("%-45s %6d %10.2f %10.2f %10.2f\n", name.c_str(), f.rounds,
                        f.noticed / f.rounds, f.healed / f.rounds, f.slowest_heal);
        std::printf("%llu questions; migrations: %d runs, %d of them to their end; resident %zu "
                    "KiB at the start, %zu at the end\n",
                    static_cast<unsigned long long>(bystander_.asked()), runs_, complete_runs_,
                    at_start_.resident, at_end_.resident);
    }

private:
    int up_to(int most) { return std::uniform_int_distribution(0, most)(random_); }

    /// `headspacectl db ...` beside the fault, in about half of the rounds: up to the last revision
    /// in small steps, and from there all the way down.
    std::future<process_outcome> maybe_migrate() {
        if (up_to(1) == 0)
            return {};
        const int applied =
            world_.value("SELECT to_regclass('headspace.migrations') IS NULL") == "t"
                ? 0
                : std::stoi(world_.value("SELECT count(*) FROM headspace.migrations"));
        const int choice = up_to(2);
        std::vector<std::string> verb{"upgrade", choice == 1 ? "+3" : "+1"};
        if (applied + 3 > revisions)
            verb = {"downgrade", "base"};
        else if (choice == 2 && applied > 1)
            verb = {"downgrade", "-1"};
        const std::string socket = world_.daemon.socket().string();
        return std::async(std::launch::async, [verb, socket] {
            return run(
                {program("headspacectl").string(), "--socket", socket, "db", verb[0], verb[1]});
        });
    }

    void round(const fault& f) {
        figures& of = figures_[std::string(f.name)];
        ++of.rounds;
        std::future<process_outcome> migration = maybe_migrate();
        std::this_thread::sleep_for(std::chrono::milliseconds(up_to(60)));
        time_point begin = clock::now();
        f.begin(world_);
        if (f.what == effect::outage) {
            ASSERT_TRUE(eventually([&] { return says("disconnected"); }, 60s)) << world_.log();
            of.noticed += seconds_since(begin);
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(up_to(1500)));
        begin = clock::now();
        f.end(world_);
        ASSERT_TRUE(eventually([&] { return says("connected") && answers(); }, 60s))
            << world_.log();
        const double took = seconds_since(begin);
        of.healed += took;
        of.slowest_heal = std::max(of.slowest_heal, took);
        if (migration.valid())
            look_at(migration.get());
        settle(f);
    }

    bool says(const char* state) {
        return world_.daemon.health().at("database").as_string() == state;
    }
    bool answers() { return world_.daemon.get("/health/db").status == 200; }

    /// Any outcome but an unreachable daemon that nobody killed, and a crash.
    void look_at(const process_outcome& outcome) {
        ++runs_;
        complete_runs_ += outcome.exit_status == 0 ? 1 : 0;
        EXPECT_LE(outcome.exit_status, 7) << outcome.output;
        EXPECT_NE(outcome.exit_status, 2) << outcome.output;
        EXPECT_EQ(outcome.output.find(std::string(canary)), std::string::npos);
    }

    void settle(const fault& f) {
        EXPECT_EQ(bystander_.complaint(), "");
        const std::unique_lock alone(world_.quiet);
        EXPECT_TRUE(is_running(world_.daemon.pid()));
        ASSERT_TRUE(eventually([&] { return !migrates(); })) << world_.log();
        const holdings now = what_is_held(world_);
        EXPECT_EQ(now.backends, now.connections)
            << world_.value("SELECT string_agg(concat_ws(' ', pid, client_port, backend_start, "
                            "state, wait_event, query), E'\\n') FROM pg_stat_activity WHERE "
                            "usename = 'app'")
            << "\n"
            << world_.log();
        // A life's first look counts; what is opened when it is first needed may come on top.
        if (std::exchange(life_, world_.lives()) != world_.lives())
            descriptors_ = now.descriptors;
        EXPECT_LE(now.descriptors, descriptors_ + 3) << "descriptors leaked";
        EXPECT_TRUE(eventually([&] {
            return world_.value("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'") == "0";
        })) << "an advisory lock is left";
        EXPECT_EQ(check_migrations(world_), "") << world_.log();
        EXPECT_EQ(check_log(world_.log(), true), "") << f.name << "\n" << world_.log();
        at_end_ = now;
    }

    bool migrates() {
        return world_.daemon.health().at("checks").at("migrations").as_string() == "running";
    }

    /// All migrations are applied in the end, each once.
    void finish() {
        if (testing::Test::HasFailure())
            return;
        const process_outcome up = world_.daemon.ctl({"db", "upgrade"});
        EXPECT_EQ(up.exit_status, 0) << up.output;
        EXPECT_EQ(world_.value("SELECT count(*) || ' ' || count(DISTINCT revision) FROM marks"),
                  std::to_string(revisions) + " " + std::to_string(revisions));
        EXPECT_EQ(world_.value("SELECT count(*) FROM headspace.migrations WHERE state = 'applied'"),
                  std::to_string(revisions));
        EXPECT_EQ(check_migrations(world_), "");
    }

    world& world_;
    bystander bystander_;
    std::mt19937_64 random_;
    holdings at_start_, at_end_;
    std::size_t descriptors_ = 0;
    int life_ = 0;
    std::map<std::string, figures> figures_;
    int runs_ = 0, complete_runs_ = 0;
};

} // namespace

TEST(soak, a_day_of_faults_leaves_nothing_behind) {
    const unsigned long seed =
        number_from("HEADSPACE_SOAK_SEED", static_cast<unsigned long>(std::time(nullptr)));
    const std::chrono::seconds length(number_from("HEADSPACE_SOAK_SECONDS", 600));
    std::printf("HEADSPACE_SOAK_SEED=%lu for %lld s\n", seed,
                static_cast<long long>(length.count()));
    std::fflush(stdout);
    world w;
    a_day day(w, seed);
    day.live(length);
    day.report();
}
