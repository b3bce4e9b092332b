#include "daemon/options.hpp"

#include "base/version.hpp"

#include <CLI/CLI.hpp>

namespace headspace::daemon {

namespace {

/// " --tset": the name of the first option that does not exist, without its value; or "".
std::string unknown_option(int argc, const char* const* argv, const CLI::App& app) {
    for (int i = 1; i < argc; ++i) {
        const std::string name = std::string(argv[i]).substr(0, std::string(argv[i]).find('='));
        if (name.starts_with("--") && app.get_option_no_throw(name) == nullptr)
            return " " + name;
    }
    return {};
}

} // namespace

options parse_options(int argc, const char* const* argv) {
    options out;
    CLI::App app{
        "Owns a pool of PostgreSQL connections and keeps it alive; headspacectl talks to it."};
    app.name("headspaced");
    app.footer("Examples:\n"
               "  headspaced\n"
               "  headspaced --config ./headspaced.toml --env-file .env\n"
               "  headspaced --check-config && systemctl reload headspaced\n"
               "  headspaced --print-config\n"
               "  headspaced --probe --config /etc/headspace/shop.toml\n"
               "\n"
               "Exit status: 0 asked to stop, 78 the configuration is not valid, 1 anything else.");
    std::string config_file, env_file;
    app.add_option("--config", config_file,
                   std::string("configuration file (default ") + config::default_config_file + ")")
        ->type_name("FILE");
    app.add_option(
           "--env-file", env_file,
           "variables, beside those of the environment (default .env, unless run by systemd)")
        ->type_name("FILE");
    app.add_flag("--test", out.request.test, "use the test database: NAME_test");
    app.add_flag("--embedded", out.request.embedded,
                 "use the embedded PostgreSQL, whatever else is configured");
    app.add_flag("--check-config", out.check_config, "report every error; exit 0 or 78");
    app.add_flag("--print-config", out.print_config,
                 "print every value in force and where it comes from");
    app.add_flag("--probe", out.probe,
                 "look at each step to the database, print JSON; exit 0, 1 (something is wrong) or "
                 "78; headspacectl doctor runs it");
    app.set_version_flag("--version", "headspaced " + std::string(version));
    try {
        app.parse(argc, argv);
    } catch (const CLI::CallForHelp&) {
        out.end = options::ending{app.help(), false, 0};
    } catch (const CLI::CallForVersion& e) {
        out.end = options::ending{std::string(e.what()) + "\n", false, 0};
    } catch (const CLI::ExtrasError&) {
        // Not repeated: it may be a connection string, and standard error a log that many read.
        out.end =
            options::ending{"headspaced: unknown option or argument" +
                                unknown_option(argc, argv, app) + "\nTry 'headspaced --help'.\n",
                            true, 1};
    } catch (const CLI::ParseError& e) {
        out.end = options::ending{
            "headspaced: " + std::string(e.what()) + "\nTry 'headspaced --help'.\n", true, 1};
    }
    if (app.count("--config") != 0)
        out.request.config_file = config_file;
    if (app.count("--env-file") != 0)
        out.request.env_file = env_file;
    return out;
}

} // namespace headspace::daemon
