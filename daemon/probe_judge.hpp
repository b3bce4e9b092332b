// From what a probe saw to what a person should know and do. Pure.
#pragma once

#include "daemon/probe_facts.hpp"
#include "problems/finding.hpp"

#include <vector>

namespace headspace::daemon {

/// In the order in which a connection comes about; what stands behind a failure is `skipped`.
[[nodiscard]] std::vector<problems::finding> judge(const probe_facts& facts,
                                                   const probe_limits& limits);

// The parts.
void judge_way(std::vector<problems::finding>& out, const probed_way& way,
               const std::string& prefix, const probe_limits& limits);
void judge_server(std::vector<problems::finding>& out, const probe_facts& facts);
void judge_rights(std::vector<problems::finding>& out, const probe_facts& facts);
void judge_budget(std::vector<problems::finding>& out, const probe_facts& facts,
                  const probe_limits& limits);
void judge_locks(std::vector<problems::finding>& out, const probe_facts& facts,
                 const probe_limits& limits);
void judge_migrations(std::vector<problems::finding>& out, const probe_facts& facts);
void judge_clock(std::vector<problems::finding>& out, const probe_facts& facts,
                 const probe_limits& limits);

} // namespace headspace::daemon
