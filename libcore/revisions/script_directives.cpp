#include "revisions/script_directives.hpp"

#include "base/text.hpp"
#include "revisions/lexer.hpp"

#include <algorithm>
#include <array>

namespace headspace::revisions {

namespace {

constexpr std::string_view known_words = "the directives are `-- migrate:up` and `-- migrate:down`";

std::vector<std::string_view> words_of(std::string_view text, std::string_view separators) {
    std::vector<std::string_view> words;
    for (std::size_t i = 0; i < text.size();) {
        const std::size_t begin = text.find_first_not_of(separators, i);
        if (begin == std::string_view::npos)
            break;
        i = std::min(text.find_first_of(separators, begin), text.size());
        words.push_back(text.substr(begin, i - begin));
    }
    return words;
}

std::optional<error> read_option(section_options& options, std::string_view word,
                                 std::string_view file, std::uint32_t line) {
    constexpr std::array<std::string_view, 2> known{"transaction", "lock_timeout"};
    const std::size_t colon = word.find(':');
    const std::string_view key = word.substr(0, colon);
    const std::string_view value = colon == std::string_view::npos ? "" : word.substr(colon + 1);
    if (key == "transaction" && (value == "true" || value == "false")) {
        options.transaction = value == "true";
        return {};
    }
    if (key == "lock_timeout") {
        const result<duration> limit = parse_duration(value);
        if (!limit)
            return malformed(file, line, "lock_timeout: " + limit.error().message,
                             "write it like lock_timeout:2s");
        options.lock_timeout = *limit;
        return {};
    }
    if (key == "transaction")
        return malformed(file, line,
                         "transaction is true or false, not '" + std::string(value) + "'");
    const std::string meant = did_you_mean(key, known);
    return malformed(file, line, "unknown option '" + std::string(word) + "'",
                     meant.empty() ? "the options are transaction:false and lock_timeout:2s"
                                   : "did you mean " + meant + "?");
}

/// Digits, with dots between them or without.
bool is_revision(std::string_view text) {
    bool after_digit = false;
    for (const char c : text) {
        const bool digit = c >= '0' && c <= '9';
        if (!digit && (c != '.' || !after_digit))
            return false;
        after_digit = digit;
    }
    return after_digit;
}

std::optional<error> read_parents(header& h, std::string_view value, std::string_view file,
                                  std::uint32_t line) {
    if (h.parents)
        return malformed(file, line, "a second `-- headspace:parent`",
                         "name all parents in one line");
    std::vector<std::string> parents;
    const auto words = words_of(value, ", \t");
    for (const std::string_view word : words) {
        if (word == "base" && words.size() == 1)
            break;
        if (!is_revision(word))
            return malformed(file, line, "'" + std::string(word) + "' is no revision",
                             "write the parents' ids with commas between, or base");
        if (std::find(parents.begin(), parents.end(), word) != parents.end())
            return malformed(file, line, "the parent " + std::string(word) + " is named twice");
        parents.emplace_back(word);
    }
    if (words.empty())
        return malformed(file, line, "`-- headspace:parent` names no revision",
                         "write the parents' ids with commas between, or base");
    h.parents = std::move(parents);
    h.parents_line = line;
    return {};
}

} // namespace

result<std::optional<directive>> parse_directive(std::string_view comment, bool indented,
                                                 std::string_view file, std::uint32_t line) {
    const std::string_view body = trim(comment.substr(2));
    const std::string lower = to_lower(body);
    if (!lower.starts_with("migrate:"))
        return std::optional<directive>{};
    const auto words = words_of(body, " \t\f\v");
    const bool up = words.front() == "migrate:up";
    if (!up && words.front() != "migrate:down") {
        constexpr std::array<std::string_view, 2> known{"up", "down"};
        const std::string word = to_lower(words.front()).substr(8);
        if (!word.empty() && (word == "up" || word == "down" || !did_you_mean(word, known).empty()))
            return malformed(file, line,
                             "unknown directive `-- " + std::string(words.front()) + "`",
                             std::string(known_words));
        return std::optional<directive>{};
    }
    if (indented)
        return malformed(file, line, "`-- " + std::string(words.front()) + "` is indented",
                         "a directive begins at the beginning of its line");
    directive d;
    d.way = up ? direction::up : direction::down;
    for (std::size_t i = 1; i < words.size(); ++i)
        if (auto problem = read_option(d.options, words[i], file, line))
            return *problem;
    return std::optional<directive>(d);
}

std::optional<error> read_header_line(header& h, std::string_view comment, std::string_view file,
                                      std::uint32_t line) {
    const std::string_view body = trim(comment.substr(2));
    constexpr std::string_view prefix = "headspace:";
    if (body.starts_with("headspace:nolint") || body.starts_with("squawk-ignore"))
        return {}; // said to the linter
    if (!to_lower(body).starts_with(prefix)) {
        if (h.message.empty())
            h.message = body;
        return {};
    }
    const std::string_view rest = body.substr(prefix.size());
    const std::size_t end = std::min(rest.find_first_of(" \t"), rest.size());
    const std::string_view key = rest.substr(0, end);
    const std::string_view value = trim(rest.substr(end));
    if (body.starts_with(prefix) && key == "parent")
        return read_parents(h, value, file, line);
    if (body.starts_with(prefix) && key == "revision") {
        h.revision = std::string(value);
        h.revision_line = line;
        return {};
    }
    return malformed(
        file, line,
        "unknown directive `-- " + std::string(body.substr(0, prefix.size())) + std::string(key) +
            "`",
        "the header's directives are `-- headspace:parent` and `-- headspace:revision`");
}

} // namespace headspace::revisions
