// Schemas, extensions and sequences.
#include "base/sql_quote.hpp"
#include "schema/rules.hpp"
namespace headspace::schema {

namespace {

statements create_schema(const fact& f, const facts& /*folded*/, const plan_context& /*c*/) {
    return {plain("CREATE SCHEMA " + qualified(f.id.path))};
}

statements drop_schema(const fact& f, const plan_context& /*c*/) {
    return {plain("DROP SCHEMA " + qualified(f.id.path))};
}

std::string schema_address(const fact& f) {
    return "SCHEMA " + qualified(f.id.path);
}

statements create_extension(const fact& f, const facts& /*folded*/, const plan_context& /*c*/) {
    return {plain("CREATE EXTENSION " + quote_name(f.id.path[0]) + " WITH SCHEMA " +
                  quote_name(f.get("schema")))};
}

bool extension_replaced(const change& c, const plan_context& /*context*/) {
    return c.before->note("relocatable") != "true";
}

result<statements> alter_extension(const change& c, const plan_context& /*context*/) {
    return statements{plain("ALTER EXTENSION " + quote_name(c.after->id.path[0]) + " SET SCHEMA " +
                            quote_name(c.after->get("schema")))};
}

statements drop_extension(const fact& f, const plan_context& /*c*/) {
    planned_statement s = plain("DROP EXTENSION " + quote_name(f.id.path[0]));
    s.destructive = "what the extension " + quote_name(f.id.path[0]) + " keeps is lost";
    return {s};
}

std::string sequence_address(const fact& f) {
    return "SEQUENCE " + qualified(f.id.path);
}

std::vector<std::string> sequence_claims(const fact_id& id) {
    return {relation_claim(id.path)};
}

struct limits {
    std::string min, max;
};

// What CREATE SEQUENCE takes when nothing is said (commands/sequence.c).
limits usual_limits(std::string_view type, bool ascending) {
    const std::string_view low = type == "smallint"  ? "-32768"
                                 : type == "integer" ? "-2147483648"
                                                     : "-9223372036854775808";
    const std::string_view high = type == "smallint"  ? "32767"
                                  : type == "integer" ? "2147483647"
                                                      : "9223372036854775807";
    return ascending ? limits{"1", std::string(high)} : limits{std::string(low), "-1"};
}

statements create_sequence(const fact& f, const facts& /*folded*/, const plan_context& /*c*/) {
    const bool ascending = !f.get("increment").starts_with('-');
    const limits usual = usual_limits(f.get("type"), ascending);
    std::string sql = "CREATE ";
    if (f.has("unlogged"))
        sql += "UNLOGGED ";
    sql += "SEQUENCE " + qualified(f.id.path);
    if (f.get("type") != "bigint")
        sql += " AS " + std::string(f.get("type"));
    const auto add = [&](std::string_view word, std::string_view attribute,
                         std::string_view default_value) {
        if (f.get(attribute) != default_value)
            sql += " " + std::string(word) + " " + std::string(f.get(attribute));
    };
    add("INCREMENT BY", "increment", "1");
    add("MINVALUE", "min", usual.min);
    add("MAXVALUE", "max", usual.max);
    add("START WITH", "start", ascending ? f.get("min") : f.get("max"));
    add("CACHE", "cache", "1");
    if (f.has("cycle"))
        sql += " CYCLE";
    return {plain(sql)};
}

result<statements> alter_sequence(const change& c, const plan_context& /*context*/) {
    const fact& f = *c.after;
    const std::string head = "ALTER SEQUENCE " + qualified(f.id.path);
    std::string sql = head;
    statements all;
    const auto set = [&](std::string_view word, const char* attribute) {
        if (c.attributes.contains(attribute))
            sql += " " + std::string(word) + " " + std::string(f.get(attribute));
    };
    set("AS", "type");
    set("INCREMENT BY", "increment");
    set("MINVALUE", "min");
    set("MAXVALUE", "max");
    set("START WITH", "start");
    set("CACHE", "cache");
    if (c.attributes.contains("cycle"))
        sql += f.has("cycle") ? " CYCLE" : " NO CYCLE";
    if (sql != head)
        all.push_back(plain(sql));
    if (c.attributes.contains("unlogged"))
        all.push_back(plain(head + (f.has("unlogged") ? " SET UNLOGGED" : " SET LOGGED")));
    return all;
}

statements drop_sequence(const fact& f, const plan_context& /*c*/) {
    return {plain("DROP SEQUENCE " + qualified(f.id.path))};
}

// A new sequence behind a column that has rows goes on where the rows end.
statements own(const fact& f, const plan_context& context) {
    const std::string sequence = qualified(f.id.path);
    statements all{
        plain("ALTER SEQUENCE " + sequence + " OWNED BY " + std::string(f.get("column")))};
    if (context.existed(f.parent))
        return all;
    for (const edge& e : context.to.edges_from(f.id))
        if (e.to.what == kind::column && context.existed(e.to))
            all.push_back(plain("SELECT pg_catalog.setval(" + quote_literal(sequence) +
                                ", coalesce(max(" + std::string(f.note("column")) +
                                "), 0) + 1, false) FROM " + std::string(f.note("table"))));
    return all;
}

statements create_owner(const fact& f, const facts& /*folded*/, const plan_context& context) {
    return own(f, context);
}

result<statements> alter_owner(const change& c, const plan_context& context) {
    return own(*c.after, context);
}

statements drop_owner(const fact& f, const plan_context& /*c*/) {
    return {plain("ALTER SEQUENCE " + qualified(f.id.path) + " OWNED BY NONE")};
}

std::string silent(const fact& /*f*/, const plan_context& /*c*/) {
    return {};
}

// The sequence of a serial column comes with the column.
std::string sequence_line(const char* word, const fact& f, const catalogue& in,
                          const catalogue& other) {
    if (const fact* owner = in.find(fact_id(kind::sequence_owner, f.id.path)))
        for (const edge& e : in.edges_from(owner->id))
            if (e.to.what == kind::column && !other.find(e.to))
                return {};
    return std::string(word) + " sequence '" + short_name(f.id) + "'";
}

std::string sequence_added(const fact& f, const plan_context& c) {
    return sequence_line("added", f, c.to, c.from);
}

std::string sequence_removed(const fact& f, const plan_context& c) {
    return sequence_line("removed", f, c.from, c.to);
}

} // namespace

std::vector<rule> schema_rules() {
    rule schema;
    schema.what = kind::schema;
    schema.rank = 10;
    schema.keeps_data = true;
    schema.create = create_schema;
    schema.drop = drop_schema;
    schema.address = schema_address;

    rule extension;
    extension.what = kind::extension;
    extension.rank = 20;
    extension.create = create_extension;
    extension.alter = alter_extension;
    extension.replaced = extension_replaced;
    extension.drop = drop_extension;

    rule sequence;
    sequence.what = kind::sequence;
    sequence.rank = 40;
    sequence.create = create_sequence;
    sequence.alter = alter_sequence;
    sequence.drop = drop_sequence;
    sequence.address = sequence_address;
    sequence.claims = sequence_claims;
    sequence.added = sequence_added;
    sequence.removed = sequence_removed;

    rule owner;
    owner.what = kind::sequence_owner;
    owner.rank = 60;
    owner.create = create_owner;
    owner.alter = alter_owner;
    owner.drop = drop_owner;
    owner.added = silent;
    owner.removed = silent;
    return {schema, extension, sequence, owner};
}

} // namespace headspace::schema
