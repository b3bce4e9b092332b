// Columns and their defaults.
#include "base/sql_quote.hpp"
#include "base/text.hpp"
#include "schema/clauses.hpp"
#include "schema/conversion.hpp"
#include "schema/foreign.hpp"
#include "schema/online.hpp"
#include "schema/rules.hpp"
#include "schema/types.hpp"

#include <algorithm>

namespace headspace::schema {

namespace {

std::string alter_table(const fact& f) {
    return "ALTER TABLE " + qualified(f.id.path);
}

std::string alter_column(const fact& f) {
    return alter_table(f) + " ALTER COLUMN " + quote_name(f.id.path[2]);
}

planned_statement locking(const plan_context& c, const fact& f, std::string sql,
                          lock_class lock = lock_class::access_exclusive) {
    return on_table(c, table_of(f.id), lock, std::move(sql));
}

// Constant defaults are stored once for all old rows; anything that is computed writes the table.
// What is certainly constant is a literal with casts; the rest is announced as a rewrite.
bool constant(std::string_view expression) {
    return expression.find('(') == std::string_view::npos || expression.find("CURRENT_") == 0 ||
           expression == "now()";
}

statements create_column(const fact& f, const facts& folded, const plan_context& c) {
    const fact* default_value = default_among(folded, f);
    auto s = locking(c, f, alter_table(f) + " ADD COLUMN " + column_clause(f, default_value));
    if (f.has("not_null") && !default_value && !f.has("identity") && !f.has("generated"))
        s.warnings.push_back("fails when " + to_string(table_of(f.id)) + " has rows: the column " +
                             quote_name(f.id.path[2]) + " is NOT NULL and has no default");
    if ((f.has("generated") && !f.has("generated_virtual")) || f.has("identity") ||
        f.note("class") == "domain" ||
        (default_value && !constant(default_value->get("expression"))))
        s.rewrites.push_back(table_of(f.id));
    statements all{std::move(s)};
    for (std::string& sql : column_settings(f))
        all.push_back(locking(c, f, std::move(sql)));
    return all;
}

statements drop_column(const fact& f, const plan_context& c) {
    auto s = locking(c, f, alter_table(f) + " DROP COLUMN " + quote_name(f.id.path[2]));
    s.loses.push_back(f.id);
    if (!f.has("generated"))
        s.destructive = "the values of " + to_string(f.id) + " are lost";
    return {s};
}

// ALTER can only end that a column is generated, and only of a stored one: a virtual one (18) has
// no values that could stay.
bool replaced(const change& c, const plan_context& /*context*/) {
    const bool changed =
        c.attributes.contains("generated") || c.attributes.contains("generated_virtual");
    return changed && (c.before->has("generated_virtual") || c.after->has("generated"));
}

error impossible(const fact& f, const std::string& was, const std::string& is) {
    const std::string name = quote_name(f.id.path[2]);
    return make_error(
        errc::conflict_here, error_class::refuse,
        "column " + to_string(f.id) + " cannot change from " + was + " to " + is +
            ": there is no cast, and which value becomes which is for you to say",
        "write this migration by hand (headspacectl db revision -m MSG): " + alter_column(f) +
            " TYPE " + is + " USING (CASE " + name + " WHEN ... THEN ... END)::" + is +
            ", after DROP DEFAULT where there is one, and with the way back as down");
}

result<planned_statement> change_type(const change& c, const plan_context& context) {
    const fact& f = *c.after;
    const std::string was(c.before->get("type")), is(f.get("type"));
    if (was == is && !c.attributes.contains("collation")) {
        // The type is made anew under its name: the values go over as text.
        const std::string text = is.ends_with("[]") ? "::text[]::" : "::text::";
        auto s = locking(context, f,
                         alter_column(f) + " TYPE " + is + " USING " + quote_name(f.id.path[2]) +
                             text + is);
        s.loses.push_back(f.id);
        s.rewrites.push_back(table_of(f.id));
        s.warnings.push_back("fails when " + to_string(f.id) + " holds a value that the new " +
                             std::string(is) + " has not");
        return s;
    }
    const conversion how = convert(*c.before, f, context.to);
    if (!how.possible)
        return impossible(f, was, is);
    std::string sql = alter_column(f) + " TYPE " + is;
    if (f.has("collation"))
        sql += " COLLATE " + std::string(f.get("collation"));
    if (how.needs_using)
        sql += " USING " + quote_name(f.id.path[2]) + (how.as_text ? "::text::" : "::") + is;
    auto s = locking(context, f, sql);
    s.loses.push_back(f.id);
    if (how.rewrites)
        s.rewrites.push_back(table_of(f.id));
    if (!how.loses.empty())
        s.destructive = "the values of " + to_string(f.id) + " are converted from " + was + " to " +
                        is + " and may be " + how.loses;
    if (!how.may_fail.empty())
        s.warnings.push_back(to_string(f.id) + ", " + was + " to " + is + ": " + how.may_fail);
    return s;
}

std::string identity_changes(const change& c) {
    const fact& f = *c.after;
    std::string sql;
    const auto set = [&](const char* attribute, const char* word) {
        if (c.attributes.contains(attribute))
            sql += std::string(" SET ") + word + " " +
                   (f.has(attribute) ? std::string(f.get(attribute)) : "1");
    };
    if (c.attributes.contains("identity"))
        sql += " SET GENERATED " + std::string(f.get("identity"));
    set("identity_increment", "INCREMENT BY");
    set("identity_min", "MINVALUE");
    set("identity_max", "MAXVALUE");
    set("identity_start", "START WITH");
    set("identity_cache", "CACHE");
    if (c.attributes.contains("identity_cycle"))
        sql += f.has("identity_cycle") ? " SET CYCLE" : " SET NO CYCLE";
    return sql;
}

// A new identity behind a column that has rows goes on where the rows end.
std::string go_on(const fact& f) {
    const std::string name = quote_name(f.id.path[2]);
    return "SELECT pg_catalog.setval(pg_catalog.pg_get_serial_sequence(" +
           quote_literal(qualified(f.id.path)) + ", " + quote_literal(f.id.path[2]) +
           "), greatest(coalesce(max(" + name + "), 0) + 1, " +
           std::string(f.get("identity_start")) + "), false) FROM " + qualified(f.id.path);
}

result<statements> alter(const change& c, const plan_context& context) {
    const fact& f = *c.after;
    const std::string head = alter_column(f);
    statements all;
    const auto add = [&](const std::string& sql) {
        all.push_back(locking(context, f, sql));
    };
    const auto has = [&](const char* attribute) {
        return c.attributes.contains(attribute);
    };

    if (has("generated"))
        add(head + " DROP EXPRESSION");
    if (has("identity") && !f.has("identity"))
        add(head + " DROP IDENTITY");
    if (has("not_null") && !f.has("not_null"))
        add(head + " DROP NOT NULL");
    if (has("type") || has("collation")) {
        auto s = change_type(c, context);
        if (s.has_error())
            return s.error();
        all.push_back(std::move(*s));
    }
    if (has("not_null") && f.has("not_null") && goes_online(table_of(f.id), context)) {
        for (planned_statement& s : prove_not_null(f, context))
            all.push_back(std::move(s));
    } else if (has("not_null") && f.has("not_null")) {
        add(head + " SET NOT NULL");
        all.back().warnings.push_back("fails when " + to_string(f.id) + " has NULLs");
    }
    const bool descending = f.get("identity_increment").starts_with('-');
    if (has("identity") && f.has("identity") && !c.before->has("identity")) {
        const std::string options = identity_options(f);
        add(head + " ADD GENERATED " + std::string(f.get("identity")) + " AS IDENTITY" +
            (options.empty() ? "" : " (" + options + ")"));
        if (!descending)
            add(go_on(f));
    } else if (f.has("identity")) {
        // A change of the type changes the sequence's limits with it.
        change rest = c;
        const auto usual = [&](const char* word) {
            return identity_options(*c.before).find(word) == std::string::npos &&
                   identity_options(f).find(word) == std::string::npos;
        };
        if (has("type") && usual("MAXVALUE"))
            rest.attributes.erase("identity_max");
        if (has("type") && usual("MINVALUE"))
            rest.attributes.erase("identity_min");
        if (const std::string sql = identity_changes(rest); !sql.empty())
            add(head + sql);
    }
    if (has("foreign_options"))
        add("ALTER FOREIGN TABLE " + qualified(f.id.path) + " ALTER COLUMN " +
            quote_name(f.id.path[2]) +
            foreign_option_changes(c.before->get("foreign_options"), f.get("foreign_options")));
    if (has("storage"))
        add(head + " SET STORAGE " +
            std::string(f.has("storage") ? f.get("storage") : f.note("usual_storage")));
    if (has("compression"))
        add(head + " SET COMPRESSION " +
            (f.has("compression") ? std::string(f.get("compression")) : "default"));
    if (has("statistics"))
        all.push_back(locking(context, f,
                              head + " SET STATISTICS " +
                                  (f.has("statistics") ? std::string(f.get("statistics")) : "-1"),
                              lock_class::share_update_exclusive));
    if (has("options"))
        for (const std::string& sql : option_changes(c.before->get("options"), f.get("options")))
            all.push_back(
                locking(context, f, head + " " + sql, lock_class::share_update_exclusive));
    return all;
}

std::string address(const fact& f) {
    return "COLUMN " + qualified(f.id.path, 3);
}

// What generated it is replaced: it is computed anew. Or the type of a column that it reads
// changes.
bool generated_disturbed(const fact& f, const change& of, const plan_context& /*c*/) {
    return f.has("generated") && of.before->id.what == kind::column &&
           (of.attributes.contains("type") || of.attributes.contains("collation"));
}

attribute_names carried(const fact& /*f*/, const change& of, const plan_context& /*c*/) {
    return retyped(of) ? attribute_names{"type"} : attribute_names{};
}

// ---- words

std::string alembic_type(std::string_view type) {
    std::string out(type);
    std::transform(out.begin(), out.end(), out.begin(), [](unsigned char ch) {
        return ch >= 'a' && ch <= 'z' ? static_cast<char>(ch - 'a' + 'A') : static_cast<char>(ch);
    });
    return out;
}

std::string column_added(const fact& f, const plan_context& c) {
    return parent_is_new(f, c) ? "" : "added column '" + short_name(f.id) + "'";
}

std::string column_removed(const fact& f, const plan_context& c) {
    return parent_is_gone(f, c) ? "" : "removed column '" + short_name(f.id) + "'";
}

std::vector<std::string> column_changed(const change& c, const plan_context& /*context*/) {
    const std::string name = "'" + short_name(c.after->id) + "'";
    std::vector<std::string> lines;
    for (const std::string& attribute : c.attributes) {
        if (attribute == "type")
            lines.push_back("type change from " + alembic_type(c.before->get("type")) + " to " +
                            alembic_type(c.after->get("type")) + " on " + name);
        else if (attribute == "not_null")
            lines.push_back((c.after->has("not_null") ? "NOT NULL on column " : "NULL on column ") +
                            name);
        else if (attribute == "generated" ||
                 (attribute == "generated_virtual" && !c.attributes.contains("generated")))
            lines.push_back("change of the generation of column " + name);
        else if (attribute == "generated_virtual")
            continue;
        else if (attribute == "identity" || !attribute.starts_with("identity_"))
            lines.push_back("change of " + attribute + " on column " + name);
        else if (!c.attributes.contains("identity") && !c.attributes.contains("type"))
            lines.push_back("change of the identity of column " + name);
    }
    return lines;
}

// ---- defaults

// What is done to the default of a column is done to all that inherit it; those that differ from it
// and stay as they are need theirs again.
void restate_inherited(statements& all, const fact& f, const plan_context& c) {
    const fact_id column(kind::column, f.id.path);
    for (const edge& e : c.to.edges) {
        if (e.to != column || e.from.what != kind::inherited_column || c.creates(e.from) ||
            !c.existed(e.from))
            continue;
        const fact& heir = *c.to.find(e.from);
        if (heir.has("expression"))
            all.push_back(locking(c, heir,
                                  alter_column(heir) + " SET DEFAULT " +
                                      std::string(heir.get("expression"))));
        else if (heir.has("no_default"))
            all.push_back(locking(c, heir, alter_column(heir) + " DROP DEFAULT"));
    }
}

planned_statement set_default(const fact& f, const plan_context& c) {
    return locking(c, f, alter_column(f) + " SET DEFAULT " + std::string(f.get("expression")));
}

statements create_default(const fact& f, const facts& /*folded*/, const plan_context& c) {
    statements all{set_default(f, c)};
    restate_inherited(all, f, c);
    return all;
}

result<statements> alter_default(const change& c, const plan_context& context) {
    statements all{set_default(*c.after, context)};
    restate_inherited(all, *c.after, context);
    return all;
}

statements drop_default(const fact& f, const plan_context& c) {
    statements all{locking(c, f, alter_column(f) + " DROP DEFAULT")};
    restate_inherited(all, f, c);
    return all;
}

bool default_disturbed(const fact& f, const change& of, const plan_context& /*c*/) {
    return of.before->id.what == kind::column && of.before->id.path == f.id.path &&
           of.attributes.contains("type") &&
           (of.before->note("type") != of.after->note("type") || // or it is made anew
            of.before->get("type") == of.after->get("type"));
}

std::string default_line(const fact& f, bool quiet) {
    return quiet ? "" : "server default on column '" + short_name(f.id) + "'";
}

std::string default_added(const fact& f, const plan_context& c) {
    return default_line(f, parent_is_new(f, c));
}

std::string default_removed(const fact& f, const plan_context& c) {
    return default_line(f, parent_is_gone(f, c));
}

std::vector<std::string> default_changed(const change& c, const plan_context& /*context*/) {
    return {default_line(*c.after, false)};
}

// ---- inherited columns

statements create_inherited(const fact& f, const facts& /*folded*/, const plan_context& c) {
    statements all;
    const auto say = [&](const std::string& what) {
        all.push_back(locking(c, f, alter_column(f) + what));
    };
    if (f.has("expression"))
        say(" SET DEFAULT " + std::string(f.get("expression")));
    if (f.has("no_default"))
        say(" DROP DEFAULT");
    if (f.has("not_null")) {
        say(" SET NOT NULL");
        if (c.existed(table_of(f.id)))
            all.back().warnings.push_back("fails when " + to_string(f.id) + " has NULLs");
    }
    return all;
}

statements drop_inherited(const fact& f, const plan_context& c) {
    statements all;
    const std::string above(f.note("above"));
    if (f.has("expression") || f.has("no_default"))
        all.push_back(locking(
            c, f, alter_column(f) + (above.empty() ? " DROP DEFAULT" : " SET DEFAULT " + above)));
    if (f.has("not_null"))
        all.push_back(locking(c, f, alter_column(f) + " DROP NOT NULL"));
    return all;
}

std::string inherited_line(const fact& f, bool quiet) {
    return quiet ? "" : "change of the inherited column '" + short_name(f.id) + "'";
}

std::string inherited_added(const fact& f, const plan_context& c) {
    return inherited_line(f, parent_is_new(f, c));
}

std::string inherited_removed(const fact& f, const plan_context& c) {
    return inherited_line(f, parent_is_gone(f, c));
}

} // namespace

std::vector<rule> column_rules() {
    rule column;
    column.what = kind::column;
    column.beside_parent = true;
    column.keeps_data = true;
    column.create = create_column;
    column.alter = alter;
    column.drop = drop_column;
    column.replaced = replaced;
    column.disturbed = generated_disturbed;
    column.carried = carried;
    column.folds = true;
    column.address = address;
    column.added = column_added;
    column.removed = column_removed;
    column.changed = column_changed;

    rule value;
    value.what = kind::default_value;
    value.beside_parent = true;
    value.create = create_default;
    value.alter = alter_default;
    value.drop = drop_default;
    value.disturbed = default_disturbed;
    value.folds = true;
    value.added = default_added;
    value.removed = default_removed;
    value.changed = default_changed;

    rule inherited;
    inherited.what = kind::inherited_column;
    inherited.beside_parent = true;
    inherited.replacing = {"*"};
    inherited.create = create_inherited;
    inherited.drop = drop_inherited;
    inherited.added = inherited_added;
    inherited.removed = inherited_removed;
    return {column, value, inherited};
}

} // namespace headspace::schema
