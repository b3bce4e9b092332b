// Looks for the programs of PostgreSQL on this machine.
#pragma once

#include "embedded/host.hpp"
#include "embedded/locate.hpp"
#include "io/asio.hpp"

#include <string>
#include <vector>

namespace headspace::embedded {

/// What one program said and how it ended.
struct program_outcome {
    io::exit_status status;
    std::vector<std::string> lines;
};

/// Runs a program to its end. Errors: timed_out (retry) after `limit`, cancelled when the coroutine
/// was; the program and its children are killed then.
asio::awaitable<result<program_outcome>> run_program(io::child_options options, duration limit);

/// Every folder of the search order that has initdb and postgres, with its version; best first.
asio::awaitable<std::vector<programs>> find_programs(host h, std::string configured_bindir,
                                                     duration limit);

/// Every folder of the same search order that has `program`, which need not have a server; best
/// first.
asio::awaitable<std::vector<found_program>> find_program(host h, std::string configured_bindir,
                                                         std::string program, duration limit);

} // namespace headspace::embedded
