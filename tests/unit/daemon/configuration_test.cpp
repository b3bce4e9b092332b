// What a reload finds changed, and which of that has to wait for a restart.
#include "daemon/configuration.hpp"
#include "support/temp_directory.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>

using namespace headspace;
using namespace headspace::daemon;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

namespace {

struct reloaded {
    std::vector<std::string> changed;
    std::vector<std::string> needs_restart;
    reload_plan plan;
};

class configured : public testing::Test {
protected:
    /// From one file to another.
    reloaded reload(const std::string& before, const std::string& after) {
        config::request asked;
        asked.config_file = folder.path() / "headspaced.toml";
        config::captured_environment captured;
        captured.service = true; // so that no .env is read
        test::write_file(*asked.config_file, before);
        auto loaded = config::load(asked, captured);
        auto* in_force = std::get_if<config::effective>(&loaded);
        if (in_force == nullptr)
            throw std::runtime_error(
                std::get<std::vector<config::diagnostic>>(loaded).front().text());
        configuration subject(asked, captured, std::move(*in_force));
        test::write_file(*asked.config_file, after);
        reloaded out;
        out.plan = again(subject);
        for (const config::change& change : out.plan.changes)
            (change.needs_restart ? out.needs_restart : out.changed).push_back(change.key);
        subject.adopt(out.plan);
        later = again(subject).changes;
        return out;
    }

    static reload_plan again(const configuration& subject) {
        auto plan = subject.read_again();
        return std::get<reload_plan>(std::move(plan));
    }

    test::temp_directory folder;
    std::vector<config::change> later; // what a second reload finds
    const std::string embedded = "[embedded]\nenabled = true\ndata_directory = \"/nonexistent\"\n"
                                 "spare_connections = 5\n";
    const std::string first = "[database]\npool_size = 10\n";
    const std::string second =
        "[database]\npool_size = 12\nconnect_timeout = \"3s\"\nstatement_timeout = \"1s\"\n"
        "query_timeout = \"9s\"\n[reconnect]\nmax = \"3s\"\n[health]\ntimeout = \"2s\"\n";
};

} // namespace

TEST_F(configured, without_the_embedded_server_a_new_connection_is_carried_out) {
    const reloaded r = reload(first, second);
    EXPECT_THAT(r.needs_restart, IsEmpty());
    EXPECT_EQ(r.changed.size(), 6U);
}

TEST_F(configured, the_embedded_server_and_its_connections_stay_as_they_were_started) {
    const reloaded r = reload(embedded + first, embedded + second);
    EXPECT_THAT(r.needs_restart,
                UnorderedElementsAre("database.connect_timeout", "database.statement_timeout",
                                     "reconnect.max"));
    EXPECT_THAT(r.changed, UnorderedElementsAre("database.pool_size", "database.query_timeout",
                                                "health.timeout"));
}

TEST_F(configured, the_embedded_server_has_room_for_the_spare_connections_and_no_more) {
    const reloaded r = reload(embedded + first, embedded + "[database]\npool_size = 15\n");
    EXPECT_THAT(r.changed, UnorderedElementsAre("database.pool_size"));
    const reloaded more = reload(embedded + first, embedded + "[database]\npool_size = 16\n");
    EXPECT_THAT(more.needs_restart, UnorderedElementsAre("database.pool_size"));
}

TEST_F(configured, what_needs_a_restart_stays_in_force_and_is_named_by_every_reload_until_then) {
    const reloaded r = reload("", "[admin]\ngroup = \"root\"\n[log]\nformat = \"json\"\n"
                                  "[health]\ntimeout = \"7s\"\n");
    EXPECT_THAT(r.needs_restart, UnorderedElementsAre("admin.group", "log.format"));
    EXPECT_EQ(r.plan.next.values.admin.group, "");
    EXPECT_EQ(r.plan.next.values.log.format, "auto");
    EXPECT_FALSE(r.plan.next.origins.contains("log.format")) << "not what the file says";
    EXPECT_EQ(r.plan.next.values.health.timeout, std::chrono::seconds(7));
    ASSERT_EQ(later.size(), 2U) << "what is in force already is no change";
    EXPECT_EQ(later[0].key, "admin.group");
    EXPECT_EQ(later[1].key, "log.format");
    EXPECT_EQ(later[1].after, "json");
}

TEST_F(configured, more_connections_than_the_embedded_server_has_room_for_are_not_opened) {
    const reloaded r = reload(embedded + first, embedded + "[database]\npool_size = 16\n");
    EXPECT_EQ(r.plan.next.values.database.pool_size, 10U);
}

TEST_F(configured, from_the_embedded_server_to_another_one_is_a_restart) {
    const reloaded r = reload(embedded, "[database]\nhost = \"db.example\"\nuser = \"other\"\n");
    EXPECT_THAT(r.needs_restart, testing::IsSupersetOf({"database.host", "embedded.enabled"}));
    EXPECT_TRUE(r.plan.next.embedded);
    EXPECT_FALSE(r.plan.connection_changed);
    EXPECT_FALSE(later.empty());
}

TEST_F(configured, from_another_server_to_the_embedded_one_is_a_restart) {
    const std::string other = "[database]\nhost = \"db.example\"\nuser = \"other\"\n";
    const reloaded r = reload(other, other + embedded);
    EXPECT_THAT(r.needs_restart, testing::Contains("embedded.enabled"));
    EXPECT_FALSE(r.plan.next.embedded);
    EXPECT_EQ(r.plan.next.target.hosts.front().host, "db.example");
    EXPECT_FALSE(r.plan.connection_changed);
}
