#include "daemon/generating.hpp"

#include "migrate/scratch_names.hpp"

#include <utility>

namespace headspace::daemon {

namespace {

/// Like the migrations' own connections, to another place.
pg::connect_settings redirected(pg::connect_settings like, config::conninfo target) {
    like.target = std::move(target);
    like.session_settings.clear();
    like.reread_password = nullptr; // what was learned is another place's
    const auto attributes = like.target.parameters.find("target_session_attrs");
    like.target_session_attrs =
        attributes == like.target.parameters.end() ? "any" : attributes->second;
    return like;
}

} // namespace

migrate::generate_settings make_generate_settings(asio::any_io_executor executor,
                                                  const config::effective& in_force,
                                                  const pg::connect_settings& migrating,
                                                  std::shared_ptr<pg::connector> target) {
    migrate::generate_settings s;
    s.target = target;
    s.elsewhere = in_force.scratch_target && !in_force.embedded;
    const pg::connect_settings base =
        s.elsewhere ? redirected(migrating, *in_force.scratch_target) : migrating;
    s.open = [executor, base, target, elsewhere = s.elsewhere](
                 const std::string& database) -> std::shared_ptr<pg::connector> {
        if (database.empty() && !elsewhere)
            return target;
        pg::connect_settings there = base;
        if (!database.empty())
            there.target.database = database;
        return pg::make_host_connector(executor, std::move(there));
    };
    s.open_model = [executor, migrating](const config::conninfo& model) {
        return pg::make_host_connector(executor, redirected(migrating, model));
    };
    s.limits = migrate::make_generate_limits(in_force.values);
    return s;
}

asio::awaitable<void> reap_at_start(pg::session& session, migrate::generator& generator,
                                    bool elsewhere, event_sink events, time_point until) {
    if (!elsewhere) {
        const auto listed = co_await session.query(migrate::scratch_list_query(), {}, until);
        if (listed.has_error() || listed->empty())
            co_return;
    }
    const auto reaped = co_await generator.reap();
    if (reaped.has_error()) {
        events({log_level::warning,
                "scratch_not_reaped",
                "scratch databases were not looked for: " + reaped.error().text(),
                {}});
        co_return;
    }
    for (const std::string& name : reaped->dropped)
        events({log_level::info,
                "scratch_dropped",
                "Dropped the scratch database " + name + ", which a run that did not end had left",
                {{"DATABASE", name}}});
    for (const std::string& warning : reaped->warnings)
        events({log_level::warning, "scratch_left", warning, {}});
}

} // namespace headspace::daemon
