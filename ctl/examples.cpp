// The end of every --help: examples that can be typed as they stand, and the exit codes.
#include "base/text.hpp"
#include "ctl/commands.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

namespace headspace::ctl {

namespace {

constexpr std::string_view exit_codes =
    "Exit codes: 0 yes/done, 1 the answer is no, 2 usage, 3 refused, 4 busy, 5 the SQL failed,\n"
    "6 database unavailable, 7 daemon unreachable.";

struct example {
    std::string_view command; // without "headspacectl", "" for headspacectl itself
    std::string_view lines;   // each of them begins with "headspacectl "; behind "  #": what for
};

constexpr auto examples = std::to_array<example>({
    {"", "headspacectl status\n"
         "headspacectl doctor  # what is wrong, and what to do about it\n"
         "headspacectl db upgrade\n"
         "headspacectl --instance shop health --json\n"
         "headspacectl explain 28P01"},
    {"ping", "headspacectl ping\n"
             "headspacectl --timeout 2 ping  # for a container's health check"},
    {"health", "headspacectl health\n"
               "headspacectl health db  # asks the database now\n"
               "headspacectl health --watch=5"},
    {"status", "headspacectl status\n"
               "headspacectl status --json"},
    {"version", "headspacectl version"},
    {"wait", "headspacectl wait --for connected\n"
             "headspacectl wait --for migrated --timeout 2m  # in an application's ExecStartPre="},
    {"pool", "headspacectl pool\n"
             "headspacectl pool reconnect  # try now, and replace all connections\n"
             "headspacectl pool recycle"},
    {"config", "headspacectl config\n"
               "headspacectl config --json"},
    {"reload", "headspacectl reload"},
    {"log-level", "headspacectl log-level debug"},
    {"explain", "headspacectl explain  # the list\n"
                "headspacectl explain lock-timeout\n"
                "headspacectl explain 28P01 --json"},
    {"explain-url", "headspacectl explain-url env:DATABASE_URL\n"
                    "headspacectl explain-url -  # reads it from standard input\n"
                    "headspacectl explain-url postgres://app@db.example.com/shop"},
    {"top", "headspacectl top\n"
            "headspacectl top --interval 500ms\n"
            "headspacectl top --once"},
    {"events", "headspacectl events\n"
               "headspacectl events --json"},
    {"metrics", "headspacectl metrics\n"
                "headspacectl metrics --textfile /var/lib/prometheus/node-exporter/headspace.prom"},
    {"doctor", "headspacectl doctor\n"
               "headspacectl --config ./headspaced.toml doctor  # no daemon needs to run\n"
               "headspacectl doctor --json"},
    {"db", "headspacectl db revision -m \"add users\"\n"
           "headspacectl db upgrade\n"
           "headspacectl db status\n"
           "headspacectl db -d ./migrations history"},
    {"db init", "headspacectl db init\n"
                "headspacectl db -d db/migrations init"},
    {"db revision", "headspacectl db revision -m \"add users\"\n"
                    "headspacectl db revision -m \"mend it\" --head 20261121100000 --splice"},
    {"db merge", "headspacectl db merge heads\n"
                 "headspacectl db merge -m \"both\" 20261121100000 20261121110000"},
    {"db hash", "headspacectl db hash"},
    {"db import", "headspacectl db -d migrations import ./db/migrate --format golang-migrate"},
    {"db lint", "headspacectl db lint\n"
                "headspacectl db lint 20261121100000:head --format github\n"
                "headspacectl db lint --rules"},
    {"db edit", "headspacectl db edit\n"
                "headspacectl db edit 2026112110"},
    {"db heads", "headspacectl db heads\n"
                 "headspacectl db heads -v"},
    {"db branches", "headspacectl db branches -v"},
    {"db history", "headspacectl db history\n"
                   "headspacectl db history -v -i\n"
                   "headspacectl db history -r 20261121100000:"},
    {"db show", "headspacectl db show\n"
                "headspacectl db show 20261121100000"},
    {"db upgrade", "headspacectl db upgrade\n"
                   "headspacectl db upgrade +1\n"
                   "headspacectl db upgrade --dry-run  # the statements and their locks\n"
                   "headspacectl db upgrade --sql base:head"},
    {"db downgrade", "headspacectl db downgrade  # the last one\n"
                     "headspacectl db downgrade 20261121100000\n"
                     "headspacectl db downgrade base --dry-run"},
    {"db stamp", "headspacectl db stamp head  # record all without running any\n"
                 "headspacectl db stamp 20261121100000 --purge"},
    {"db adopt", "headspacectl db adopt --dry-run\n"
                 "headspacectl db adopt --from flyway"},
    {"db current", "headspacectl db current\n"
                   "headspacectl db current --check-heads  # exit 1 when something is pending"},
    {"db repair", "headspacectl db repair  # shows what was edited, and asks\n"
                  "headspacectl db repair 20261121100000 --yes\n"
                  "headspacectl db repair --done"},
    {"db check", "headspacectl db check\n"
                 "headspacectl db check --roundtrip\n"
                 "headspacectl db check --offline  # in CI, without a daemon"},
    {"db dump", "headspacectl db dump\n"
                "headspacectl db dump -o -"},
    {"db status", "headspacectl db status\n"
                  "headspacectl db status --follow"},
    {"db cancel", "headspacectl db cancel"},
    {"db migrate", "headspacectl db migrate -m \"add users\"\n"
                   "headspacectl db migrate -m \"rename\" --rename users.name:users.full_name\n"
                   "headspacectl db migrate -m \"what would it be\" --sql"},
    {"db pull", "headspacectl db pull\n"
                "headspacectl db pull -m \"As it was\""},
});

std::string footer_of(const std::string& command) {
    const auto found = std::find_if(examples.begin(), examples.end(),
                                    [&](const example& e) { return e.command == command; });
    std::string out;
    if (found != examples.end()) {
        out = "Examples:\n";
        for (const std::string& line : split(found->lines, '\n'))
            out += "  " + line + "\n";
        out += "\n";
    }
    return out + std::string(exit_codes);
}

void add(CLI::App& app, const std::string& command) {
    app.footer(footer_of(command));
    for (CLI::App* one : app.get_subcommands({}))
        add(*one, (command.empty() ? "" : command + " ") + one->get_name());
}

} // namespace

void add_examples(CLI::App& app) {
    add(app, "");
}

} // namespace headspace::ctl
