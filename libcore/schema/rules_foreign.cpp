// Foreign data: wrappers, servers, user mappings, foreign tables.
#include "base/sql_quote.hpp"
#include "base/text.hpp"
#include "schema/clauses.hpp"
#include "schema/foreign.hpp"
#include "schema/rules.hpp"

#include <algorithm>

namespace headspace::schema {

namespace {

struct option_line {
    std::string name;  // quoted
    std::string value; // a literal, or ***
};

// `"a b" 'value'`: the name ends at the first blank that is not inside quotes.
std::vector<option_line> options_in(std::string_view lines) {
    std::vector<option_line> all;
    if (lines.empty())
        return all;
    std::string joined;
    for (const std::string& line : split(std::string(lines), '\n')) {
        // A value may hold line ends: go on until its quotes are closed.
        joined += joined.empty() ? line : "\n" + line;
        const auto quotes = std::count(joined.begin(), joined.end(), '\'');
        if (quotes % 2 != 0)
            continue;
        std::size_t end = joined.find(' ');
        if (joined.starts_with('"'))
            end = joined.find("\" ", 1) == std::string::npos ? end : joined.find("\" ", 1) + 1;
        all.push_back({joined.substr(0, end), joined.substr(std::min(end + 1, joined.size()))});
        joined.clear();
    }
    return all;
}

constexpr std::string_view hidden = "***";

void warn_hidden(planned_statement& s, std::string_view lines, const std::string& what) {
    for (const option_line& o : options_in(lines))
        if (o.value == hidden)
            s.warnings.push_back("the option " + o.name + " of " + what +
                                 " is a secret and is not written: set it by hand");
}

std::string wrapper_address(const fact& f) {
    return "FOREIGN DATA WRAPPER " + quote_name(f.id.path[0]);
}

std::string server_address(const fact& f) {
    return "SERVER " + quote_name(f.id.path[0]);
}

std::string server_grantable(const fact& f) {
    return "FOREIGN SERVER " + quote_name(f.id.path[0]);
}

std::string role_of(const fact& f) {
    return f.id.path[1].empty() ? "PUBLIC" : quote_name(f.id.path[1]);
}

std::string mapping(const fact& f) {
    return "USER MAPPING FOR " + role_of(f) + " SERVER " + quote_name(f.id.path[0]);
}

std::string functions_of(const fact& f) {
    return (f.has("handler") ? " HANDLER " + std::string(f.get("handler")) : " NO HANDLER") +
           (f.has("validator") ? " VALIDATOR " + std::string(f.get("validator")) : " NO VALIDATOR");
}

statements create_wrapper(const fact& f, const facts& /*folded*/, const plan_context& /*c*/) {
    return {plain("CREATE " + wrapper_address(f) + functions_of(f) +
                  foreign_options(f.get("options")))};
}

result<statements> alter_wrapper(const change& c, const plan_context& /*context*/) {
    const fact& f = *c.after;
    std::string sql = "ALTER " + wrapper_address(f);
    if (c.attributes.contains("handler") || c.attributes.contains("validator"))
        sql += functions_of(f);
    return statements{
        plain(sql + foreign_option_changes(c.before->get("options"), f.get("options")))};
}

statements create_server(const fact& f, const facts& /*folded*/, const plan_context& /*c*/) {
    std::string sql = "CREATE " + server_address(f);
    if (f.has("type"))
        sql += " TYPE " + quote_literal(f.get("type"));
    if (f.has("version"))
        sql += " VERSION " + quote_literal(f.get("version"));
    planned_statement s = plain(sql + " FOREIGN DATA WRAPPER " + quote_name(f.get("wrapper")) +
                                foreign_options(f.get("options")));
    warn_hidden(s, f.get("options"), server_address(f));
    return {s};
}

result<statements> alter_server(const change& c, const plan_context& /*context*/) {
    const fact& f = *c.after;
    std::string sql = "ALTER " + server_address(f);
    if (c.attributes.contains("version"))
        sql += " VERSION " + (f.has("version") ? quote_literal(f.get("version")) : "NULL");
    return statements{
        plain(sql + foreign_option_changes(c.before->get("options"), f.get("options")))};
}

statements create_mapping(const fact& f, const facts& /*folded*/, const plan_context& /*c*/) {
    planned_statement s = plain("CREATE " + mapping(f) + foreign_options(f.get("options")));
    warn_hidden(s, f.get("options"), mapping(f));
    return {s};
}

result<statements> alter_mapping(const change& c, const plan_context& /*context*/) {
    const std::string options =
        foreign_option_changes(c.before->get("options"), c.after->get("options"));
    planned_statement s = plain("ALTER " + mapping(*c.after) + options);
    warn_hidden(s, c.after->get("options"), mapping(*c.after));
    return options.empty() ? statements{} : statements{s};
}

std::string table_address(const fact& f) {
    return "FOREIGN TABLE " + qualified(f.id.path);
}

std::string table_grantable(const fact& f) {
    return "TABLE " + qualified(f.id.path);
}

std::vector<std::string> table_claims(const fact_id& id) {
    return {relation_claim(id.path), type_claim(id.path)};
}

statements create_table(const fact& f, const facts& folded, const plan_context& /*c*/) {
    std::string sql = "CREATE " + table_address(f) + " (";
    std::string separator = "\n    ";
    for (const std::string& line : table_lines(folded)) {
        sql += separator + line;
        separator = ",\n    ";
    }
    planned_statement s = plain(sql + (folded.empty() ? ")" : "\n)") + " SERVER " +
                                quote_name(f.get("server")) + foreign_options(f.get("options")));
    warn_hidden(s, f.get("options"), table_address(f));
    statements all{s};
    for (const fact* child : folded)
        if (child->id.what == kind::column)
            for (std::string& setting : column_settings(*child))
                all.push_back(plain(std::move(setting)));
    return all;
}

result<statements> alter_table(const change& c, const plan_context& /*context*/) {
    const std::string options =
        foreign_option_changes(c.before->get("options"), c.after->get("options"));
    return options.empty() ? statements{}
                           : statements{plain("ALTER " + table_address(*c.after) + options)};
}

statements drop_table(const fact& f, const plan_context& /*c*/) {
    planned_statement s = plain("DROP " + table_address(f));
    s.loses.push_back(f.id);
    return {s};
}

statements drop_wrapper(const fact& f, const plan_context& /*c*/) {
    return {plain("DROP " + wrapper_address(f))};
}

statements drop_server(const fact& f, const plan_context& /*c*/) {
    return {plain("DROP " + server_address(f))};
}

statements drop_mapping(const fact& f, const plan_context& /*c*/) {
    return {plain("DROP " + mapping(f))};
}

} // namespace

std::string foreign_options(std::string_view lines) {
    std::string list;
    for (const option_line& o : options_in(lines))
        if (o.value != hidden)
            list += (list.empty() ? "" : ", ") + o.name + " " + o.value;
    return list.empty() ? "" : " OPTIONS (" + list + ")";
}

std::string foreign_option_changes(std::string_view before, std::string_view after) {
    const auto was = options_in(before), is = options_in(after);
    const auto find = [](const std::vector<option_line>& in, const std::string& name) {
        return std::find_if(in.begin(), in.end(),
                            [&](const option_line& o) { return o.name == name; });
    };
    std::string list;
    const auto add = [&](const std::string& text) {
        list += (list.empty() ? "" : ", ") + text;
    };
    for (const option_line& o : was)
        if (find(is, o.name) == is.end())
            add("DROP " + o.name);
    for (const option_line& o : is) {
        const auto old = find(was, o.name);
        if (o.value == hidden)
            continue;
        if (old == was.end())
            add("ADD " + o.name + " " + o.value);
        else if (old->value != o.value)
            add("SET " + o.name + " " + o.value);
    }
    return list.empty() ? "" : " OPTIONS (" + list + ")";
}

std::vector<rule> foreign_rules() {
    rule wrapper;
    wrapper.what = kind::fdw;
    wrapper.rank = 72;
    wrapper.create = create_wrapper;
    wrapper.alter = alter_wrapper;
    wrapper.drop = drop_wrapper;
    wrapper.address = wrapper_address;

    rule server;
    server.what = kind::server;
    server.rank = 73;
    server.replacing = {"wrapper", "type"};
    server.create = create_server;
    server.alter = alter_server;
    server.drop = drop_server;
    server.address = server_address;
    server.grantable = server_grantable;

    rule user;
    user.what = kind::user_mapping;
    user.rank = 74;
    user.create = create_mapping;
    user.alter = alter_mapping;
    user.drop = drop_mapping;

    rule table;
    table.what = kind::foreign_table;
    table.rank = 76;
    table.replacing = {"server"};
    table.create = create_table;
    table.alter = alter_table;
    table.drop = drop_table;
    table.address = table_address;
    table.grantable = table_grantable;
    table.claims = table_claims;
    return {wrapper, server, user, table};
}

} // namespace headspace::schema
