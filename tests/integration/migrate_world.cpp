#include "integration/migrate_world.hpp"

#include "base/text.hpp"

namespace headspace::test {

std::shared_ptr<pg::connector> connector_to(asio::io_context& io, const std::string& url,
                                            const std::string& session_attrs) {
    pg::connect_settings settings;
    settings.target = config::parse_conninfo(url, "the test").value().value;
    settings.target_session_attrs = session_attrs;
    settings.connect_timeout = 30s;
    settings.resolve_timeout = 30s;
    return pg::make_host_connector(io.get_executor(), settings);
}

migrate::migrate_settings quick_settings(const std::filesystem::path& directory) {
    auto settings = migrate::make_migrate_settings(config::settings{}, directory.string());
    settings.lock_poll = 50ms;
    settings.retry_initial = 20ms;
    settings.retry_max = 200ms;
    return settings;
}

migrate_world::migrate_world(cluster_options options)
    : cluster(std::move(options)), settings(quick_settings(directory())) {
    std::filesystem::create_directories(directory() / "versions");
}

void migrate_world::write(const std::string& name, const std::string& text) const {
    write_file(directory() / "versions" / name, text);
}

void migrate_world::revision(const std::string& number, const std::string& up,
                             const std::string& down, const std::string& options) const {
    write(number + "_r.sql", "-- revision " + number + "\n-- migrate:up " + options + "\n" + up +
                                 "\n-- migrate:down " + options + "\n" + down + "\n");
}

void migrate_world::remove(const std::string& name) const {
    std::filesystem::remove(directory() / "versions" / name);
}

std::unique_ptr<migrate::runner> migrate_world::make_runner(const std::string& url) {
    return std::make_unique<migrate::runner>(
        io.get_executor(), connector_to(io, url.empty() ? cluster.url() : url), settings, jitter,
        [this](log_event e) { log.push_back(std::move(e)); });
}

result<migrate::outcome> migrate_world::run(migrate::request what, const std::string& url,
                                            duration limit) {
    const auto runner = make_runner(url);
    what.requested_by = "tester";
    return run_on(
        io, runner->run(std::move(what), [this](const migrate::progress& p) { seen.push_back(p); }),
        limit);
}

result<migrate::outcome> migrate_world::upgrade(const std::string& target) {
    return run(upgrade_to(target));
}

result<migrate::outcome> migrate_world::downgrade(const std::string& target) {
    return run(downgrade_to(target));
}

migrate::migration_status migrate_world::status() {
    const auto runner = make_runner();
    return run_on(io, runner->status());
}

std::string migrate_world::value(const std::string& sql) const {
    return cluster.value("postgres", sql);
}

std::string migrate_world::ledger() const {
    return value("SELECT string_agg(revision || ':' || state, ' ' ORDER BY seq) FROM "
                 "headspace.migrations");
}

std::string migrate_world::everything_said() const {
    std::string all;
    for (const log_event& e : log)
        all += e.message + "\n";
    for (const migrate::progress& p : seen)
        all += p.text + (p.problem ? p.problem->text() : "") + "\n";
    return all;
}

std::string outcome_text(const result<migrate::outcome>& r) {
    if (r.has_error())
        return r.error().text();
    std::string out = "done:";
    for (const migrate::completed_step& step : r->done)
        out += " " + step.step.revision;
    return out;
}

migrate::request upgrade_to(const std::string& target) {
    migrate::request r;
    r.target = target;
    return r;
}

migrate::request downgrade_to(const std::string& target) {
    migrate::request r = upgrade_to(target);
    r.what = migrate::direction::downgrade;
    return r;
}

migrate::request stamp_to(const std::string& target, bool purge) {
    migrate::request r = upgrade_to(target);
    r.what = migrate::direction::stamp;
    r.purge = purge;
    return r;
}

} // namespace headspace::test
