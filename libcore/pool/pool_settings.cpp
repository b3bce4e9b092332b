#include "pool/pool_settings.hpp"

#include "base/text.hpp"

#include <algorithm>

namespace headspace::pool {

pool_settings make_pool_settings(const config::settings& settings, const config::conninfo& target) {
    const config::database_settings& d = settings.database;
    pool_settings p;
    p.size = std::max(d.pool_size, 1u);
    p.min_idle = d.pool_min_idle;
    p.max_waiters = d.pool_max_waiters;
    p.connect_parallelism = std::max(d.pool_connect_parallelism, 1u);
    p.recycle = d.pool_recycle;
    p.pre_ping = d.pool_pre_ping;
    p.ping_after = d.pool_ping_after;
    p.ping_timeout = d.pool_ping_timeout;
    p.keepalive = d.pool_keepalive;
    p.idle_timeout = d.pool_idle_timeout;
    p.tick = d.pool_tick;
    p.lease_warn = d.pool_lease_warn;
    p.reset_always = d.pool_reset == config::reset_policy::always;
    p.reset_timeout = d.pool_reset_timeout;
    p.close_timeout = d.pool_close_timeout;
    p.connect_timeout = d.connect_round_timeout;
    p.backoff_initial = settings.reconnect.initial;
    p.backoff_max = settings.reconnect.max;
    p.stable_after = settings.reconnect.stable_after;
    p.operator_interval = settings.reconnect.operator_interval;
    p.repeat = settings.log.repeat;
    p.min_idle = std::min(p.min_idle, p.size);
    std::vector<std::string> hosts;
    std::vector<std::string> ports;
    for (const config::host_entry& e : target.hosts) {
        hosts.push_back(e.host.empty() ? e.hostaddr : e.host);
        ports.push_back(std::to_string(e.port));
    }
    p.log_fields = {
        {"HOST", join(hosts, ",")}, {"PORT", join(ports, ",")}, {"DATABASE", target.database}};
    return p;
}

} // namespace headspace::pool
