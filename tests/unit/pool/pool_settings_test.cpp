#include "pool/pool_settings.hpp"

#include <gtest/gtest.h>

using namespace headspace;
using namespace headspace::pool;
using namespace std::chrono_literals;

namespace {

config::conninfo at(std::string host) {
    config::conninfo c;
    c.hosts.push_back({std::move(host), "", 5432, false});
    c.database = "app";
    return c;
}

} // namespace

TEST(pool_settings, are_those_of_the_configuration) {
    const pool_settings p = make_pool_settings({}, at("localhost"));
    EXPECT_EQ(p.size, 10u);
    EXPECT_EQ(p.min_idle, 1u);
    EXPECT_EQ(p.recycle, 3600s);
    EXPECT_EQ(p.keepalive, 120s);
    EXPECT_EQ(p.connect_timeout, 15s);
    EXPECT_EQ(p.backoff_initial, 100ms);
    EXPECT_EQ(p.backoff_max, 30s);
    EXPECT_EQ(p.operator_interval, 30s);
    EXPECT_FALSE(p.reset_always);
    EXPECT_EQ(p.log_fields, (std::vector<std::pair<std::string, std::string>>{
                                {"HOST", "localhost"}, {"PORT", "5432"}, {"DATABASE", "app"}}));
}

TEST(pool_settings, no_more_is_kept_open_than_there_may_be) {
    config::settings s;
    s.database.pool_size = 2;
    s.database.pool_min_idle = 5;
    EXPECT_EQ(make_pool_settings(s, at("localhost")).min_idle, 2u);
}
