#include "schema/diff.hpp"
#include "schema/fact.hpp"

#include <gmock/gmock.h>

namespace headspace::schema {
namespace {

using ::testing::ElementsAre;

fact make(kind k, std::vector<std::string> path, attributes payload = {}) {
    fact f;
    f.id = fact_id(k, std::move(path));
    f.payload = std::move(payload);
    return f;
}

catalogue of(std::vector<fact> facts) {
    catalogue c;
    for (fact& f : facts)
        c.facts.emplace(f.id, f);
    return c;
}

TEST(fact_id, is_printed_with_quotes_only_where_the_server_needs_them) {
    EXPECT_EQ(to_string(fact_id(kind::column, {"public", "users", "name"})), "public.users.name");
    EXPECT_EQ(to_string(fact_id(kind::table, {"public", "Order"})), "public.\"Order\"");
    EXPECT_EQ(to_string(fact_id(kind::table, {"public", "order"})), "public.\"order\"");
    EXPECT_EQ(to_string(fact_id(kind::table, {"a\"b", "1st"})), "\"a\"\"b\".\"1st\"");
    EXPECT_EQ(to_string(fact_id(kind::function, {"public", "area", "double precision, integer"})),
              "public.area(double precision, integer)");
    EXPECT_EQ(to_string(fact_id(kind::privilege, kind::table, {"public", "users", ""})),
              "public.users for PUBLIC");
}

TEST(diff, names_what_was_added_removed_and_changed) {
    const catalogue a = of({make(kind::table, {"public", "a"}, {{"persistence", "u"}}),
                            make(kind::table, {"public", "b"})});
    const catalogue b = of({make(kind::table, {"public", "a"}, {{"options", "fillfactor=70"}}),
                            make(kind::table, {"public", "c"})});
    const difference d = compare(a, b);
    ASSERT_EQ(d.added.size(), 1u);
    EXPECT_EQ(to_string(d.added[0]->id), "public.c");
    ASSERT_EQ(d.removed.size(), 1u);
    EXPECT_EQ(to_string(d.removed[0]->id), "public.b");
    ASSERT_EQ(d.changed.size(), 1u);
    EXPECT_THAT(d.changed[0].attributes, ElementsAre("options", "persistence"));
    EXPECT_TRUE(compare(a, a).empty());
}

TEST(diff, explains_in_words_what_is_and_what_should_be) {
    const catalogue a = of({make(kind::column, {"public", "a", "x"}, {{"type", "integer"}}),
                            make(kind::index, {"public", "extra"})});
    const catalogue b = of({make(kind::column, {"public", "a", "x"}, {{"type", "bigint"}}),
                            make(kind::table, {"public", "a"})});
    EXPECT_THAT(explain(compare(a, b)),
                ElementsAre("index public.extra: not expected", "table public.a: missing",
                            "column public.a.x: type is integer, should be bigint"));
}

} // namespace
} // namespace headspace::schema
