// What a shell asks while somebody presses Tab: `headspacectl __complete WORD...`, where the last
// word is the one that is being typed. The answers come from the command line's own tree, so that
// no list of commands has to be kept anywhere else; revisions come from the directory, never from
// the daemon.
#pragma once

#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace headspace::ctl {

struct context;

inline constexpr const char* complete_command = "__complete";

/// Writes one candidate a line, "WORD<tab>DESCRIPTION". The lines ":files" and ":directories" ask
/// the shell for its own. Nothing that fits is no error.
void complete(const CLI::App& app, const std::vector<std::string>& words, context& ctx);

} // namespace headspace::ctl
