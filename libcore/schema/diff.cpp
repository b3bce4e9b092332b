#include "schema/diff.hpp"

namespace headspace::schema {

namespace {

std::string headline(const fact& f) {
    return std::string(word_of(f.id.what)) + " " +
           (f.id.what == kind::comment || f.id.what == kind::privilege
                ? "of " + std::string(word_of(f.id.on)) + " "
                : "") +
           to_string(f.id) + ": ";
}

std::string shown(const fact& f, const std::string& attribute) {
    const std::string_view value = f.get(attribute);
    return value.empty() ? "not set" : std::string(value);
}

} // namespace

std::set<std::string> differing(const attributes& before, const attributes& after) {
    std::set<std::string> names;
    auto a = before.begin();
    auto b = after.begin();
    while (a != before.end() || b != after.end()) {
        if (b == after.end() || (a != before.end() && a->first < b->first)) {
            names.insert(a++->first);
        } else if (a == before.end() || b->first < a->first) {
            names.insert(b++->first);
        } else {
            if (a->second != b->second)
                names.insert(a->first);
            ++a;
            ++b;
        }
    }
    return names;
}

difference compare(const catalogue& from, const catalogue& to) {
    difference d;
    auto a = from.facts.begin();
    auto b = to.facts.begin();
    while (a != from.facts.end() || b != to.facts.end()) {
        if (b == to.facts.end() || (a != from.facts.end() && a->first < b->first)) {
            d.removed.push_back(&a++->second);
        } else if (a == from.facts.end() || b->first < a->first) {
            d.added.push_back(&b++->second);
        } else {
            auto names = differing(a->second.payload, b->second.payload);
            if (!names.empty())
                d.changed.push_back({&a->second, &b->second, std::move(names)});
            ++a;
            ++b;
        }
    }
    return d;
}

std::vector<std::string> explain(const difference& d) {
    std::vector<std::string> lines;
    for (const fact* f : d.removed)
        lines.push_back(headline(*f) + "not expected");
    for (const fact* f : d.added)
        lines.push_back(headline(*f) + "missing");
    for (const change& c : d.changed)
        for (const std::string& name : c.attributes)
            lines.push_back(headline(*c.before) + name + " is " + shown(*c.before, name) +
                            ", should be " + shown(*c.after, name));
    return lines;
}

} // namespace headspace::schema
