#include "config/load_document.hpp"

#include "base/text.hpp"

#include <toml++/toml.h>

#include <algorithm>
#include <array>

namespace headspace::config {

namespace {

constexpr std::size_t most_syntax_errors = 20;

/// The key of the assignment that `line` (from 0) belongs to: its own, or of a value that began
/// above.
std::string key_at(const std::vector<std::string>& lines, std::size_t line) {
    for (std::size_t i = std::min(line + 1, lines.size()); i-- > 0;) {
        const auto equals = lines[i].find('=');
        if (equals == std::string::npos)
            continue;
        const std::string key(trim(std::string_view(lines[i]).substr(0, equals)));
        if (!key.empty() && key.find_first_not_of("abcdefghijklmnopqrstuvwxyz"
                                                  "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.\"' ") ==
                                std::string::npos)
            return key;
    }
    return {};
}

/// Whether the rest of the file keeps its meaning without this line.
bool stands_alone(std::string_view line, std::string_view description) {
    line = trim(line);
    const auto equals = line.find('=');
    if (line.starts_with('[') || equals == std::string_view::npos)
        return false;
    const std::string_view value = trim(line.substr(equals + 1));
    constexpr std::array<std::string_view, 4> openers{"[", "{", "\"\"\"", "'''"};
    if (std::any_of(openers.begin(), openers.end(),
                    [&](std::string_view opener) { return value.starts_with(opener); }))
        return false;
    return description.find("array") == std::string_view::npos &&
           description.find("parsing table") == std::string_view::npos &&
           description.find("end-of-file") == std::string_view::npos;
}

/// "[table]." of the nearest table header above.
std::string table_at(const std::vector<std::string>& lines, std::size_t line) {
    for (std::size_t i = std::min(line, lines.size()); i-- > 0;) {
        const std::string_view header = trim(lines[i]);
        if (header.starts_with('[') && header.find(']') != std::string_view::npos)
            return std::string(header.substr(0, header.find(']') + 1)) + ".";
    }
    return {};
}

std::string explain(std::string_view description, const std::string& key) {
    if (is_secret_name(key))
        return "this is not valid TOML (a string is written in quotes, a backslash twice)";
    std::string out(description);
    if (out.find("could not determine value type") != std::string::npos)
        out += " (a string is written in quotes)";
    return out;
}

} // namespace

bool is_secret_name(std::string_view key) {
    const std::string lower = to_lower(key);
    constexpr std::array<std::string_view, 5> words{"password", "passwd", "url", "secret", "token"};
    return std::any_of(words.begin(), words.end(), [&](std::string_view word) {
        return lower.find(word) != std::string::npos;
    });
}

readable_text drop_unreadable_lines(std::string_view text, const std::string& path) {
    readable_text out;
    std::vector<std::string> lines = split(text, '\n');
    while (true) {
        out.text = join(lines, "\n");
        try {
            static_cast<void>(toml::parse(std::string_view(out.text), std::string_view(path)));
            return out;
        } catch (const toml::parse_error& e) {
            const std::uint32_t line = std::max<std::uint32_t>(e.source().begin.line, 1);
            const std::size_t index = std::min<std::size_t>(line, lines.size()) - 1;
            const std::string key = key_at(lines, index);
            std::string message = explain(e.description(), key);
            if (!key.empty())
                message = table_at(lines, index) + key + ": " + message;
            out.errors.push_back({path, line, e.source().begin.column, std::move(message)});
            if (!stands_alone(lines[index], e.description()) ||
                out.errors.size() == most_syntax_errors) {
                lines.resize(index);
                // What is above may be broken too, by something that was opened there.
                out.text = join(lines, "\n");
                try {
                    static_cast<void>(toml::parse(std::string_view(out.text)));
                } catch (const toml::parse_error&) {
                    out.text.clear();
                }
                return out;
            }
            lines[index].clear();
        }
    }
}

} // namespace headspace::config
