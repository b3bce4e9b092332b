// What the pool itself costs: no database, no network.
#include "pool/pool.hpp"
#include "pool/pool_core.hpp"
#include "support/fake_session.hpp"
#include "support/run_on.hpp"

#include <benchmark/benchmark.h>

#include <cstdlib>

using namespace headspace;
using namespace headspace::pool;
using namespace headspace::test;
using namespace std::chrono_literals;

namespace {

pool_settings usual(std::uint32_t max_waiters = 1000) {
    config::settings settings;
    settings.database.pool_max_waiters = max_waiters;
    config::conninfo target;
    target.hosts.push_back({"localhost", "", 5432, false});
    return make_pool_settings(settings, target);
}

// A core with one idle connection.
struct warm_core {
    random_jitter jitter{1};
    pool_core core;
    pool_core::output out;
    time_point now{1000h};

    explicit warm_core(std::uint32_t max_waiters = 1000) : core(usual(max_waiters), jitter) {
        on(events::start{});
        for (const action& a : std::vector<action>(out))
            if (const auto* connect = std::get_if<actions::start_connect>(&a))
                on(events::connected{connect->slot});
    }
    void on(const event& e) {
        out.clear();
        core.on(e, now, out);
    }
};

void core_acquire_and_release(benchmark::State& state) {
    warm_core w;
    for (auto _ : state) {
        w.now += 1us;
        w.on(events::acquire{1, w.now + 30s, on_down::wait, "benchmark"});
        const slot_id slot = std::get<actions::grant>(w.out.front()).slot;
        w.on(events::released{slot, returned::clean, false, false});
    }
    if (!w.core.invariants_hold())
        std::abort();
}

// Every waiter leaves from a place in the middle of the queue; the figure is for one in and out.
void core_queue_and_cancel(benchmark::State& state) {
    const auto waiters = static_cast<request_id>(state.range(0));
    warm_core w(waiters + 1);
    w.on(events::acquire{0, w.now + 1h, on_down::wait, "holder"});
    for (auto _ : state) {
        for (request_id r = 1; r <= waiters; ++r)
            w.on(events::acquire{r, w.now + 30s, on_down::wait, "benchmark"});
        for (request_id r = 1; r <= waiters; r += 2)
            w.on(events::cancel{r});
        for (request_id r = 2; r <= waiters; r += 2)
            w.on(events::cancel{r});
    }
    if (!w.core.invariants_hold())
        std::abort();
    state.SetItemsProcessed(state.iterations() * waiters);
}

void driver_acquire_and_release(benchmark::State& state) {
    asio::io_context context(1);
    random_jitter jitter(1);
    const auto server = std::make_shared<fake_server>();
    pool::pool subject(context.get_executor(), usual(),
                       std::make_shared<fake_connector>(server, context.get_executor()), jitter,
                       [](const log_event&) {});
    subject.start();
    if (!run_on(context, subject.first_outcome()))
        std::abort();
    const auto use = [&]() -> asio::awaitable<void> {
        for (auto _ : state) {
            acquire_options options{clock::now() + 30s, on_down::wait, "benchmark"};
            auto l = co_await subject.acquire(std::move(options));
            if (!l)
                std::abort();
            benchmark::DoNotOptimize(&**l);
        }
    };
    run_on(context, use(), 1h);
    state.SetItemsProcessed(state.iterations());
    run_on(context, subject.drain(clock::now() + 1s));
}

// Many clients for few connections: every request waits and is handed its connection.
void driver_contended(benchmark::State& state) {
    asio::io_context context(1);
    random_jitter jitter(1);
    const auto server = std::make_shared<fake_server>();
    pool::pool subject(context.get_executor(), usual(),
                       std::make_shared<fake_connector>(server, context.get_executor()), jitter,
                       [](const log_event&) {});
    subject.start();
    if (!run_on(context, subject.first_outcome()))
        std::abort();
    constexpr int clients = 100;
    constexpr int rounds = 100;
    for (auto _ : state) {
        int left = clients;
        const auto client = [&]() -> asio::awaitable<void> {
            for (int i = 0; i < rounds; ++i) {
                acquire_options options{clock::now() + 30s, on_down::wait, "benchmark"};
                auto l = co_await subject.acquire(std::move(options));
                if (!l)
                    std::abort();
                co_await asio::post(context, asio::use_awaitable);
            }
            --left;
        };
        for (int i = 0; i < clients; ++i)
            asio::co_spawn(context, client, asio::detached);
        context.restart();
        while (left > 0)
            context.run_one();
    }
    state.SetItemsProcessed(state.iterations() * clients * rounds);
    run_on(context, subject.drain(clock::now() + 1s));
}

} // namespace

BENCHMARK(core_acquire_and_release);
BENCHMARK(core_queue_and_cancel)->Arg(100)->Arg(1000)->Arg(10000)->Arg(100000);
BENCHMARK(driver_acquire_and_release);
BENCHMARK(driver_contended)->Unit(benchmark::kMillisecond);
