// `db migrate`: sends the files, shows what was found, writes what was proved.
#pragma once

#include "revisions/directory.hpp"

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace headspace::ctl {

struct context;

void register_db_generate(CLI::App& db, context& ctx);
void register_db_pull(CLI::App& db, context& ctx);

/// The "migrations" member of the request: the up half of each file, in the order in which they
/// run. Pure.
[[nodiscard]] boost::json::array migrations_json(const revisions::directory& d);

/// The revisions to be written, from the operation's last event; several get "(1 of 2)" behind
/// their message. Parents are not filled in. Pure.
[[nodiscard]] std::vector<revisions::new_revision> drafts_of(const boost::json::value& end,
                                                             const std::string& message);

/// Notes, hints and objects that were not compared, on `err`.
void show_notes(context& ctx, const boost::json::value& end);

/// Writes them one after the other, the first following `parents`; what was written.
std::vector<revisions::written> write_drafts(context& ctx, const std::filesystem::path& where,
                                             std::vector<revisions::new_revision> drafts,
                                             revisions::revision_list parents);

} // namespace headspace::ctl
