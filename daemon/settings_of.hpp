// The configuration in the terms of those who work by it.
#pragma once

#include "admin/limits.hpp"
#include "config/combine.hpp"
#include "daemon/migrations.hpp"
#include "health/monitor.hpp"
#include "log/log.hpp"

namespace headspace::daemon {

[[nodiscard]] health::monitor_settings monitor_settings_of(const config::effective& e);
[[nodiscard]] migrations_options migrations_options_of(const config::effective& e);
[[nodiscard]] admin::limits limits_of(const config::admin_settings& s);
[[nodiscard]] log::limits limits_of(const config::log_settings& s);

} // namespace headspace::daemon
