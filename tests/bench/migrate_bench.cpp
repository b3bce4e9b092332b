// 1,000 one-statement migrations by the runner beside psql with the same statements, ledger rows
// and commits, on the same server. The figure that counts is `ratio`.
#include "integration/migrate_world.hpp"
#include "migrate/ledger_sql.hpp"

#include <benchmark/benchmark.h>

#include <fstream>

namespace {

using namespace headspace;
using namespace headspace::test;

constexpr int migrations = 1000;

std::string statement(int i) {
    return "CREATE TABLE t" + std::to_string(i) + " (id bigint PRIMARY KEY, name text NOT NULL)";
}

std::string number(int i) {
    return std::to_string(20260101000000LL + i);
}

// The rows that the runner writes, after its own schema exists.
void write_script(const std::filesystem::path& file) {
    std::ofstream out(file);
    out << migrate::sql::create_ledger(true) << ";\n";
    for (int i = 0; i < migrations; ++i) {
        migrate::planned_step step;
        step.revision = number(i);
        if (i > 0)
            step.parents = {number(i - 1)};
        step.message = "r";
        step.file = number(i) + "_r.sql";
        step.checksum = std::string(64, '0');
        step.up_text = "-- migrate:up\n" + statement(i) + ";\n";
        step.down_text = "-- migrate:down\n";
        out << "BEGIN;\n"
            << statement(i) << ";\n"
            << migrate::sql::record_applied(step, {"0123456789abcdef", "me@here"},
                                            std::chrono::milliseconds(1))
            << ";\nCOMMIT;\n";
    }
}

double seconds_since(time_point start) {
    return std::chrono::duration<double>(clock::now() - start).count();
}

void apply(benchmark::State& state) {
    const bool durable = state.range(0) == 1;
    cluster_options options;
    options.settings = {{"fsync", durable ? "on" : "off"},
                        {"synchronous_commit", durable ? "on" : "off"}};
    migrate_world world(options);
    for (int i = 0; i < migrations; ++i)
        world.write(number(i) + "_r.sql",
                    "-- migrate:up\n" + statement(i) + ";\n-- migrate:down\n");
    const auto script = world.home.path() / "all.sql";
    write_script(script);
    double with_psql = 0;
    double with_runner = 0;
    int round = 0;
    for (auto _ : state) {
        const std::string first = "p" + std::to_string(++round);
        const std::string second = "r" + std::to_string(round);
        world.cluster.create_database(first);
        world.cluster.create_database(second);
        time_point start = clock::now();
        const auto done =
            test::run({(postgres_bindir() / "psql").string(), "-X", "-q", "-v", "ON_ERROR_STOP=1",
                       "-f", script.string(), world.cluster.url(first)});
        with_psql += seconds_since(start);
        if (done.exit_status != 0) {
            state.SkipWithError(done.output.c_str());
            return;
        }
        start = clock::now();
        const auto upgraded =
            world.run(upgrade_to("head"), world.cluster.url(second), std::chrono::minutes(5));
        with_runner += seconds_since(start);
        if (upgraded.has_error() || upgraded->done.size() != migrations) {
            state.SkipWithError(outcome_text(upgraded).c_str());
            return;
        }
    }
    state.counters["psql_s"] = with_psql / round;
    state.counters["runner_s"] = with_runner / round;
    state.counters["ratio"] = with_runner / with_psql;
}

} // namespace

BENCHMARK(apply)->ArgName("durable")->Arg(1)->Arg(0)->Iterations(3)->Unit(benchmark::kSecond);
