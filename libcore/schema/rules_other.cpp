// Extended statistics and publications.
#include "base/sql_quote.hpp"
#include "schema/rules.hpp"
#include "schema/types.hpp"

namespace headspace::schema {

namespace {

// ---- extended statistics

std::string statistics_address(const fact& f) {
    return "STATISTICS " + qualified(f.id.path);
}

planned_statement set_target(const fact& f, const plan_context& c) {
    return on_table(c, f.parent, lock_class::share_update_exclusive,
                    "ALTER " + statistics_address(f) + " SET STATISTICS " +
                        (f.has("target") ? std::string(f.get("target")) : "-1"));
}

statements create_statistics(const fact& f, const facts& /*folded*/, const plan_context& c) {
    statements all{on_table(c, f.parent, lock_class::share_update_exclusive,
                            std::string(f.get("definition")))};
    if (f.has("target"))
        all.push_back(set_target(f, c));
    return all;
}

result<statements> alter_statistics(const change& ch, const plan_context& c) {
    return statements{set_target(*ch.after, c)};
}

statements drop_statistics(const fact& f, const plan_context& c) {
    return {
        on_table(c, f.parent, lock_class::share_update_exclusive, "DROP " + statistics_address(f))};
}

// ---- publications

std::string publication_address(const fact& f) {
    return "PUBLICATION " + quote_name(f.id.path[0]);
}

std::string settings_of(const fact& f) {
    return "(publish = " + quote_literal(f.get("publish")) +
           ", publish_via_partition_root = " + (f.has("via_root") ? "true" : "false") + ")";
}

statements create_publication(const fact& f, const facts& /*folded*/, const plan_context& /*c*/) {
    return {plain("CREATE " + publication_address(f) +
                  (f.has("all_tables") ? " FOR ALL TABLES" : "") + " WITH " + settings_of(f))};
}

result<statements> alter_publication(const change& c, const plan_context& /*context*/) {
    return statements{
        plain("ALTER " + publication_address(*c.after) + " SET " + settings_of(*c.after))};
}

statements drop_publication(const fact& f, const plan_context& /*c*/) {
    return {plain("DROP " + publication_address(f))};
}

std::string member_table(const fact& f) {
    return quote_name(f.id.path[1]) + "." + quote_name(f.id.path[2]);
}

statements add_table(const fact& f, const facts& /*folded*/, const plan_context& c) {
    std::string sql = "ALTER " + publication_address(f) + " ADD TABLE " + member_table(f);
    if (f.has("columns"))
        sql += " (" + std::string(f.get("columns")) + ")";
    if (f.has("filter"))
        sql += " WHERE (" + std::string(f.get("filter")) + ")";
    return {on_table(c, fact_id(kind::table, {f.id.path[1], f.id.path[2]}),
                     lock_class::share_update_exclusive, sql)};
}

statements remove_table(const fact& f, const plan_context& /*c*/) {
    return {plain("ALTER " + publication_address(f) + " DROP TABLE " + member_table(f))};
}

bool table_disturbed(const fact& /*f*/, const change& of, const plan_context& c) {
    return reshaped(of, c);
}

} // namespace

std::vector<rule> other_rules() {
    rule statistics;
    statistics.what = kind::statistics;
    statistics.rank = 115;
    statistics.replacing = {"definition"};
    statistics.create = create_statistics;
    statistics.alter = alter_statistics;
    statistics.drop = drop_statistics;
    statistics.address = statistics_address;

    rule publication;
    publication.what = kind::publication;
    publication.rank = 170;
    publication.replacing = {"all_tables"};
    publication.create = create_publication;
    publication.alter = alter_publication;
    publication.drop = drop_publication;
    publication.address = publication_address;

    rule member;
    member.what = kind::publication_table;
    member.rank = 172;
    member.create = add_table;
    member.drop = remove_table;
    member.disturbed = table_disturbed;

    return {statistics, publication, member};
}

} // namespace headspace::schema
