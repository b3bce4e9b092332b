#include "embedded/find.hpp"

#include "base/text.hpp"
#include "io/with_deadline.hpp"

#include <filesystem>
#include <unistd.h>

namespace headspace::embedded {

namespace {

namespace fs = std::filesystem;

bool can_run(const fs::path& program) {
    std::error_code ec;
    return fs::is_regular_file(program, ec) && ::access(program.c_str(), X_OK) == 0;
}

// PARENT/*/LAST, for every folder in PARENT whose name begins with `prefix`.
std::vector<std::string> bin_folders(const fs::path& parent, const std::string& prefix) {
    std::vector<std::string> found;
    std::error_code ec;
    for (const auto& entry : fs::directory_iterator(parent, ec))
        if (entry.path().filename().string().starts_with(prefix))
            found.push_back((entry.path() / "bin").string());
    return found;
}

std::string find_in_path(const std::string& path, const std::string& program) {
    for (const std::string& folder : split(path, ':'))
        if (folder.starts_with('/') && can_run(fs::path(folder) / program))
            return folder + "/" + program;
    return {};
}

asio::awaitable<std::string> first_line_of(std::string program, std::string argument,
                                           duration limit) {
    io::child_options options;
    options.argv = {std::move(program), std::move(argument)};
    options.environment = io::clean_environment();
    auto outcome = co_await run_program(std::move(options), limit);
    if (!outcome || !outcome->status.success() || outcome->lines.empty())
        co_return std::string();
    co_return outcome->lines.front();
}

} // namespace

asio::awaitable<result<program_outcome>> run_program(io::child_options options, duration limit) {
    const std::string program = options.argv.at(0);
    program_outcome outcome;
    options.on_line = [&outcome](std::string_view line) {
        outcome.lines.emplace_back(line);
    };
    const auto executor = co_await asio::this_coro::executor;
    auto child = io::child_process::spawn(executor, std::move(options));
    if (!child)
        co_return child.error();
    const auto status = co_await child->wait_for(limit);
    if (!status) {
        const bool wanted = co_await io::still_wanted();
        co_return wanted
            ? make_error(errc::timed_out, error_class::retry,
                         program + " did not end within " + format_elapsed(limit))
            : make_error(errc::cancelled, error_class::retry, program + " was not needed any more");
    }
    outcome.status = *status;
    co_return outcome;
}

namespace {

asio::awaitable<std::vector<std::string>> folders(host h, std::string configured_bindir,
                                                  duration limit) {
    search s;
    s.configured = configured_bindir;
    s.pg_bindir = h.pg_bindir;
    s.path = h.path;
    if (configured_bindir.empty()) {
        s.debian = bin_folders("/usr/lib/postgresql", "");
        s.red_hat = bin_folders("/usr", "pgsql-");
        if (const std::string pg_config = find_in_path(h.path, "pg_config"); !pg_config.empty())
            s.pg_config = co_await first_line_of(pg_config, "--bindir", limit);
    }
    co_return search_order(s);
}

} // namespace

asio::awaitable<std::vector<programs>> find_programs(host h, std::string configured_bindir,
                                                     duration limit) {
    std::vector<programs> found;
    const auto order = co_await folders(std::move(h), std::move(configured_bindir), limit);
    for (const std::string& folder : order) {
        if (!can_run(fs::path(folder) / "initdb") || !can_run(fs::path(folder) / "postgres"))
            continue;
        const std::string version = co_await first_line_of(folder + "/postgres", "-V", limit);
        if (const auto major = major_of_version(version))
            found.push_back({folder, *major});
    }
    co_return found;
}

asio::awaitable<std::vector<found_program>> find_program(host h, std::string configured_bindir,
                                                         std::string program, duration limit) {
    std::vector<found_program> found;
    const auto order = co_await folders(std::move(h), std::move(configured_bindir), limit);
    for (const std::string& folder : order) {
        const std::string path = folder + "/" + program;
        if (!can_run(path))
            continue;
        const std::string version = co_await first_line_of(path, "-V", limit);
        if (const auto major = major_of_version(version))
            found.push_back({path, version, *major});
    }
    co_return found;
}

} // namespace headspace::embedded
