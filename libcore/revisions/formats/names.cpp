#include "revisions/formats/names.hpp"

#include "base/text.hpp"

#include <algorithm>

namespace headspace::revisions {

namespace {

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

std::size_t leading_digits(std::string_view text) {
    return static_cast<std::size_t>(std::find_if_not(text.begin(), text.end(), is_digit) -
                                    text.begin());
}

/// Digits with dots between them.
bool is_version(std::string_view text) {
    if (text.empty() || !is_digit(text.front()) || !is_digit(text.back()))
        return false;
    for (std::size_t i = 0; i < text.size(); ++i)
        if (!is_digit(text[i]) && (text[i] != '.' || text[i - 1] == '.'))
            return false;
    return true;
}

/// What editors leave beside a file.
bool is_leftover(std::string_view name) {
    return name.starts_with('.') || name.starts_with('#') || name.ends_with('~');
}

} // namespace

std::string words_of_name(std::string_view text) {
    std::string words(text);
    std::replace(words.begin(), words.end(), '_', ' ');
    return std::string(trim(words));
}

std::optional<pair_name> golang_migrate_name(std::string_view name) {
    const std::size_t digits = leading_digits(name);
    if (digits == 0 || digits == name.size() || name[digits] != '_' || is_leftover(name))
        return {};
    const std::string_view rest = name.substr(digits + 1);
    const std::size_t up = rest.rfind(".up.");
    const std::size_t down = rest.rfind(".down.");
    if (up == std::string_view::npos && down == std::string_view::npos)
        return {};
    const bool is_up =
        down == std::string_view::npos || (up != std::string_view::npos && up > down);
    return pair_name{std::string(name.substr(0, digits)),
                     words_of_name(rest.substr(0, is_up ? up : down)),
                     is_up ? pair_side::up : pair_side::down};
}

std::optional<goose_file_name> goose_name(std::string_view name) {
    const std::size_t digits = leading_digits(name);
    const bool go = name.ends_with(".go");
    if (digits == 0 || digits == name.size() || name[digits] != '_' || is_leftover(name) ||
        (!go && !name.ends_with(".sql")) || name.ends_with("_test.go"))
        return {};
    const std::size_t extension = go ? 3 : 4;
    return goose_file_name{
        std::string(name.substr(0, digits)),
        words_of_name(name.substr(digits + 1, name.size() - digits - 1 - extension)), go};
}

std::optional<std::string> dbmate_version(std::string_view name) {
    const std::size_t digits = leading_digits(name);
    if (digits == 0 || !name.ends_with(".sql"))
        return {};
    return std::string(name.substr(0, digits));
}

std::optional<flyway_file_name> flyway_name(std::string_view name, std::string* wrong) {
    constexpr std::string_view prefixes = "VUBR";
    if (name.size() < 6 || !name.ends_with(".sql") ||
        prefixes.find(name.front()) == std::string_view::npos)
        return {};
    const std::string_view body = name.substr(1, name.size() - 5);
    const std::size_t separator = body.find("__");
    flyway_file_name out;
    out.prefix = name.front();
    out.version = body.substr(0, separator);
    if (separator != std::string_view::npos)
        out.description = words_of_name(body.substr(separator + 2));
    if (out.prefix == 'R') {
        if (separator == std::string_view::npos)
            return {};
        if (!out.version.empty()) {
            if (wrong && is_digit(out.version.front()))
                *wrong = "a repeatable migration has no version";
            return {};
        }
        return out;
    }
    std::replace(out.version.begin(), out.version.end(), '_', '.');
    if (is_version(out.version))
        return out;
    if (wrong && separator != std::string_view::npos &&
        (out.version.empty() || is_digit(out.version.front())))
        *wrong = out.version.empty() ? "there is no version before the `__`"
                                     : "the version " + out.version + " is not made of numbers";
    return {};
}

std::optional<folder_name> diesel_name(std::string_view folder) {
    const std::size_t end = std::min(folder.find('_'), folder.size());
    folder_name out;
    for (const char c : folder.substr(0, end)) {
        if (!is_digit(c) && c != '-')
            return {};
        if (c != '-')
            out.version += c;
    }
    if (out.version.empty() || !is_digit(folder.front()))
        return {};
    out.description = words_of_name(folder.substr(std::min(end + 1, folder.size())));
    return out;
}

} // namespace headspace::revisions
