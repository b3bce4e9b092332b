#include "schema/graph.hpp"

#include <gmock/gmock.h>

namespace headspace::schema {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

TEST(order_graph, takes_the_smallest_that_may_come_next) {
    order_graph g(4);
    g.must(3, 0);
    EXPECT_THAT(g.sort().nodes, ElementsAre(1, 2, 3, 0));
}

TEST(order_graph, a_wish_is_granted_when_it_can_be) {
    order_graph g(3);
    g.should(2, 0);
    EXPECT_THAT(g.sort().nodes, ElementsAre(1, 2, 0));
}

TEST(order_graph, a_wish_that_makes_a_circle_is_given_up) {
    order_graph g(3);
    g.must(0, 1);
    g.must(1, 2);
    g.should(2, 0);
    const auto order = g.sort();
    EXPECT_THAT(order.nodes, ElementsAre(0, 1, 2));
    EXPECT_THAT(order.circle, IsEmpty());
}

TEST(order_graph, names_the_nodes_of_a_circle_that_it_cannot_break) {
    order_graph g(4);
    g.must(1, 2);
    g.must(2, 1);
    g.must(2, 3);
    const auto order = g.sort();
    EXPECT_THAT(order.nodes, ElementsAre(0));
    EXPECT_THAT(order.circle, UnorderedElementsAre(1, 2, 3));
}

TEST(order_graph, knows_everything_before_and_after_a_node) {
    order_graph g(4);
    g.must(0, 1);
    g.must(1, 2);
    EXPECT_THAT(g.all_after(0), ElementsAre(false, true, true, false));
    EXPECT_THAT(g.all_before(2), ElementsAre(true, true, false, false));
}

} // namespace
} // namespace headspace::schema
