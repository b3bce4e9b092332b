// headspaced: reads the configuration, then hands everything to app.
#include "base/loose_thread.hpp"
#include "base/version.hpp"
#include "daemon/app.hpp"
#include "daemon/options.hpp"
#include "daemon/probe.hpp"
#include "daemon/settings_of.hpp"

#include <iostream>
#include <unistd.h>
#include <utility>

using namespace headspace;

namespace {

constexpr int exit_configuration = 78; // EX_CONFIG: systemd is told not to restart

int complain(const std::vector<config::diagnostic>& wrong) {
    for (const auto& diagnostic : wrong)
        std::cerr << diagnostic.text() << '\n';
    return exit_configuration;
}

int serve(const daemon::options& options, config::captured_environment captured,
          config::effective in_force) {
    log_level level = log_level::info;
    log::parse_level(in_force.values.log.level, level);
    log::logger logger(log::choose_format(in_force.values.log.format), level,
                       daemon::limits_of(in_force.values.log));
    log::log_uncaught_exceptions(logger);
    daemon::app app(options.request, std::move(captured), std::move(in_force), logger);
    return app.run();
}

int run(int argc, char** argv) {
    // First of all: it takes the secrets out of the environment, and there is one thread only.
    config::captured_environment captured = config::capture_environment();
    const daemon::options options = daemon::parse_options(argc, argv);
    if (options.end) {
        (options.end->to_stderr ? std::cerr : std::cout) << options.end->text;
        return options.end->status;
    }
    config::outcome loaded = config::load(options.request, captured);
    if (const auto* wrong = std::get_if<std::vector<config::diagnostic>>(&loaded))
        return options.probe ? daemon::refuse_probe(*wrong) : complain(*wrong);
    auto& in_force = std::get<config::effective>(loaded);
    if (options.print_config) {
        std::cout << config::print(in_force);
        return 0;
    }
    if (options.check_config) {
        for (const std::string& warning : in_force.warnings)
            std::cerr << "warning: " << warning << '\n';
        return 0;
    }
    if (in_force.holds_secret)
        config::forbid_dumping();
    if (options.probe)
        return daemon::run_probe(in_force, captured);
    return serve(options, std::move(captured), std::move(in_force));
}

} // namespace

int main(int argc, char** argv) {
    const int status = run(argc, argv);
    if (loose_thread::count() == 0)
        return status;
    std::cout.flush();
    ::_exit(status);
}
