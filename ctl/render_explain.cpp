#include "ctl/render_explain.hpp"

#include "ctl/table.hpp"

#include <boost/json.hpp>

namespace headspace::ctl {

namespace json = boost::json;
using problems::explained;
using problems::explained_kind;

namespace {

std::string_view kind_of(const explained& one) {
    switch (one.kind) {
    case explained_kind::sqlstate:
        return "SQLSTATE";
    case explained_kind::sqlstate_class:
        return "class of SQLSTATEs";
    case explained_kind::problem:
        break;
    }
    return "problem code";
}

std::string exit_of(const explained& one) {
    return std::to_string(static_cast<int>(one.exit)) + ", " +
           std::string(problems::meaning_of(one.exit));
}

/// "- one", continued below.
std::string list(const std::vector<std::string>& items, std::size_t width) {
    table out({{.head = ""}, {.head = ""}, {.head = "", .when = narrow::wrap}});
    for (const std::string& item : items)
        out.row({"", "-", item});
    return out.text(width);
}

} // namespace

std::string render_explanation(const explained& one, const style& look) {
    std::string out = one.name + ": " + one.title + "\n";
    for (const std::string& line : wrap(one.meaning, look.width))
        out += line + "\n";
    out += "\nLikely causes\n" + list(one.causes, look.width);
    out += "What to do\n" + list(one.fixes, look.width) + "\n";
    sheet facts;
    facts.row("kind", std::string(kind_of(one)));
    facts.row("exit code", exit_of(one));
    facts.row("heals itself", one.heals.empty() ? "no" : one.heals);
    return out + facts.text(look.width);
}

std::string render_explanations(std::span<const explained> all, const style& look) {
    table out({{.head = "CODE"},
               {.head = "EXIT", .right = true},
               {.head = "HEALS"},
               {.head = "MEANS", .when = narrow::cut}});
    for (const explained& one : all)
        out.row({one.name, std::to_string(static_cast<int>(one.exit)),
                 one.heals.empty() ? "no" : "yes", one.title});
    return out.text(look.width);
}

json::value explanation_json(const explained& one) {
    return {{"code", one.name},
            {"kind", one.kind == explained_kind::problem ? "problem" : "sqlstate"},
            {"title", one.title},
            {"meaning", one.meaning},
            {"causes", string_array(one.causes)},
            {"fixes", string_array(one.fixes)},
            {"exit", static_cast<int>(one.exit)},
            {"exit_meaning", problems::meaning_of(one.exit)},
            {"heals_itself", !one.heals.empty()},
            {"healing", one.heals}};
}

json::value explanations_json(std::span<const explained> all) {
    json::array list;
    for (const explained& one : all)
        list.push_back(explanation_json(one));
    return {{"explanations", std::move(list)}};
}

} // namespace headspace::ctl
