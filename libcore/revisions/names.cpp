#include "revisions/names.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <ctime>
#include <utility>

namespace headspace::revisions {

namespace {

constexpr std::size_t longest_slug = 40; // of Alembic: truncate_slug_length

// The letter beneath the marks, '_' where there is none: U+00C0 to U+024F and U+1E00 to U+1EFF of
// UnicodeData.txt's canonical decompositions.
constexpr std::string_view latin =
    "aaaaaa_ceeeeiiiidnooooo_ouuuuy__aaaaaa_ceeeeiiiidnooooo_ouuuuy_yaaaaaaccccccccdd"
    "ddeeeeeeeeeegggggggghhhhiiiiiiiiii__jjkkkllllll__llnnnnnn_nnoooooo__rrrrrrssssss"
    "ssttttttuuuuuuuuuuuuwwyyyzzzzzzs________________________________oo_____________u"
    "u____________________________aaiioouuuuuuuuuu_aaaa____ggkkoooo__j___gg__nnaa____"
    "aaaaeeeeiiiioooorrrruuuusstt__hh______aaeeooooooooyy____________________________";
constexpr std::string_view latin_additional =
    "aabbbbbbccddddddddddeeeeeeeeeeffgghhhhhhhhhhiiiikkkkkkllllllllmmmmmmnnnnnnnnoooo"
    "oooopppprrrrrrrrssssssssssttttttttuuuuuuuuuuvvvvwwwwwwwwwwxxxxyyzzzzzzhtwy______"
    "aaaaaaaaaaaaaaaaaaaaaaaaeeeeeeeeeeeeeeeeiiiioooooooooooooooooooooooouuuuuuuuuuuu"
    "uuyyyyyyyy______";
constexpr std::array<std::pair<char32_t, std::string_view>, 10> two_letters{{{0xC6, "ae"},
                                                                             {0xDE, "th"},
                                                                             {0xDF, "ss"},
                                                                             {0xE6, "ae"},
                                                                             {0xFE, "th"},
                                                                             {0x132, "ij"},
                                                                             {0x133, "ij"},
                                                                             {0x152, "oe"},
                                                                             {0x153, "oe"},
                                                                             {0x1E9E, "ss"}}};

/// Takes one character off valid UTF-8.
char32_t take_character(std::string_view& text) {
    const auto lead = static_cast<unsigned char>(text.front());
    const std::size_t length = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    char32_t c = length == 1 ? lead : lead & (0x7FU >> length);
    for (std::size_t i = 1; i < length && i < text.size(); ++i)
        c = (c << 6) | (static_cast<unsigned char>(text[i]) & 0x3FU);
    text.remove_prefix(std::min(length, text.size()));
    return c;
}

std::string plain_letters(char32_t c) {
    if (c < 0x80) {
        const std::string one = to_lower(std::string(1, static_cast<char>(c)));
        const bool plain = (one[0] >= 'a' && one[0] <= 'z') || (one[0] >= '0' && one[0] <= '9');
        return plain ? one : "_";
    }
    if (c >= 0x300 && c <= 0x36F)
        return {}; // a mark of its own, after its letter
    for (const auto& [letter, plain] : two_letters)
        if (letter == c)
            return std::string(plain);
    if (c >= 0xC0 && c < 0xC0 + latin.size())
        return std::string(1, latin[c - 0xC0]);
    if (c >= 0x1E00 && c < 0x1E00 + latin_additional.size())
        return std::string(1, latin_additional[c - 0x1E00]);
    return "_";
}

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

} // namespace

std::string slug_of(std::string_view message) {
    std::string slug;
    while (!message.empty()) {
        for (const char c : plain_letters(take_character(message)))
            if (c != '_' || (!slug.empty() && slug.back() != '_'))
                slug += c;
    }
    if (slug.size() > longest_slug) {
        const std::size_t word = slug.find_last_of('_', longest_slug);
        slug.resize(word == std::string::npos ? longest_slug : word);
    }
    while (slug.ends_with('_'))
        slug.pop_back();
    return slug.empty() ? "revision" : slug;
}

result<std::string> checked_message(std::string_view message) {
    const auto bad = [](std::string what, std::string hint) {
        return make_error(errc::usage, error_class::refuse, std::move(what), std::move(hint));
    };
    if (!is_utf8(message))
        return bad("the message is not UTF-8", "set a UTF-8 locale, or use ASCII");
    std::string line;
    for (const char c : message) {
        const bool blank = static_cast<unsigned char>(c) <= ' ' || c == '\x7F';
        if (!blank)
            line += c;
        else if (!line.empty() && line.back() != ' ')
            line += ' ';
    }
    line = trim(line);
    if (line.empty())
        return bad("a revision needs a message", "say what it does: -m \"add table accounts\"");
    const std::string lower = to_lower(line);
    if (lower.starts_with("headspace:") || lower.starts_with("migrate:"))
        return bad("the message would be read as a directive: " + line,
                   "begin it with another word");
    return line;
}

std::string revision_id(wall_time t) {
    const std::time_t seconds =
        std::chrono::system_clock::to_time_t(std::chrono::floor<std::chrono::seconds>(t));
    std::tm parts{};
    ::gmtime_r(&seconds, &parts);
    std::array<char, 80> buffer{};
    std::snprintf(buffer.data(), buffer.size(), "%04d%02d%02d%02d%02d%02d", parts.tm_year + 1900,
                  parts.tm_mon + 1, parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec);
    return buffer.data();
}

std::optional<wall_time> time_of_revision(std::string_view revision) {
    if (revision.size() != 14 || !std::all_of(revision.begin(), revision.end(), is_digit))
        return {};
    const auto number = [&](std::size_t from, std::size_t length) {
        int n = 0;
        for (const char c : revision.substr(from, length))
            n = n * 10 + (c - '0');
        return n;
    };
    using namespace std::chrono;
    const year_month_day day{year{number(0, 4)}, month{static_cast<unsigned>(number(4, 2))},
                             std::chrono::day{static_cast<unsigned>(number(6, 2))}};
    if (!day.ok() || number(8, 2) > 23 || number(10, 2) > 59 || number(12, 2) > 59)
        return {};
    return wall_time(sys_days(day)) + hours(number(8, 2)) + minutes(number(10, 2)) +
           seconds(number(12, 2));
}

std::string next_revision_id(wall_time now, const revision_list& parents,
                             const revision_set& taken) {
    wall_time t = std::chrono::floor<std::chrono::seconds>(now);
    for (const std::string& parent : parents)
        if (const auto before = time_of_revision(parent); before && *before >= t)
            t = *before + std::chrono::seconds(1);
    while (taken.contains(revision_id(t)))
        t += std::chrono::seconds(1);
    return revision_id(t);
}

std::optional<file_name> parse_file_name(std::string_view name) {
    const std::size_t digits = std::min(
        name.size(), static_cast<std::size_t>(std::distance(
                         name.begin(), std::find_if_not(name.begin(), name.end(), is_digit))));
    if (digits == 0 || !name.ends_with(".sql"))
        return {};
    std::size_t id = digits;
    while (id + 1 < name.size() && name[id] == '.' && is_digit(name[id + 1])) {
        ++id;
        while (id < name.size() && is_digit(name[id]))
            ++id;
    }
    std::string_view slug = name.substr(id, name.size() - id - 4);
    while (!slug.empty() && (slug.front() == '_' || slug.front() == '-'))
        slug.remove_prefix(1);
    return file_name{std::string(name.substr(0, id)), std::string(slug)};
}

} // namespace headspace::revisions
