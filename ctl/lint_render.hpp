// The linter's findings as text, as JSON and as GitHub's workflow commands. Pure.
#pragma once

#include "ctl/render.hpp"
#include "lint/lint.hpp"

#include <boost/json/array.hpp>

#include <span>
#include <string>

namespace headspace::ctl {

/// "FILE:LINE:COLUMN: warning RULE: MESSAGE" and the remedy in a line below it.
[[nodiscard]] std::string render_finding(const lint::finding& f, const style& look);
/// "2 warnings, 1 note in 12 files", "nothing found in 12 files".
[[nodiscard]] std::string render_count(std::span<const lint::finding> findings, std::size_t files);
/// {"file","line","column","severity","rule","message","remedy","revision","direction"} each.
[[nodiscard]] boost::json::array findings_json(std::span<const lint::finding> findings);
/// "::warning file=...,line=...,col=...,title=RULE::MESSAGE", which GitHub shows beside the line.
[[nodiscard]] std::string render_github(const lint::finding& f);
[[nodiscard]] std::string render_github(const error& e);

/// A table of the rules: name, level, why.
[[nodiscard]] std::string render_rules(std::span<const lint::rule_summary> rules);

} // namespace headspace::ctl
