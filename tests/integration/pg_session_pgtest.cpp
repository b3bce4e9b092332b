// An established connection: statements, errors, cancellation, deadlines.
#include "support/process.hpp"
#include "support/session_frame.hpp"
#include "support/temp_cluster.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

using namespace headspace;
using namespace headspace::test;
using namespace std::chrono_literals;
using testing::HasSubstr;

namespace {

class pg_session : public testing::Test {
protected:
    temp_cluster cluster;
    session_frame frame;
};

} // namespace

TEST_F(pg_session, a_statement_with_parameters_returns_its_rows) {
    const auto session = frame.connect(cluster.url());
    const auto outcome = frame.query(*session, "SELECT $1::int + 1 AS next, $2::text AS nothing",
                                     {"41", std::nullopt});
    ASSERT_TRUE(outcome) << outcome.error().text();
    EXPECT_EQ(outcome->columns, (std::vector<std::string>{"next", "nothing"}));
    EXPECT_EQ(outcome->text(0, 0), "42");
    EXPECT_TRUE(outcome->is_null(0, 1));
    EXPECT_EQ(outcome->command, "SELECT 1");
    EXPECT_EQ(outcome->affected, 1U);
    EXPECT_EQ(session->status(), pg::transaction_status::idle);
}

TEST_F(pg_session, the_facts_name_the_server) {
    const auto session = frame.connect(cluster.url());
    EXPECT_EQ(session->facts().version / 10000, postgres_major());
    EXPECT_EQ(session->facts().host, cluster.socket_directory());
    EXPECT_FALSE(session->facts().in_recovery);
    EXPECT_FALSE(session->facts().pooler);
    EXPECT_TRUE(session->facts().warnings.empty());
    EXPECT_EQ(frame.value(*session, "SELECT pg_backend_pid()"),
              std::to_string(session->facts().backend_pid));
}
