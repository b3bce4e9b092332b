#include "daemon/settings_of.hpp"

namespace headspace::daemon {

health::monitor_settings monitor_settings_of(const config::effective& e) {
    return {e.values.health.timeout, e.values.health.max_age};
}

migrations_options migrations_options_of(const config::effective& e) {
    return {e.values.migrations.auto_upgrade, e.migrations_directory,
            e.values.migrations.directory_poll, e.values.reconnect.operator_interval};
}

admin::limits limits_of(const config::admin_settings& s) {
    admin::limits l;
    l.max_connections = s.max_connections;
    l.header_limit = s.header_limit;
    l.body_limit = s.body_limit;
    l.files_limit = s.files_limit;
    l.stream_limit = s.stream_limit;
    l.request_timeout = s.request_timeout;
    l.idle_timeout = s.idle_timeout;
    l.accept_pause = s.accept_pause;
    l.unwind_timeout = s.unwind_timeout;
    return l;
}

log::limits limits_of(const config::log_settings& s) {
    return {s.buffer, s.flush_timeout};
}

} // namespace headspace::daemon
