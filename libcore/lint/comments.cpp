#include "lint/comments.hpp"

#include "base/text.hpp"
#include "revisions/lexer.hpp"

#include <algorithm>
#include <optional>

namespace headspace::lint {

namespace {

struct directive {
    bool whole_file = false;
    std::vector<std::string> rules;
};

std::string_view body_of(std::string_view comment) {
    comment.remove_prefix(2);
    if (comment.ends_with("*/"))
        comment.remove_suffix(2);
    return trim(comment.substr(0, comment.find("--"))); // a reason may follow
}

std::optional<directive> read(std::string_view comment) {
    const std::string_view body = body_of(comment);
    const std::size_t end = std::min(body.find_first_of(" \t:,", body.find(':') + 1), body.size());
    const std::string_view word = body.substr(0, end);
    directive found;
    found.whole_file = word == "squawk-ignore-file" || word == "headspace:nolint-file";
    if (!found.whole_file && word != "squawk-ignore" && word != "headspace:nolint")
        return {};
    std::string rules(body.substr(end));
    std::replace_if(
        rules.begin(), rules.end(), [](char c) { return c == ',' || c == '\t' || c == ':'; }, ' ');
    for (const std::string& rule : split(rules, ' '))
        if (!rule.empty())
            found.rules.push_back(rule);
    return found;
}

} // namespace

ignore_comments::ignore_comments(std::string_view text, std::uint32_t first_line) {
    revisions::lexer tokens(text, "", first_line);
    std::size_t waiting = 0;     // entries before this one know their line
    std::uint32_t code_line = 0; // of the last token that is no comment
    for (;;) {
        const result<revisions::token> next = tokens.next();
        if (!next || next->kind == revisions::token_kind::end)
            return;
        if (next->kind != revisions::token_kind::line_comment &&
            next->kind != revisions::token_kind::block_comment) {
            for (; waiting < entries_.size(); ++waiting)
                if (!entries_[waiting].behind_code && entries_[waiting].line != 0)
                    entries_[waiting].line = next->line;
            const std::string_view token = next->in(text);
            code_line = next->line +
                        static_cast<std::uint32_t>(std::count(token.begin(), token.end(), '\n'));
            continue;
        }
        if (auto said = read(next->in(text)))
            entries_.push_back({std::move(said->rules), said->whole_file ? 0 : next->line,
                                code_line == next->line});
    }
}

bool ignore_comments::entry::names(std::string_view rule) const {
    return rules.empty() || std::find(rules.begin(), rules.end(), rule) != rules.end();
}

bool ignore_comments::cover(std::string_view rule, const span_of_lines& where) const {
    return std::any_of(entries_.begin(), entries_.end(), [&](const entry& e) {
        const bool here = e.line == 0 || e.line == where.line || e.line == where.first ||
                          (e.behind_code && e.line == where.last);
        return here && e.names(rule);
    });
}

} // namespace headspace::lint
