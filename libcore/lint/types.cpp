#include "lint/types.hpp"

#include <algorithm>
#include <array>

namespace headspace::lint {

namespace {

/// No limit, or one that is not lower.
bool not_narrower(const type_name& from, const type_name& to) {
    if (to.modifiers.empty())
        return true;
    return !from.modifiers.empty() && from.modifiers.front() <= to.modifiers.front();
}

bool same_scale(const type_name& from, const type_name& to) {
    const auto scale = [](const type_name& t) {
        return t.modifiers.size() > 1 ? t.modifiers[1] : 0;
    };
    return to.modifiers.empty() || (!from.modifiers.empty() && scale(from) == scale(to));
}

} // namespace

bool harmless_type_change(const type_name& from, const type_name& to) {
    if (from.array != to.array)
        return false;
    if (from.name == to.name && from.modifiers == to.modifiers)
        return true;
    if (from.array)
        return false;
    const bool text_like = from.name == "varchar" || from.name == "text";
    if (text_like && to.name == "text")
        return true;
    if (from.name == "text" && to.name == "varchar")
        return to.modifiers.empty();
    if (from.name == "cidr" && to.name == "inet")
        return true;
    if (from.name != to.name)
        return false;
    if (from.name == "numeric")
        return not_narrower(from, to) && same_scale(from, to);
    constexpr std::array<std::string_view, 7> widening{
        "varchar", "varbit", "timestamp", "timestamptz", "time", "timetz", "interval"};
    return std::find(widening.begin(), widening.end(), from.name) != widening.end() &&
           not_narrower(from, to);
}

} // namespace headspace::lint
