// Functions, procedures and aggregates.
#include "schema/rules.hpp"
#include "schema/types.hpp"

#include <charconv>

namespace headspace::schema {

namespace {

std::string name_of(const fact& f) {
    return qualified(f.id.path) + "(" + f.id.path[2] + ")";
}

std::string word(const fact& f) {
    return f.id.what == kind::procedure   ? "PROCEDURE "
           : f.id.what == kind::aggregate ? "AGGREGATE "
                                          : "FUNCTION ";
}

std::string address(const fact& f) {
    return word(f) + name_of(f);
}

std::string grantable(const fact& f) {
    if (f.id.what != kind::aggregate)
        return address(f);
    // GRANT knows no aggregates and no `*` or ORDER BY among their types.
    std::string types = f.id.path[2] == "*" ? "" : f.id.path[2];
    if (const auto order = types.find("ORDER BY "); order != std::string::npos) {
        const std::string direct = types.substr(0, order);
        types = (direct.empty() ? "" : direct.substr(0, direct.size() - 1) + ", ") +
                types.substr(order + std::string_view("ORDER BY ").size());
    }
    return "FUNCTION " + qualified(f.id.path) + "(" + types + ")";
}

std::vector<std::string> claims(const fact_id& id) {
    return {"routine " + qualified(id.path) + "(" + id.path[2] + ")"};
}

statements create(const fact& f, const facts& /*folded*/, const plan_context& /*c*/) {
    return {plain(std::string(f.get("definition")))};
}

int defaults(const fact& f) {
    int count = 0;
    const std::string_view text = f.note("defaults");
    std::from_chars(text.data(), text.data() + text.size(), count);
    return count;
}

// CREATE OR REPLACE cannot change names, modes or the result, nor take a default away.
bool replaced(const change& c, const plan_context& /*context*/) {
    return defaults(*c.after) < defaults(*c.before);
}

result<statements> alter(const change& c, const plan_context& /*context*/) {
    return statements{plain(std::string(c.after->get("definition")))};
}

statements drop(const fact& f, const plan_context& /*c*/) {
    return {plain("DROP " + address(f))};
}

bool disturbed(const fact& /*f*/, const change& of, const plan_context& /*c*/) {
    return reshaped(of);
}

std::vector<std::string> changed(const change& c, const plan_context& /*context*/) {
    return {"change of " + std::string(word_of(c.after->id.what)) + " '" + short_name(c.after->id) +
            "'"};
}

statements create_aggregate(const fact& f, const facts& /*folded*/, const plan_context& /*c*/) {
    const std::string_view arguments = f.get("arguments");
    return {plain("CREATE AGGREGATE " + qualified(f.id.path) + "(" +
                  (arguments.empty() ? "*" : std::string(arguments)) + ") (\n    " +
                  std::string(f.get("options")) + "\n)")};
}

} // namespace

std::vector<rule> routine_rules() {
    rule function;
    function.what = kind::function;
    function.rank = 70;
    function.replacing = {"result", "parameters", "is_window"};
    function.replaced = replaced;
    function.disturbed = disturbed;
    function.create = create;
    function.alter = alter;
    function.drop = drop;
    function.address = address;
    function.grantable = grantable;
    function.claims = claims;
    function.changed = changed;

    rule procedure = function;
    procedure.what = kind::procedure;

    rule aggregate = function;
    aggregate.what = kind::aggregate;
    aggregate.rank = 75;
    aggregate.create = create_aggregate;
    aggregate.alter = nullptr; // there is no CREATE OR REPLACE that is worth its conditions
    return {function, procedure, aggregate};
}

} // namespace headspace::schema
