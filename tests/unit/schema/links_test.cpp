#include "schema/links.hpp"
#include "schema_builder.hpp"

#include <gmock/gmock.h>

namespace headspace::schema {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

fact_id table(const std::string& name) {
    return fact_id(kind::table, {"public", name});
}

std::vector<std::string> texts(const std::vector<planned_statement>& all) {
    std::vector<std::string> out;
    for (const planned_statement& s : all)
        out.push_back(s.sql);
    return out;
}

// The tables have these attributes; a table without any stands alone.
catalogue tables(const std::vector<std::pair<std::string, attributes>>& all,
                 const attributes& aside = {}) {
    schema_builder b;
    for (const auto& [name, payload] : all)
        b.add(table(name), payload, aside);
    return b.done();
}

attributes part(const std::string& parent, const std::string& bound) {
    return {{"partition_of", "public." + parent}, {"bound", bound}};
}

const attributes by_list{{"partition_key", "LIST (k)"}};

TEST(links, that_are_the_same_are_left_alone) {
    const auto a = tables({{"m", by_list}, {"m_1", part("m", "FOR VALUES IN (1)")}});
    const auto plan = plan_links(a, a, {});
    EXPECT_TRUE(plan.empty());
    EXPECT_THAT(plan.detected, IsEmpty());
}

TEST(links, of_tables_that_come_or_go_are_their_own_affair) {
    const auto a = tables({{"m", by_list}, {"gone", part("m", "FOR VALUES IN (1)")}});
    const auto b = tables({{"m", by_list}, {"fresh", part("m", "FOR VALUES IN (1)")}});
    EXPECT_TRUE(plan_links(a, b, {}).empty());
}

TEST(links, are_cut_first_and_made_last_and_the_way_back_is_the_reverse) {
    const auto a =
        tables({{"m", by_list}, {"new_one", {}}, {"old_one", part("m", "FOR VALUES IN (2)")}});
    const auto b =
        tables({{"m", by_list}, {"new_one", part("m", "FOR VALUES IN (1)")}, {"old_one", {}}});
    const auto plan = plan_links(a, b, {});
    const char* out_cut = "ALTER TABLE public.m DETACH PARTITION public.old_one";
    const char* out_made = "ALTER TABLE public.m ATTACH PARTITION public.old_one FOR VALUES IN (2)";
    const char* in_cut = "ALTER TABLE public.m DETACH PARTITION public.new_one";
    const char* in_made = "ALTER TABLE public.m ATTACH PARTITION public.new_one FOR VALUES IN (1)";
    EXPECT_THAT(texts(plan.head.forward), ElementsAre(out_cut));
    EXPECT_THAT(texts(plan.head.backward), ElementsAre(out_made));
    EXPECT_THAT(texts(plan.tail.forward), ElementsAre(in_made));
    EXPECT_THAT(texts(plan.tail.backward), ElementsAre(in_cut));
    EXPECT_THAT(plan.detected, ElementsAre("Detected attached partition 'new_one' of 'm'",
                                           "Detected detached partition 'old_one' of 'm'"));
    EXPECT_FALSE(plan.rejoins);
    EXPECT_THAT(plan.tail.forward.front().warnings,
                ElementsAre(HasSubstr("reads all rows of public.new_one")));
    EXPECT_THAT(plan.tail.forward.front().locks, ElementsAre(table("new_one")));
}

TEST(links, to_the_default_partition_are_cut_first_and_made_last) {
    const auto a = tables(
        {{"m", by_list}, {"a", part("m", "DEFAULT")}, {"b", part("m", "FOR VALUES IN (1)")}});
    const auto b = tables(
        {{"m", by_list}, {"a", part("m", "FOR VALUES IN (2)")}, {"b", part("m", "DEFAULT")}});
    const auto plan = plan_links(a, b, {});
    EXPECT_TRUE(plan.rejoins);
    EXPECT_THAT(plan.detected, ElementsAre("Detected change of the bound of partition 'a'",
                                           "Detected change of the bound of partition 'b'"));
    auto other = plan_links(
        tables({{"m", by_list}, {"a", {}}, {"b", {}}}),
        tables(
            {{"m", by_list}, {"a", part("m", "DEFAULT")}, {"b", part("m", "FOR VALUES IN (1)")}}),
        {});
    EXPECT_THAT(texts(other.tail.forward),
                ElementsAre("ALTER TABLE public.m ATTACH PARTITION public.b FOR VALUES IN (1)",
                            "ALTER TABLE public.m ATTACH PARTITION public.a DEFAULT"));
}

TEST(links, of_heirs_keep_the_parents_that_both_begin_with) {
    const auto heir = [](const std::string& parents) {
        return tables({{"p", {}}, {"q", {}}, {"a, \"b", {}}, {"h", {{"inherits", parents}}}});
    };
    const auto plan =
        plan_links(heir("public.p, public.q"), heir("public.p, public.\"a, \"\"b\""), {});
    EXPECT_THAT(texts(plan.head.forward), ElementsAre("ALTER TABLE public.h NO INHERIT public.q"));
    EXPECT_THAT(texts(plan.tail.forward),
                ElementsAre("ALTER TABLE public.h INHERIT public.\"a, \"\"b\""));
    EXPECT_THAT(plan.detected,
                ElementsAre("Detected removed inheritance of table 'h' from 'q'",
                            "Detected added inheritance of table 'h' from '\"a, \"\"b\"'"));
    const auto turned = plan_links(heir("public.p, public.q"), heir("public.q, public.p"), {});
    EXPECT_THAT(texts(turned.head.forward),
                ElementsAre("ALTER TABLE public.h NO INHERIT public.q",
                            "ALTER TABLE public.h NO INHERIT public.p"));
    EXPECT_THAT(turned.detected, ElementsAre("Detected another order of the parents of table 'h'"));
}

TEST(links, over_which_a_column_goes_up_or_stays_behind_are_cut_although_they_are_the_same) {
    const auto family = [](const std::string& holder, const attributes& aside = {}) {
        schema_builder b;
        b.add(table("p")).add(table("h"), {{"inherits", "public.p"}}, aside);
        b.column("p", "id", "integer");
        if (!holder.empty())
            b.column(holder, "x", "integer");
        return b.done();
    };
    const auto up = plan_links(family("h"), family("p"), {});
    EXPECT_THAT(texts(up.head.forward), ElementsAre("ALTER TABLE public.h NO INHERIT public.p"));
    EXPECT_THAT(texts(up.tail.forward), ElementsAre("ALTER TABLE public.h INHERIT public.p"));
    EXPECT_THAT(up.detected, IsEmpty());
    EXPECT_THAT(up.notes, ElementsAre(HasSubstr("columns or checks move between the two")));
    EXPECT_TRUE(plan_links(family("p"), family(""), {}).empty());
    EXPECT_FALSE(plan_links(family("p", {{"merged_columns", "x"}}), family(""), {}).empty());
}

TEST(links, to_a_parent_that_is_partitioned_otherwise_are_cut) {
    const attributes child = part("m", "FOR VALUES FROM (1) TO (2)");
    const auto plan =
        plan_links(tables({{"m", by_list}, {"c", child}}),
                   tables({{"m", {{"partition_key", "RANGE (k)"}}}, {"c", child}}), {});
    EXPECT_THAT(plan.tables, ElementsAre(table("c")));
    EXPECT_THAT(plan.notes, ElementsAre(HasSubstr("made anew")));
}

TEST(links, made_online_prove_the_bound_by_a_check_where_one_can_say_it) {
    plan_options online;
    online.online = true;
    const auto apart = tables({{"m", by_list}, {"c", {}}});
    const auto with = [&](const std::string& rule) {
        return plan_links(apart,
                          tables({{"m", by_list}, {"c", part("m", "FOR VALUES IN (1)")}},
                                 {{"partition_constraint", rule}}),
                          online)
            .tail.forward;
    };
    const auto all = with("(k = 1)");
    EXPECT_THAT(texts(all),
                ElementsAre("ALTER TABLE public.c ADD CONSTRAINT headspace_bound CHECK ((k = 1)) "
                            "NOT VALID",
                            "ALTER TABLE public.c VALIDATE CONSTRAINT headspace_bound",
                            "ALTER TABLE public.m ATTACH PARTITION public.c FOR VALUES IN (1)",
                            "ALTER TABLE public.c DROP CONSTRAINT headspace_bound"));
    EXPECT_FALSE(all[1].transactional);
    EXPECT_THAT(all[2].warnings, IsEmpty());
    EXPECT_EQ(with("satisfies_hash_partition('16400'::oid, 2, 0, k)").size(), 1U);
    const auto rejoined =
        plan_links(tables({{"m", by_list}, {"c", part("m", "FOR VALUES IN (2)")}}),
                   tables({{"m", by_list}, {"c", part("m", "FOR VALUES IN (1)")}},
                          {{"partition_constraint", "(k = 1)"}}),
                   online);
    EXPECT_EQ(rejoined.tail.forward.size(), 1U);
}

TEST(links, an_index_that_a_link_hides_is_renamed_and_not_built_again) {
    const auto with_index = [](const std::string& name) {
        schema_builder b;
        b.add(table("c"))
            .add(fact_id(kind::index, {"public", name}),
                 {{"definition", "CREATE INDEX " + name + " ON public.c (k)"}});
        b.in(table("c"));
        return b.done();
    };
    const auto alone = with_index("mine"), cut = with_index("c_k_idx");
    const auto attached = tables({{"m", by_list}, {"c", part("m", "FOR VALUES IN (1)")}});
    link_plan links;
    links.tables.insert(table("c"));
    const auto up = plan_link_names({alone, alone, cut, attached}, links);
    EXPECT_THAT(texts(up.forward), ElementsAre("ALTER INDEX public.mine RENAME TO c_k_idx"));
    EXPECT_THAT(texts(up.backward), ElementsAre("ALTER INDEX public.c_k_idx RENAME TO mine"));
    // Both are seen: another name is a change that nobody stated as a rename.
    EXPECT_THAT(plan_link_names({alone, alone, cut, cut}, links).forward, IsEmpty());
}

} // namespace
} // namespace headspace::schema
