#include "schema/plan_words.hpp"

namespace headspace::schema {

namespace {

std::string usual(const char* verb, const fact& f) {
    return std::string(verb) + " " + std::string(word_of(f.id.what)) + " '" + short_name(f.id) +
           "'";
}

void say(std::vector<std::string>& lines, const std::string& what) {
    if (!what.empty())
        lines.push_back("Detected " + what);
}

} // namespace

std::vector<std::string> detected_lines(const difference& d, const plan_context& context) {
    std::vector<std::string> lines;
    for (const fact* f : d.added) {
        const rule& r = rule_of(f->id.what);
        say(lines, r.added ? r.added(*f, context) : usual("added", *f));
    }
    for (const fact* f : d.removed) {
        const rule& r = rule_of(f->id.what);
        say(lines, r.removed ? r.removed(*f, context) : usual("removed", *f));
    }
    for (const change& c : d.changed) {
        const rule& r = rule_of(c.after->id.what);
        if (!r.changed) {
            say(lines, usual("change of", *c.after));
            continue;
        }
        for (const std::string& line : r.changed(c, context))
            say(lines, line);
    }
    return lines;
}

} // namespace headspace::schema
