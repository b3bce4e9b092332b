// Loads the declared schema into an empty scratch database: the server finds the order.
#pragma once

#include "migrate/scratch.hpp"
#include "revisions/declared.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace headspace::migrate {

/// Called with how many statements are loaded, of how many.
using count_sink = std::function<void(std::size_t done, std::size_t all)>;

struct loaded {
    std::vector<std::string> notes; // tables that have rows: data is not compared
    std::vector<std::size_t> late;  // statements that did not load in their place, in the order in
                                    // which they did
};

/// Each statement by itself with check_function_bodies off; those that fail are tried again after
/// the others, as long as a round brings at least one of them further. Then function bodies are
/// looked at with the checks on. Errors: schema_invalid with file:line:column, the server's message
/// and SQLSTATE; cancelled, timed_out, connection_lost.
asio::awaitable<result<loaded>> load_declaration(pg::session& session, const scratch& databases,
                                                 revisions::declaration what, count_sink told,
                                                 time_point until);

/// The words for a statement that cannot be loaded. Pure.
error describe_declared(const revisions::declared_statement& which, const error& why,
                        std::size_t others);

/// "CREATE FUNCTION f..." as "CREATE OR REPLACE FUNCTION f...", so that it can be checked a second
/// time; the position in it where the insertion ends and its length. Nothing when it creates no
/// function or procedure. Pure.
struct replacing_text {
    std::string sql;
    std::size_t at = 0;
    std::size_t length = 0; // 0: it was OR REPLACE already
};
std::optional<replacing_text> as_replacing(std::string_view sql);

} // namespace headspace::migrate
