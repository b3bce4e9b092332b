// The configuration in force and how it is read again.
#pragma once

#include "config/combine.hpp"
#include "config/print.hpp"
#include "config/read.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace headspace::daemon {

struct reload_record {
    wall_time at;
    bool ok = false;
    std::string error; // the first diagnostic, empty when ok
};

/// A new configuration that is valid and not yet in force.
struct reload_plan {
    config::effective next;
    std::vector<config::change> changes;
    bool connection_changed = false; // pooled connections must be replaced
    bool migrations_changed = false; // those of migrations.url are made anew
};

class configuration {
public:
    configuration(config::request asked, config::captured_environment captured,
                  config::effective in_force)
        : asked_(std::move(asked)), captured_(std::move(captured)), in_force_(std::move(in_force)),
          embedded_connections_(in_force_.values.database.pool_size +
                                in_force_.values.embedded.spare_connections) {}

    [[nodiscard]] const config::effective& in_force() const noexcept { return in_force_; }
    [[nodiscard]] const config::captured_environment& captured() const noexcept {
        return captured_;
    }
    /// Every password that is in force now, for the log's last line of defence.
    [[nodiscard]] std::vector<secret> secrets() const;

    /// Reads and validates everything again; nothing changes yet. Errors: all diagnostics.
    [[nodiscard]] std::variant<reload_plan, std::vector<config::diagnostic>> read_again() const;
    void adopt(reload_plan plan) { in_force_ = std::move(plan.next); }

    void record(reload_record r) {
        ++(r.ok ? reloads_ok_ : reloads_refused_);
        if (r.ok)
            last_good_reload_ = r.at;
        last_reload_ = std::move(r);
    }
    [[nodiscard]] const std::optional<reload_record>& last_reload() const noexcept {
        return last_reload_;
    }
    [[nodiscard]] const std::optional<wall_time>& last_good_reload() const noexcept {
        return last_good_reload_;
    }
    [[nodiscard]] std::uint64_t reloads_ok() const noexcept { return reloads_ok_; }
    [[nodiscard]] std::uint64_t reloads_refused() const noexcept { return reloads_refused_; }

private:
    config::request asked_;
    config::captured_environment captured_;
    config::effective in_force_;
    std::uint32_t embedded_connections_; // that the embedded server was started with room for
    std::optional<reload_record> last_reload_;
    std::optional<wall_time> last_good_reload_;
    std::uint64_t reloads_ok_ = 0;
    std::uint64_t reloads_refused_ = 0;
};

} // namespace headspace::daemon
