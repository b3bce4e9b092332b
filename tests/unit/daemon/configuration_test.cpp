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
        const configuration subject(asked, captured, std::move(*in_force));
        test::write_file(*asked.config_file, after);
        const auto plan = subject.read_again();
        reloaded out;
        for (const config::change& change : std::get<reload_plan>(plan).changes)
            (change.needs_restart ? out.needs_restart : out.changed).push_back(change.key);
        return out;
    }

    test::temp_directory folder;
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
