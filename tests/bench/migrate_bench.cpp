// 1,000 one-statement migrations by the runner beside psql with the same statements, ledger rows
// and commits, Alembic and sqitch: in the same run, on the same server, a fresh database each.
// `ratio` is the runner's time in times of psql's. The tables that are printed hold medians.
#include "bench/other_tools.hpp"
#include "bench/seconds_of.hpp"
#include "integration/migrate_world.hpp"
#include "migrate/ledger_sql.hpp"

#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <functional>
#include <stdexcept>

namespace {

using namespace headspace;
using namespace headspace::test;
using namespace headspace::bench;

constexpr std::size_t migrations = 1000;
// sqitch is given fewer: it starts a psql for each.
constexpr std::size_t sqitch_changes = 100;

std::vector<std::string> statements() {
    std::vector<std::string> all;
    for (std::size_t i = 0; i < migrations; ++i)
        all.push_back("CREATE TABLE t" + std::to_string(i) +
                      " (id bigint PRIMARY KEY, name text NOT NULL)");
    return all;
}

std::string number(std::size_t i) {
    return std::to_string(20260101000000ULL + i);
}

void write_revisions(const migrate_world& world) {
    std::size_t i = 0;
    for (const std::string& statement : statements())
        world.write(number(i++) + "_r.sql", "-- migrate:up\n" + statement + ";\n-- migrate:down\n");
}

// The rows that the runner writes, after its own schema exists.
void write_script(const std::filesystem::path& file) {
    std::ofstream out(file);
    out << migrate::sql::create_ledger(true) << ";\n";
    std::size_t i = 0;
    for (const std::string& statement : statements()) {
        migrate::planned_step step;
        step.revision = number(i);
        if (i > 0)
            step.parents = {number(i - 1)};
        step.message = "r";
        step.file = number(i) + "_r.sql";
        step.checksum = std::string(64, '0');
        step.up_text = "-- migrate:up\n" + statement + ";\n";
        step.down_text = "-- migrate:down\n";
        out << "BEGIN;\n"
            << statement << ";\n"
            << migrate::sql::record_applied(step, {"0123456789abcdef", "me@here"},
                                            std::chrono::milliseconds(1))
            << ";\nCOMMIT;\n";
        ++i;
    }
}

double seconds_since(time_point start) {
    return std::chrono::duration<double>(clock::now() - start).count();
}

double seconds_of_upgrade(migrate_world& world, const std::string& url, std::size_t expected) {
    const time_point start = clock::now();
    const auto upgraded = world.run(upgrade_to("head"), url, std::chrono::minutes(10));
    const double took = seconds_since(start);
    if (upgraded.has_error() || upgraded->done.size() != expected)
        throw std::runtime_error(outcome_text(upgraded));
    return took;
}

struct contestant {
    std::string name;
    std::string counter;
    std::function<double(const std::string& url)> apply; // seconds for all migrations
    std::vector<double> seconds = {};
};

class contest {
public:
    explicit contest(bool durable);

    void round();
    void report(benchmark::State& state) const;

private:
    void add_psql();
    void add_alembic();
    void add_sqitch();
    void take_part(contestant& who);
    [[nodiscard]] double of(std::string_view counter) const;

    bool durable_;
    migrate_world world_;
    temp_directory tools_;
    std::optional<alembic_environment> alembic_;
    std::optional<sqitch_project> sqitch_;
    std::vector<contestant> all_;
    std::vector<double> sqitch_each_; // seconds of one change, without what a deploy costs anyway
    std::size_t rounds_ = 0;
};

cluster_options server(bool durable) {
    cluster_options options;
    options.settings = {{"fsync", durable ? "on" : "off"},
                        {"synchronous_commit", durable ? "on" : "off"},
                        // Alembic's default holds the locks of all 1,000 tables at once.
                        {"max_locks_per_transaction", "256"}};
    return options;
}

contest::contest(bool durable) : durable_(durable), world_(server(durable)) {
    write_revisions(world_);
    add_psql();
    all_.push_back({"Headspace", "runner_s", [this](const std::string& url) {
                        return seconds_of_upgrade(world_, url, migrations);
                    }});
    add_alembic();
    add_sqitch();
}

void contest::add_psql() {
    const auto script = world_.home.path() / "all.sql";
    write_script(script);
    all_.push_back({"psql, the same statements, ledger rows and commits", "psql_s",
                    [script](const std::string& url) {
                        return seconds_of({(postgres_bindir() / "psql").string(), "-X", "-q", "-v",
                                           "ON_ERROR_STOP=1", "-f", script.string(), url});
                    }});
}

void contest::add_alembic() {
    const auto version = alembic_environment::version();
    if (!version) {
        std::fputs("ran without Alembic: packaging/install-deps bench installs it\n", stderr);
        return;
    }
    using transactions = alembic_environment::transactions;
    alembic_.emplace(tools_.path() / "alembic", statements());
    all_.push_back({"Alembic " + *version + ", a transaction for each migration", "alembic_each_s",
                    [this](const std::string& url) {
                        return alembic_->upgrade(url, transactions::one_each);
                    }});
    all_.push_back({"Alembic " + *version + ", its default: one transaction for all",
                    "alembic_default_s", [this](const std::string& url) {
                        return alembic_->upgrade(url, transactions::one_for_all);
                    }});
}

void contest::add_sqitch() {
    const auto version = sqitch_project::version();
    if (!version) {
        std::fputs("ran without sqitch: packaging/install-deps bench installs it\n", stderr);
        return;
    }
    sqitch_.emplace(tools_.path() / "sqitch", statements());
    all_.push_back({*version + ", reckoned from " + std::to_string(sqitch_changes) +
                        " of the 1,000 changes (it starts a psql for each)",
                    "sqitch_s", [this](const std::string& url) {
                        const double first = sqitch_->deploy(url, 0); // makes its registry
                        const double some = sqitch_->deploy(url, sqitch_changes);
                        const double nothing = sqitch_->deploy(url, sqitch_changes);
                        const double each = (some - nothing) / sqitch_changes;
                        sqitch_each_.push_back(each);
                        return first + each * (migrations - 1);
                    }});
}

void contest::take_part(contestant& who) {
    const std::string name = "contest";
    world_.cluster.create_database(name);
    world_.cluster.sql("postgres", "CHECKPOINT");
    who.seconds.push_back(who.apply(world_.cluster.url(name)));
    const std::string made = world_.cluster.value(
        name, "SELECT count(*) FROM pg_class WHERE relkind = 'r' AND relname ~ '^t[0-9]+$'");
    const std::size_t expected = who.counter == "sqitch_s" ? sqitch_changes + 1 : migrations;
    if (made != std::to_string(expected))
        throw std::runtime_error(who.name + " made " + made + " tables");
    world_.cluster.sql("postgres", "DROP DATABASE " + name);
}

// Everyone goes first once, so that a machine that slows down hurts nobody more than the others.
void contest::round() {
    for (std::size_t i = 0; i < all_.size(); ++i)
        take_part(all_[(i + rounds_) % all_.size()]);
    ++rounds_;
}

double contest::of(std::string_view counter) const {
    for (const contestant& c : all_)
        if (c.counter == counter)
            return median(c.seconds);
    return 0;
}

void contest::report(benchmark::State& state) const {
    const double psql = of("psql_s");
    std::fprintf(stderr,
                 "\n1,000 one-statement revisions, fsync %s, PostgreSQL %d, medians of %zu\n"
                 "| what | seconds | beside psql |\n|---|---|---|\n",
                 durable_ ? "on" : "off", postgres_major(), rounds_);
    for (const contestant& c : all_) {
        state.counters[c.counter] = median(c.seconds);
        std::fprintf(stderr, "| %s | %.2f | %.2f times |\n", c.name.c_str(), median(c.seconds),
                     median(c.seconds) / psql);
    }
    if (!sqitch_each_.empty()) {
        state.counters["sqitch_ms_each"] = 1000 * median(sqitch_each_);
        std::fprintf(stderr, "sqitch: %.1f ms for each change\n", 1000 * median(sqitch_each_));
    }
    std::fputs("\n", stderr);
    state.counters["ratio"] = of("runner_s") / psql;
}

void apply(benchmark::State& state) {
    try {
        contest all(state.range(0) == 1);
        for (auto _ : state)
            all.round();
        all.report(state);
    } catch (const std::exception& e) {
        state.SkipWithError(e.what());
    }
}

// `upgrade` with 1,000 revisions applied and nothing to do: a connection, the files, the ledger.
void nothing_to_do(benchmark::State& state) {
    try {
        migrate_world world(server(false));
        write_revisions(world);
        seconds_of_upgrade(world, world.cluster.url(), migrations);
        std::vector<double> all;
        for (auto _ : state) {
            all.push_back(seconds_of_upgrade(world, world.cluster.url(), 0));
            state.SetIterationTime(all.back());
        }
        state.counters["median_ms"] = 1000 * median(all);
        state.counters["fastest_ms"] = 1000 * *std::min_element(all.begin(), all.end());
    } catch (const std::exception& e) {
        state.SkipWithError(e.what());
    }
}

} // namespace

BENCHMARK(apply)->ArgName("durable")->Arg(1)->Arg(0)->Iterations(5)->Unit(benchmark::kSecond);
BENCHMARK(nothing_to_do)->UseManualTime()->Iterations(50)->Unit(benchmark::kMillisecond);
