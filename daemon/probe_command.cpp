// headspaced --probe: the probe as a process of its own.
#include "admin/json_text.hpp"
#include "base/jitter.hpp"
#include "daemon/connecting.hpp"
#include "daemon/probe.hpp"
#include "daemon/probe_judge.hpp"

#include <iostream>
#include <random>

namespace headspace::daemon {

namespace {

constexpr int exit_configuration = 78;

int print(std::span<const problems::finding> findings, const std::string& target) {
    std::cout << admin::json_text(probe_json(findings, target)) << std::endl;
    return problems::worst_of(findings) >= problems::verdict::warn ? 1 : 0;
}

} // namespace

int run_probe(const config::effective& in_force, const config::captured_environment& captured) {
    probe_facts facts;
    if (in_force.embedded) {
        facts.embedded_away = true;
        facts.config_file = in_force.file.string();
        facts.warnings = in_force.warnings;
        return print(judge(facts, probe_limits_of(in_force)), in_force.target.masked());
    }
    asio::io_context io(1);
    const password_listener learned = [](const secret&) {
    };
    pg::connect_settings pooled = make_connect_settings(in_force, captured, learned);
    pg::connect_settings migrating = make_migration_connect_settings(in_force, captured, learned);
    random_jitter jitter(std::random_device{}());
    migrate::runner runner(
        io.get_executor(), pg::make_host_connector(io.get_executor(), migrating),
        migrate::make_migrate_settings(in_force.values, in_force.migrations_directory.string()),
        jitter, {});
    std::optional<pg::connect_settings> separate;
    if (in_force.migrations_target)
        separate = migrating;
    probe_request what{io.get_executor(), in_force, std::move(pooled), std::move(separate),
                       [&runner] {
                           return runner.status();
                       }};
    std::exception_ptr broken;
    asio::co_spawn(io, probe(std::move(what)),
                   [&](const std::exception_ptr& thrown, probe_facts seen) {
                       broken = thrown;
                       facts = std::move(seen);
                       io.stop(); // a lookup that hangs is not waited for
                   });
    io.run();
    if (broken)
        std::rethrow_exception(broken);
    return print(judge(facts, probe_limits_of(in_force)), in_force.target.masked());
}

int refuse_probe(std::span<const config::diagnostic> wrong) {
    std::vector<problems::finding> findings;
    for (const config::diagnostic& d : wrong)
        findings.push_back({"configuration", problems::verdict::fail, d.text(),
                            "headspaced --check-config names every mistake"});
    print(findings, "");
    return exit_configuration;
}

} // namespace headspace::daemon
