#include "revisions/formats/native_text.hpp"

#include "base/text.hpp"
#include "revisions/lexer.hpp"
#include "revisions/names.hpp"
#include "revisions/splitter.hpp"

#include <algorithm>

namespace headspace::revisions {

namespace {

constexpr std::string_view any_name = "1_x.sql"; // parse_script() wants one; replaced below

std::string message_of(const foreign_revision& from) {
    const auto message = checked_message(from.description);
    if (message)
        return *message;
    const std::string_view words = trim(from.description);
    return words.empty() ? "no message" : slug_of(words);
}

std::string body_of(std::string_view text) {
    // Empty lines and no more: Flyway's checksum is that of the others, blanks at their ends too.
    while (text.starts_with('\n'))
        text.remove_prefix(1);
    while (text.ends_with('\n'))
        text.remove_suffix(1);
    return text.empty() ? "\n" : std::string(text) + "\n\n";
}

std::optional<error> settle(foreign_half& half) {
    if (!half.statements) {
        auto split = split_statements(half.text, half.path);
        if (!split)
            return split.error();
        half.statements = std::move(*split);
    }
    if (!half.transaction)
        half.transaction =
            std::none_of(half.statements->begin(), half.statements->end(), [](const statement& s) {
                return s.kind == statement_kind::not_in_transaction;
            });
    return {};
}

/// The comment that our own format would take for a directive.
error reads_as_directive(const foreign_half& half) {
    std::uint32_t line = 1;
    std::uint32_t found = 1;
    for (const std::string& text : split(half.text, '\n')) {
        const std::string_view words = trim(text);
        if (words.starts_with("--") && to_lower(trim(words.substr(2))).starts_with("migrate:"))
            found = line;
        ++line;
    }
    return malformed(half.path, found,
                     "a comment here would be read as a `-- migrate:` directive of our own format",
                     "write the comment in other words");
}

/// The statements of `to` get the places that they have in the file; false when they are not those
/// of the file. BEGIN and COMMIT around all of them may have been taken off.
bool put_places(section& to, const foreign_half& from) {
    auto place = from.statements->begin();
    const auto end = from.statements->end();
    for (statement& s : to.statements) {
        while (place != end && place->text != s.text &&
               place->kind == statement_kind::transaction_control)
            ++place;
        if (place == end || place->text != s.text)
            return false;
        s.line = place->line;
        s.column = place->column;
        ++place;
    }
    if (std::any_of(place, end, [](const statement& s) {
            return s.kind != statement_kind::transaction_control;
        }))
        return false;
    to.file = "./" + from.path;
    to.line = 1;
    return true;
}

} // namespace

result<script> to_script(foreign_revision from) {
    if (auto problem = settle(from.up))
        return *problem;
    if (from.down)
        if (auto problem = settle(*from.down))
            return *problem;
    const auto directive = [](std::string_view way, const foreign_half& half) {
        return "-- migrate:" + std::string(way) +
               (*half.transaction ? "\n" : " transaction:false\n");
    };
    std::string text = "-- " + message_of(from) + "\n\n" + directive("up", from.up);
    text += body_of(from.up.text);
    if (from.down)
        text += directive("down", *from.down) + body_of(from.down->text);
    while (text.ends_with("\n\n"))
        text.pop_back();

    result<script> s = parse_script(any_name, text);
    if (!s || !put_places(s->up, from.up))
        return reads_as_directive(from.up);
    if (s->down.has_value() != from.down.has_value() ||
        (from.down && !put_places(*s->down, *from.down)))
        return reads_as_directive(from.down.value_or(from.up));
    s->revision = from.revision;
    s->slug = slug_of(s->message);
    s->file = "./" + from.up.path;
    s->stated_parents.reset();
    return s;
}

result<foreign_half> whole_file(const foreign_file& file) {
    foreign_half half;
    half.path = file.path;
    half.text = normalised(file.bytes);
    if (auto problem = check_encoding(half.text, file.path))
        return *problem;
    return half;
}

error same_version_twice(const std::string& file, const std::string& other,
                         const std::string& version) {
    error e = malformed(file, 1, "version " + version + " is also that of " + other,
                        "rename one of the files to a version of its own");
    e.code = errc::duplicate_revision;
    return e;
}

result<std::vector<key_value>> read_key_values(const foreign_file& file) {
    const std::string text = normalised(file.bytes);
    if (auto problem = check_encoding(text, file.path))
        return *problem;
    std::vector<key_value> found;
    std::uint32_t line = 0;
    for (const std::string& whole : split(text, '\n')) {
        ++line;
        const std::string_view words = trim(std::string_view(whole).substr(0, whole.find('#')));
        if (words.empty() || words.starts_with('['))
            continue;
        const std::size_t equals = words.find('=');
        if (equals == std::string_view::npos)
            return malformed(file.path, line, "not `key = value`: " + std::string(words));
        std::string_view value = trim(words.substr(equals + 1));
        if (value.size() >= 2 && (value.front() == '"' || value.front() == '\'') &&
            value.back() == value.front())
            value = value.substr(1, value.size() - 2);
        found.push_back({std::string(trim(words.substr(0, equals))), std::string(value), line});
    }
    return found;
}

result<bool> read_bool(const key_value& setting, const std::string& file) {
    if (setting.value == "true" || setting.value == "false")
        return setting.value == "true";
    return malformed(file, setting.line,
                     setting.key + " is true or false, not '" + setting.value + "'");
}

} // namespace headspace::revisions
