// Extended statistics and publications.
#include "base/sql_quote.hpp"
#include "base/text.hpp"
#include "schema/rules.hpp"
#include "schema/types.hpp"

#include <algorithm>

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

/// `generated`: of columns, "stored" or "none"; "" where nothing need be said.
std::string settings_of(const fact& f, const std::string& generated) {
    return "(publish = " + quote_literal(f.get("publish")) +
           ", publish_via_partition_root = " + (f.has("via_root") ? "true" : "false") +
           (generated.empty() ? "" : ", publish_generated_columns = " + generated) + ")";
}

bool has_schema(const catalogue& in, const std::string& quoted) {
    return std::any_of(in.facts.begin(), in.facts.end(), [&](const auto& one) {
        return one.first.what == kind::schema && quote_name(one.first.path[0]) == quoted;
    });
}

statements create_publication(const fact& f, const facts& /*folded*/, const plan_context& /*c*/) {
    std::string what;
    if (f.has("all_tables"))
        what = " FOR ALL TABLES";
    else if (f.has("schemas"))
        what = " FOR TABLES IN SCHEMA " + join(split(f.get("schemas"), '\n'), ", ");
    return {plain("CREATE " + publication_address(f) + what + " WITH " +
                  settings_of(f, std::string(f.get("generated_columns"))))};
}

/// The lines of `list` that `without` has not.
std::vector<std::string> names_only_in(std::string_view list, std::string_view without) {
    const std::vector<std::string> other = split(without, '\n');
    std::vector<std::string> out = split(list, '\n');
    std::erase_if(out, [&](const std::string& name) {
        return name.empty() || std::find(other.begin(), other.end(), name) != other.end();
    });
    return out;
}

result<statements> alter_publication(const change& c, const plan_context& context) {
    const std::string head = "ALTER " + publication_address(*c.after);
    statements all;
    if (c.attributes.contains("schemas")) {
        const std::string_view before = c.before->get("schemas");
        const std::string_view after = c.after->get("schemas");
        for (const std::string& name : names_only_in(after, before))
            all.push_back(plain(head + " ADD TABLES IN SCHEMA " + name));
        for (const std::string& name : names_only_in(before, after))
            if (has_schema(context.to, name)) // one that is dropped takes itself out
                all.push_back(plain(head + " DROP TABLES IN SCHEMA " + name));
    }
    if (c.attributes.size() > c.attributes.count("schemas"))
        all.push_back(
            plain(head + " SET " +
                  settings_of(*c.after, c.attributes.contains("generated_columns") &&
                                                !c.after->has("generated_columns")
                                            ? "none"
                                            : std::string(c.after->get("generated_columns")))));
    return all;
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

bool table_disturbed(const fact& /*f*/, const change& of, const plan_context& /*c*/) {
    return reshaped(of);
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
