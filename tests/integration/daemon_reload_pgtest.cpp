// A reload carries out every key or says that it needs a restart: none is silently ignored. The
// first test walks the whole table of settings, the others look at what the values do.
#include "config/settings_keys.hpp"
#include "daemon_migrating.hpp"

#include <algorithm>
#include <csignal>
#include <set>

using namespace headspace;
using namespace headspace::test;
using config::key_rule;
using testing::Contains;
using testing::HasSubstr;
using testing::Not;

namespace {

using tables = std::map<std::string, std::map<std::string, std::string>>; // key -> TOML literal

std::string as_toml(const std::string& text) {
    return '"' + text + '"';
}

class daemon_reload : public testing::Test {
protected:
    daemon_reload() {
        cluster.create_role("app");
        cluster.sql("postgres", "GRANT CREATE ON DATABASE postgres TO app; "
                                "GRANT CREATE ON SCHEMA public TO app");
        for (const char* name : {"one", "two"})
            std::filesystem::create_directories(folder(name) / "versions");
        base["database"] = {{"host", as_toml(cluster.socket_directory())},
                            {"port", std::to_string(cluster.port())},
                            {"name", as_toml("postgres")},
                            {"user", as_toml("app")}};
        base["migrations"] = {{"directory", as_toml(folder("one").string())}};
        base["log"] = {{"format", as_toml("text")}};
    }

    [[nodiscard]] std::filesystem::path folder(const std::string& name) const {
        return home.path() / name;
    }

    /// The daemon is started with `base`.
    void start() {
        tables own = base; // the harness writes the rest, as it is in `base` from then on
        own.erase("log");
        daemon.emplace(
            daemon_options{.config = text_of(own), .log_level = level, .folder = home.path()});
        base["admin"]["socket"] = as_toml(daemon->socket().string());
        base["log"]["level"] = as_toml(level);
        ASSERT_TRUE(daemon->wait_connected()) << daemon->log();
    }
    static std::string text_of(const tables& what) {
        std::string text;
        for (const auto& [table, keys] : what) {
            text += "[" + table + "]\n";
            for (const auto& [key, literal] : keys)
                text += key + " = " + literal + "\n";
        }
        return text;
    }
    void write(const tables& what) const {
        write_file(home.path() / "headspaced.toml", text_of(what));
    }
    /// Reloads with `key` changed in `base`; what the daemon answers.
    boost::json::value reload(const std::string& table, const std::string& key,
                              const std::string& literal) {
        tables next = base;
        next[table][key] = literal;
        return reload(next);
    }
    boost::json::value reload(const tables& what) {
        write(what);
        const answer told = daemon->post("/v1/reload");
        EXPECT_EQ(told.status, 200) << told.body;
        return told.json();
    }
    static std::vector<std::string> list(const boost::json::value& told, const char* name) {
        std::vector<std::string> out;
        for (const auto& one : told.at(name).as_array())
            out.emplace_back(one.as_string());
        return out;
    }
    /// What /v1/config says.
    std::string in_force(const std::string& dotted) {
        const boost::json::value config = daemon->get("/v1/config").json();
        for (const auto& row : config.at("values").as_array())
            if (row.at("key").as_string() == dotted)
                return std::string(row.at("value").as_string());
        ADD_FAILURE() << "/v1/config does not have " << dotted;
        return {};
    }
    std::uint64_t pool_count(const char* what) {
        return daemon->get("/v1/pool").json().at(what).to_number<std::uint64_t>();
    }

    /// Another valid value than the one in `base`, as TOML writes it.
    [[nodiscard]] std::string other_value(const key_rule& key) const {
        const std::map<std::string, std::string> chosen{
            {"database.url", as_toml("postgresql://app@127.0.0.1:1/elsewhere")},
            {"database.host", as_toml("127.0.0.1")},
            {"database.name", as_toml("elsewhere")},
            {"database.user", as_toml("someone")},
            {"database.password", as_toml(std::string(canary))},
            {"database.password_file", as_toml((home.path() / "password").string())},
            {"database.sslmode", as_toml("disable")},
            {"database.target_session_attrs", as_toml("read-write")},
            {"database.profile", as_toml("serverless")},
            {"migrations.directory", as_toml(folder("two").string())},
            {"migrations.format", as_toml("dbmate")},
            {"migrations.url", as_toml("postgresql://owner@127.0.0.1:1/elsewhere")},
            {"migrations.scratch_url", as_toml("postgresql://owner@127.0.0.1:1/scratch")},
            {"admin.socket", as_toml((home.path() / "other.sock").string())},
            {"admin.mode", as_toml("0600")},
            {"http.listen", as_toml("127.0.0.1:0")},
            {"log.level", as_toml("debug")},
            {"log.format", as_toml("json")},
            {"embedded.shared_buffers", as_toml("64MB")},
        };
        if (const auto found = chosen.find(key.dotted()); found != chosen.end())
            return found->second;
        config::settings values;
        const auto member = key.member(values);
        if (const auto* number = std::get_if<std::uint32_t*>(&member))
            return std::to_string(**number + 1);
        if (std::holds_alternative<std::uint16_t*>(member))
            return "1";
        if (const auto* time = std::get_if<duration*>(&member))
            return as_toml(
                std::to_string(
                    std::chrono::duration_cast<std::chrono::milliseconds>(**time).count() + 1000) +
                "ms");
        if (const auto* yes = std::get_if<bool*>(&member))
            return **yes ? "false" : "true";
        if (std::holds_alternative<std::vector<std::string>*>(member))
            return "[\"root\"]";
        if (!key.choices.empty())
            return as_toml(std::string(key.choices.back()));
        return as_toml("/other"); // a path, or a name: any text
    }

    temp_cluster cluster;
    temp_directory home{"hsl"};
    tables base;
    std::string level = "info";
    std::optional<daemon_process> daemon;
};

} // namespace

TEST_F(daemon_reload, every_key_comes_into_force_or_is_named_as_needing_a_restart) {
    write_file(home.path() / "password", std::string(canary));
    start();
    std::size_t live = 0;
    std::size_t restart = 0;
    for (const key_rule& key : config::all_keys()) {
        const std::string dotted = key.dotted();
        const std::string before = in_force(dotted);
        const auto told = reload(std::string(key.table), std::string(key.name), other_value(key));
        const bool changed = testing::Value(list(told, "changed"), Contains(dotted));
        const bool waits = testing::Value(list(told, "needs_restart"), Contains(dotted));
        EXPECT_NE(changed, waits) << dotted << ": " << told;
        EXPECT_EQ(waits, key.needs_restart) << dotted;
        if (key.kind != config::key_kind::secret_text) {
            if (waits)
                EXPECT_EQ(in_force(dotted), before) << dotted << " is not in force yet";
            else
                EXPECT_NE(in_force(dotted), before) << dotted << " is in force";
        }
        const auto again = daemon->post("/v1/reload").json();
        EXPECT_EQ(testing::Value(list(again, "needs_restart"), Contains(dotted)), waits)
            << dotted << " is still named, for it still waits";
        const auto back = reload(base);
        EXPECT_EQ(testing::Value(list(back, "changed"), Contains(dotted)), changed) << dotted;
        EXPECT_EQ(in_force(dotted), before) << dotted;
        ++(waits ? restart : live);
    }
    EXPECT_GT(live, 70U);
    EXPECT_GT(restart, 15U);
    EXPECT_TRUE(daemon->wait_connected());
}

TEST_F(daemon_reload, headspacectl_shows_what_changed_and_what_needs_a_restart) {
    start();
    tables next = base;
    next["database"]["pool_size"] = "3";
    next["admin"]["mode"] = as_toml("0600");
    write(next);
    const auto told = daemon->ctl({"reload"});
    EXPECT_EQ(told.exit_status, 0);
    EXPECT_THAT(told.output, HasSubstr("database.pool_size"));
    EXPECT_THAT(told.output, HasSubstr("admin.mode"));
    EXPECT_THAT(told.output, HasSubstr("restart"));
    EXPECT_THAT(daemon->log(), HasSubstr("admin.mode (needs a restart)"));
    EXPECT_THAT(daemon->ctl({"reload"}).output, HasSubstr("admin.mode")) << "it still does";
}

TEST_F(daemon_reload, the_pool_grows_and_shrinks) {
    base["database"]["pool_size"] = "8";
    base["database"]["pool_min_idle"] = "6";
    start();
    ASSERT_TRUE(eventually([&] { return pool_count("live") == 6; }));
    tables next = base;
    next["database"]["pool_size"] = "2";
    next["database"]["pool_min_idle"] = "1";
    reload(next);
    EXPECT_EQ(pool_count("size"), 2U);
    EXPECT_TRUE(eventually([&] { return pool_count("live") <= 2; }));
    EXPECT_TRUE(eventually([&] { return cluster.backends("headspaced").size() <= 2; }));
    next["database"]["pool_size"] = "9";
    next["database"]["pool_min_idle"] = "7";
    reload(next);
    EXPECT_EQ(pool_count("size"), 9U);
    EXPECT_TRUE(eventually([&] { return pool_count("live") == 7; }));
}

TEST_F(daemon_reload, connections_are_made_anew_with_new_settings) {
    start();
    ASSERT_FALSE(cluster.backends("headspaced").empty());
    reload("database", "application_name", as_toml("renamed"));
    EXPECT_TRUE(eventually([&] {
        return !cluster.backends("renamed").empty() && cluster.backends("headspaced").empty();
    }));
}

TEST_F(daemon_reload, the_log_level_counts_from_now_on) {
    level = "error";
    start();
    daemon->post("/v1/pool/recycle");
    EXPECT_EQ(daemon->log_lines_with("POST /v1/pool/recycle"), 0U);
    reload("log", "level", as_toml("info"));
    daemon->post("/v1/pool/recycle");
    EXPECT_TRUE(eventually([&] { return daemon->log_lines_with("POST /v1/pool/recycle") == 1; }));
}

TEST_F(daemon_reload, migrations_use_the_new_directory_and_the_new_lock_timeout) {
    write_file(
        folder("two") / "versions" / "1_r.sql",
        "-- migrate:up\nCREATE TABLE seen AS SELECT current_setting('lock_timeout') AS t;\n");
    start();
    tables next = base;
    next["migrations"]["directory"] = as_toml(folder("two").string());
    next["migrations"]["lock_timeout"] = as_toml("1234ms");
    reload(next);
    EXPECT_THAT(daemon->get("/v1/migrations").body, HasSubstr(folder("two").string()));
    const auto upgrade = daemon->ctl({"db", "upgrade"});
    EXPECT_EQ(upgrade.exit_status, 0) << upgrade.output;
    EXPECT_EQ(cluster.value("postgres", "SELECT t FROM seen"), "1234ms");
}

TEST_F(daemon_reload, what_was_known_of_another_directory_or_database_is_forgotten) {
    write_file(folder("two") / "versions" / "1_r.sql", "-- migrate:up\nCREATE TABLE a (x int);\n");
    cluster.create_database("elsewhere", "app");
    const auto comes_to_be = [&](const std::string& state) {
        return eventually(
            [&] { return daemon->health().at("checks").at("migrations").as_string() == state; });
    };
    start();
    ASSERT_TRUE(comes_to_be("current")) << "no file, nothing to do";
    tables next = base;
    next["migrations"]["directory"] = as_toml(folder("two").string());
    reload(next);
    EXPECT_TRUE(comes_to_be("pending")) << "without anybody having asked";
    next["migrations"]["auto_upgrade"] = "true";
    reload(next);
    ASSERT_TRUE(comes_to_be("current"));
    next["database"]["name"] = as_toml("elsewhere");
    reload(next);
    EXPECT_TRUE(eventually([&] {
        return cluster.value("elsewhere", "SELECT to_regclass('a')") == "a";
    })) << "an ordered upgrade is for the new database too";
}

TEST_F(daemon_reload, a_health_question_waits_no_longer_than_the_new_limit) {
    base["health"]["timeout"] = as_toml("10m");
    start();
    reload("health", "timeout", as_toml("300ms"));
    std::set<pid_t> frozen;
    const auto hangs = [&] {
        for (const pid_t backend : cluster.backends("headspaced")) // it may open one more meanwhile
            if (frozen.insert(backend).second)
                temp_cluster::freeze(backend);
        return daemon->get("/health/db").status == 503;
    };
    EXPECT_TRUE(eventually(hangs)) << "an answer at all, before we give up";
    for (const pid_t backend : frozen)
        temp_cluster::thaw(backend);
}

TEST_F(daemon_reload, a_shutdown_waits_no_longer_than_the_new_limit) {
    base["shutdown"]["drain_timeout"] = as_toml("10m");
    write_file(folder("one") / "versions" / "1_r.sql", "-- migrate:up\nSELECT pg_sleep(600);\n");
    start();
    ASSERT_EQ(daemon->post("/v1/migrations/upgrade").status, 202);
    ASSERT_TRUE(eventually([&] {
        return cluster.value("postgres", "SELECT count(*) FROM pg_stat_activity WHERE query LIKE "
                                         "'%pg_sleep(600)%' AND state = 'active' AND pid <> "
                                         "pg_backend_pid()") != "0";
    }));
    reload("shutdown", "drain_timeout", as_toml("400ms"));
    daemon->signal(SIGTERM);
    EXPECT_EQ(daemon->wait_exit(), 0);
}

TEST_F(daemon_reload, with_a_mistake_changes_nothing_at_all) {
    start();
    tables next = base;
    next["database"]["pool_size"] = "3";
    next["database"]["pool_timeout"] = as_toml("soon");
    write(next);
    EXPECT_EQ(daemon->post("/v1/reload").status, 422);
    EXPECT_EQ(in_force("database.pool_size"), "10");
    EXPECT_EQ(pool_count("size"), 10U);
}
