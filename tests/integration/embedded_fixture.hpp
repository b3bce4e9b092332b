// What the tests of the private PostgreSQL share: a home that the server may enter, an event loop,
// and the answers of the real programs.
#pragma once

#include "embedded/cluster.hpp"
#include "support/process.hpp"
#include "support/run_on.hpp"
#include "support/temp_cluster.hpp"
#include "support/temp_directory.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>
#include <unistd.h>
#include <vector>

namespace headspace::test {

namespace fs = std::filesystem;
using namespace headspace::embedded;
using namespace std::chrono_literals;

struct embedded_cluster : testing::Test {
    embedded_cluster() {
        // The server's user has to be able to enter it.
        fs::permissions(home.path(), fs::perms(0711));
    }

    temp_directory home{"hsem"};
    asio::io_context context;
    std::vector<log_event> events;

    [[nodiscard]] fs::path data() const { return home.path() / "pg"; }

    embedded::cluster_options options() const {
        embedded::cluster_options o;
        o.data_directory = data().string();
        o.runtime_directory = (home.path() / "run").string();
        o.host = read_host().value();
        o.host.temporary = home.path().string();
        return o;
    }

    event_sink sink() {
        return [this](log_event event) {
            events.push_back(std::move(event));
        };
    }

    std::unique_ptr<cluster> make(embedded::cluster_options o) {
        return std::make_unique<cluster>(context.get_executor(), std::move(o), sink());
    }
    std::unique_ptr<cluster> make() { return make(options()); }

    result<connection_place> start(cluster& c) { return run_on(context, c.start(), 120s); }
    void stop(cluster& c) { run_on(context, c.stop(), 120s); }

    [[nodiscard]] bool said(const std::string& name, const std::string& part) const {
        return std::any_of(events.begin(), events.end(), [&](const log_event& e) {
            return e.name == name && e.message.find(part) != std::string::npos;
        });
    }
    std::string all_events() const {
        std::string text;
        for (const log_event& e : events)
            text += e.name + ": " + e.message + "\n";
        return text;
    }

    // Runs the event loop until it holds.
    template<class Condition>
    bool becomes(Condition condition, duration limit = 60s) {
        const auto until = clock::now() + limit;
        context.restart();
        while (!condition() && clock::now() < until)
            context.run_one_for(10ms);
        return condition();
    }
};

inline std::string program(const std::string& name) {
    return (postgres_bindir() / name).string();
}

inline std::string ask(const connection_place& place, const std::string& sql,
                       const std::string& as = {}) {
    const auto outcome =
        run({program("psql"), "-XAtc", sql,
             "host=" + place.socket_directory + " port=" + std::to_string(place.port) +
                 " dbname=" + place.maintenance_database},
            // psql complains when it cannot enter the working directory
            {.user = as, .directory = "/", .without = {"PG*"}});
    return outcome.output.substr(0, outcome.output.find('\n'));
}

inline std::string control_state(const fs::path& data_directory) {
    const auto outcome = run({program("pg_controldata"), data_directory.string()});
    const std::string key = "Database cluster state:";
    const auto at = outcome.output.find(key);
    if (at == std::string::npos)
        return outcome.output;
    const auto line = outcome.output.substr(at + key.size());
    const auto begin = line.find_first_not_of(' ');
    return line.substr(begin, line.find('\n') - begin);
}

inline std::string server_user() {
    return ::geteuid() == 0 ? "postgres" : read_host()->user;
}

inline double seconds(duration d) {
    return std::chrono::duration<double>(d).count();
}

// A headspaced that is killed: runs in a child of the test, tells the server's pid, and sleeps in
// its event loop.
inline pid_t run_in_a_process(const embedded::cluster_options& options, pid_t& server) {
    int ends[2];
    if (::pipe(ends) != 0)
        throw std::runtime_error("no pipe");
    const pid_t child = ::fork();
    if (child == 0) {
        ::close(ends[0]);
        asio::io_context context;
        cluster c(context.get_executor(), options, nullptr);
        const bool started = run_on(context, c.start(), 60s).has_value();
        const pid_t pid = started ? c.server_pid() : -1;
        [[maybe_unused]] const auto n = ::write(ends[1], &pid, sizeof pid);
        context.restart();
        const auto guard = asio::make_work_guard(context);
        context.run();
        ::_exit(0);
    }
    ::close(ends[1]);
    const auto n = ::read(ends[0], &server, sizeof server);
    ::close(ends[0]);
    if (n != static_cast<ssize_t>(sizeof server) || server < 0)
        throw std::runtime_error("the cluster did not start in the child");
    return child;
}

} // namespace headspace::test
