#include "daemon/run_view.hpp"

#include <gtest/gtest.h>

using namespace headspace;
using namespace headspace::daemon;
using migrate::progress;
using migrate::progress_kind;

namespace {

progress event(progress_kind kind, std::uint32_t statement = 0, bool transaction = true) {
    progress p;
    p.kind = kind;
    p.index = 3;
    p.count = 5;
    p.statement = statement;
    p.statements = 2;
    p.step.transaction = transaction;
    return p;
}

} // namespace

TEST(run_view, a_run_that_finds_nothing_to_do_is_none) {
    run_view view;
    view.follow({});
    EXPECT_FALSE(view.has_work());
    progress planned;
    planned.forget = {"1"};
    view.follow(planned);
    EXPECT_TRUE(view.has_work());
}

TEST(run_view, says_which_of_how_many_and_how_far_the_statement_is) {
    run_view view;
    view.follow(event(progress_kind::started));
    EXPECT_EQ(view.progress(), "3/5");
    progress working = event(progress_kind::working, 1);
    working.doing = migrate::activity{.what = "index build", .phase = "p", .percent = 42};
    view.follow(working);
    EXPECT_EQ(view.progress(), "3/5, index build 42 %");
    view.follow(event(progress_kind::statement, 2));
    EXPECT_EQ(view.progress(), "3/5");
}

TEST(run_view, names_the_blocker_without_the_user_until_the_waiting_is_over) {
    run_view view;
    progress waiting;
    waiting.kind = progress_kind::waiting_for_lock;
    waiting.holder.emplace();
    waiting.holder->pid = 7;
    waiting.holder->application_name = "psql";
    waiting.holder->user = "alice";
    view.follow(event(progress_kind::statement, 1));
    view.follow(waiting);
    EXPECT_EQ(view.blocked_by(), "pid 7 (psql)");
    view.follow(event(progress_kind::statement, 1));
    EXPECT_EQ(view.blocked_by(), "pid 7 (psql)") << "the next try is still blocked";
    view.follow(event(progress_kind::working, 1));
    EXPECT_EQ(view.blocked_by(), "");
}

TEST(run_view, plans_are_stale_after_each_commit) {
    EXPECT_TRUE(changes_schema(event(progress_kind::applied)));
    EXPECT_TRUE(changes_schema(event(progress_kind::reverted)));
    EXPECT_TRUE(changes_schema(event(progress_kind::statement, 2, false)));
    EXPECT_TRUE(changes_schema(event(progress_kind::failed))) << "statements before it are kept";
    EXPECT_FALSE(changes_schema(event(progress_kind::statement, 1, false)));
    EXPECT_FALSE(changes_schema(event(progress_kind::statement, 2)));
    EXPECT_FALSE(changes_schema(event(progress_kind::stamped)));
}
