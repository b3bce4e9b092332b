// Explanations as a person reads them, and as JSON. Pure.
#pragma once

#include "ctl/render.hpp"
#include "problems/explanations.hpp"

#include <span>
#include <string>

namespace headspace::ctl {

[[nodiscard]] std::string render_explanation(const problems::explained& one, const style& look);
/// One line each: name, exit code, whether it heals, title.
[[nodiscard]] std::string render_explanations(std::span<const problems::explained> all,
                                              const style& look);

[[nodiscard]] boost::json::value explanation_json(const problems::explained& one);
[[nodiscard]] boost::json::value explanations_json(std::span<const problems::explained> all);

} // namespace headspace::ctl
