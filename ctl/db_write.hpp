// The verbs of `db` that write files: init, revision, merge, hash.
#pragma once

#include "revisions/directory.hpp"

#include <optional>
#include <string>

namespace CLI {
class App;
}

namespace headspace::ctl {

struct context;

void register_db_write(CLI::App& db, context& ctx);
void register_db_import(CLI::App& db, context& ctx);

struct revision_options {
    std::string message;
    std::string head;
    bool splice = false;
};

/// Whom a new revision follows: the one head, or what --head says. Errors: several_heads, usage.
result<revisions::revision_list> parents_for(const revisions::graph& graph,
                                             const revision_options& options);

/// Writes a revision and says which lines of headspace.sum were out of date; nothing after an
/// error, which has been said.
std::optional<revisions::written> write_and_note(context& ctx, const std::filesystem::path& where,
                                                 const revisions::new_revision& what);

} // namespace headspace::ctl
