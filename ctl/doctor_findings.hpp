// What headspacectl itself finds out for `doctor`, and how findings look. Pure.
#pragma once

#include "ctl/render.hpp"
#include "problems/finding.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace headspace::ctl {

using findings = std::vector<problems::finding>;

/// The file that the daemon's socket is.
struct socket_file {
    std::string path;
    unsigned mode = 0;
    std::string owner;
    std::string group;
};

[[nodiscard]] problems::finding judge_socket(const std::string& path,
                                             const std::optional<socket_file>& file);
/// The daemon answers; `theirs` is its version.
[[nodiscard]] problems::finding judge_versions(std::string_view ours, const std::string& theirs);
/// GET /v1/status: what the daemon knows of itself.
[[nodiscard]] findings judge_status(const boost::json::value& status);
/// What `systemctl show` printed; nothing when it does not know the unit.
[[nodiscard]] std::optional<problems::finding> judge_unit(const std::string& unit,
                                                          std::string_view shown);

/// A file that the unit hands the daemon as a credential: LoadCredential=NAME:PATH.
struct unit_credential {
    std::string name;
    std::string path;
    bool there = false;    // as far as we can see
    bool readable = false; // by us
    bool operator==(const unit_credential&) const = default;
};
/// Those with an absolute path in what `systemctl cat` printed (`show` cannot print them), "%i"
/// being `instance`.
[[nodiscard]] std::vector<unit_credential> credentials_of(std::string_view files,
                                                          const std::string& instance);
/// Which passwords a look without the daemon has; nothing where the unit names no file.
[[nodiscard]] findings judge_credentials(const std::string& unit,
                                         const std::vector<unit_credential>& all);
/// An authentication that failed without a credential says nothing of the daemon's: a warning.
void excuse_authentication(findings& found, const std::string& unit);

/// The checks of a probe's answer; nothing when it is none.
[[nodiscard]] std::optional<findings> read_findings(const boost::json::value& answer);

[[nodiscard]] std::string render_findings(const findings& all, const style& look);
[[nodiscard]] boost::json::value findings_json(const findings& all);

} // namespace headspace::ctl
