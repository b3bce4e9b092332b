#include "schema/conversion.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <vector>

namespace headspace::schema {

namespace {

// A type as format_type() writes it: "numeric(10,2)[]" is numeric, {10, 2}, array.
struct type_text {
    std::string name;
    std::vector<int> modifiers;
    bool array = false;
};

type_text parse(std::string_view text) {
    type_text t;
    while (text.ends_with("[]")) {
        t.array = true;
        text.remove_suffix(2);
    }
    const std::size_t open = text.find('(');
    const std::size_t close = text.find(')', open == std::string_view::npos ? 0 : open);
    t.name = text.substr(0, open);
    if (open == std::string_view::npos || close == std::string_view::npos)
        return t;
    t.name += text.substr(close + 1);
    const char* at = text.data() + open + 1;
    const char* const end = text.data() + close;
    while (at < end) {
        int value = 0;
        const auto [next, problem] = std::from_chars(at, end, value);
        if (problem != std::errc())
            break;
        t.modifiers.push_back(value);
        at = next + 1;
    }
    return t;
}

bool one_of(std::string_view word, std::initializer_list<std::string_view> words) {
    return std::find(words.begin(), words.end(), word) != words.end();
}

bool is_string(std::string_view name) {
    return one_of(name, {"text", "character varying", "character", "name", "\"char\""});
}

// Values that a narrower type rounds instead of refusing.
bool rounds(std::string_view name) {
    return one_of(name, {"numeric", "real", "double precision", "money", "interval", "date"}) ||
           name.starts_with("time");
}

// Whether every value of the one modifier fits the other, without touching it (the support
// functions of varchar, numeric, varbit, timestamp, time and interval).
bool widens(const type_text& before, const type_text& after) {
    if (before.modifiers == after.modifiers)
        return true;
    const std::string& name = before.name;
    if (one_of(name, {"character varying", "bit varying"}) || name.starts_with("time"))
        return after.modifiers.empty() ||
               (!before.modifiers.empty() && before.modifiers[0] <= after.modifiers[0]);
    if (name == "numeric") {
        if (after.modifiers.empty())
            return true;
        return before.modifiers.size() == 2 && after.modifiers.size() == 2 &&
               before.modifiers[0] <= after.modifiers[0] &&
               before.modifiers[1] == after.modifiers[1];
    }
    return after.modifiers.empty() && name == "interval";
}

const cast* find_cast(const catalogue& casts, std::string_view from, std::string_view to) {
    for (const cast& c : casts.casts)
        if (c.from == from && c.to == to)
            return &c;
    return nullptr;
}

int whole_number_width(std::string_view name) {
    return name == "smallint" ? 2 : name == "integer" ? 4 : name == "bigint" ? 8 : 0;
}

struct step {
    char context = 'n'; // i, a, e, or n: there is none
    bool binary = false;
};

// find_coercion_pathway() of parser/parse_coerce.c, with the strings' automatic I/O casts.
step pathway(const catalogue& casts, std::string_view from, std::string_view to) {
    if (from == to)
        return {'i', true};
    if (const cast* c = find_cast(casts, from, to))
        return {c->context, c->binary};
    if (is_string(to))
        return {'a', false};
    if (is_string(from))
        return {'e', false};
    return {};
}

conversion within_type(const type_text& from, const type_text& to) {
    conversion c;
    c.rewrites = !widens(from, to);
    if (!c.rewrites)
        return c;
    if (rounds(from.name))
        c.loses = "rounded";
    if (!rounds(from.name) || from.name == "numeric")
        c.may_fail = "fails when a value does not fit";
    return c;
}

// Between enums, and between numbers and an enum whose values are written as numbers. What number
// any other value should be nobody can know.
bool by_name(const fact& before, const type_text& from, const fact& after, const type_text& to) {
    const bool from_enum = before.note("class") == "enum", to_enum = after.note("class") == "enum";
    if (from_enum && to_enum)
        return true;
    if (from_enum)
        return before.note("numbers") == "true" && whole_number_width(to.name) > 0;
    return to_enum && after.note("numbers") == "true" && whole_number_width(from.name) > 0;
}

} // namespace

conversion convert(const fact& before, const fact& after, const catalogue& casts) {
    // Domains convert as their base types do; checks of the new one are tested against all rows.
    const bool from_domain = before.note("class") == "domain";
    const bool to_domain = after.note("class") == "domain";
    type_text from = parse(from_domain ? before.note("base") : before.get("type"));
    type_text to = parse(to_domain ? after.note("base") : after.get("type"));
    if (from.array && to.array) {
        // Element by element, by the same casts.
    } else if (from.array != to.array) {
        conversion c;
        c.possible = is_string(from.array ? to.name : from.name);
        c.needs_using = to.array;
        c.may_fail = to.array ? "fails when a text is no such array" : "";
        return c;
    }
    if (from.name == to.name) {
        conversion c = within_type(from, to);
        if (to_domain && before.get("type") != after.get("type")) {
            c.rewrites = true;
            c.may_fail = "fails when a value breaks a rule of the domain";
        }
        return c;
    }
    const step how = pathway(casts, from.name, to.name);
    conversion c;
    if (how.context == 'n' && by_name(before, from, after, to)) {
        c.needs_using = true;
        c.as_text = true;
        c.may_fail = "fails when a value is not one of the new type";
        return c;
    }
    c.possible = how.context != 'n';
    c.needs_using = how.context == 'e';
    c.rewrites = !(how.binary && to.modifiers.empty() && !to_domain);
    const int was = whole_number_width(from.name), is = whole_number_width(to.name);
    const bool to_open_text =
        one_of(to.name, {"text"}) || (to.name == "character varying" && to.modifiers.empty());
    if (was && is && is < was)
        c.may_fail = "fails when a value is out of range";
    else if (how.context != 'i' && !to_open_text && rounds(from.name))
        c.loses = "rounded";
    else if (how.context != 'i' && !to_open_text)
        c.may_fail = "fails when a value does not fit";
    else if (to_domain)
        c.may_fail = "fails when a value breaks a rule of the domain";
    return c;
}

} // namespace headspace::schema
