#include "revisions/declared.hpp"

#include "base/text.hpp"
#include "revisions/lexer.hpp"
#include "revisions/splitter.hpp"

#include <algorithm>
#include <cctype>
#include <set>

namespace headspace::revisions {

namespace {

constexpr std::string_view annotation = "@renamed";
constexpr std::size_t words_looked_at = 4;

std::string upper(std::string_view text) {
    std::string out(text);
    std::transform(out.begin(), out.end(), out.begin(),
                   [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
    return out;
}

/// The words and symbols of `sql` without comments, words in upper case.
std::vector<std::string> tokens_of(std::string_view sql, std::size_t count) {
    std::vector<std::string> found;
    lexer scan(sql, "", 1);
    while (found.size() < count) {
        const result<token> next = scan.next();
        if (!next || next->kind == token_kind::end)
            break;
        if (next->kind == token_kind::line_comment || next->kind == token_kind::block_comment)
            continue;
        found.push_back(next->kind == token_kind::word ? upper(next->in(sql))
                                                       : std::string(next->in(sql)));
    }
    return found;
}

/// GRANT admin TO bob: a membership; privileges have an ON.
bool is_membership(std::string_view sql) {
    const std::vector<std::string> all = tokens_of(sql, static_cast<std::size_t>(-1));
    return std::find(all.begin(), all.end(), "ON") == all.end();
}

/// WITH (..., connect = false, ...): nothing is asked of the other server.
bool connects(std::string_view sql) {
    const std::vector<std::string> all = tokens_of(sql, static_cast<std::size_t>(-1));
    for (std::size_t i = 0; i + 2 < all.size(); ++i)
        if (all[i] == "CONNECT" && all[i + 1] == "=")
            return all[i + 2] != "FALSE" && all[i + 2] != "OFF" && all[i + 2] != "0";
    return true;
}

result<std::optional<rename_note>> read_annotation(std::string_view comment, std::string_view file,
                                                   std::uint32_t line) {
    std::string_view text = trim(comment.substr(2)); // after the "--"
    if (!text.starts_with(annotation))
        return std::optional<rename_note>();
    text.remove_prefix(annotation.size());
    const std::size_t arrow = text.find("->");
    rename_note note;
    if (arrow != std::string_view::npos) {
        note.from = trim(text.substr(0, arrow));
        note.to = trim(text.substr(arrow + 2));
    }
    if (note.from.empty() || note.to.empty() || text.front() != ' ')
        return malformed(file, line, "this @renamed cannot be read",
                         "write it as -- @renamed public.users.name -> public.users.full_name");
    note.where = std::string(file) + ":" + std::to_string(line);
    return std::optional(std::move(note));
}

result<void> read_annotations(const schema_file& file, std::vector<rename_note>& to) {
    lexer scan(file.text, file.file, 1);
    for (;;) {
        const result<token> next = scan.next();
        if (!next)
            return next.error();
        if (next->kind == token_kind::end)
            return {};
        if (next->kind != token_kind::line_comment)
            continue;
        result<std::optional<rename_note>> note =
            read_annotation(next->in(file.text), file.file, next->line);
        if (!note)
            return note.error();
        if (*note)
            to.push_back(std::move(**note));
    }
}

std::optional<error> refusal(const statement& s, std::string_view file) {
    if (const std::string name = server_wide_command(s); !name.empty())
        return malformed(file, s.line, name + " may not stand in schema/",
                         "it would change the whole server and not only this database: run it by "
                         "hand, or in a revision");
    if (s.kind == statement_kind::transaction_control)
        return malformed(file, s.line, s.name + " may not stand in schema/",
                         "take it out: every statement is loaded by itself");
    return {};
}

} // namespace

std::vector<std::string> leading_words(std::string_view sql, std::size_t count) {
    return tokens_of(sql, count);
}

std::string server_wide_command(const statement& which) {
    static const std::set<std::string, std::less<>> verbs{"CREATE", "ALTER", "DROP"};
    static const std::set<std::string, std::less<>> objects{"ROLE", "USER", "GROUP", "DATABASE",
                                                            "TABLESPACE"};
    const std::vector<std::string> words = tokens_of(which.text, words_looked_at);
    const auto word = [&](std::size_t i) -> std::string_view {
        return i < words.size() ? std::string_view(words[i]) : std::string_view();
    };
    const std::string two = std::string(word(0)) + " " + std::string(word(1));
    if (two == "ALTER SYSTEM" || two == "REASSIGN OWNED" || two == "DROP OWNED")
        return two;
    if (verbs.contains(word(0)) && objects.contains(word(1)) &&
        !(word(1) == "USER" && word(2) == "MAPPING"))
        return two;
    if ((word(0) == "GRANT" || word(0) == "REVOKE") && is_membership(which.text))
        return std::string(word(0)) + " of a role";
    if (two == "CREATE SUBSCRIPTION" && connects(which.text))
        return two + " without connect = false";
    return {};
}

result<declaration> read_declaration(const std::vector<schema_file>& files) {
    declaration out;
    for (const schema_file& file : files) {
        if (!is_utf8(file.text))
            return malformed(file.file, 1, "the file is not UTF-8", "save the file as UTF-8");
        result<std::vector<statement>> split = split_statements(file.text, file.file);
        if (!split)
            return split.error();
        if (const auto notes = read_annotations(file, out.renames); !notes)
            return notes.error();
        for (statement& s : *split) {
            if (auto refused = refusal(s, file.file))
                return *refused;
            out.statements.push_back({file.file, std::move(s)});
        }
    }
    return out;
}

result<rename_note> parse_rename_option(std::string_view text) {
    const std::size_t colon = text.find(':');
    rename_note note;
    if (colon != std::string_view::npos) {
        note.from = trim(text.substr(0, colon));
        note.to = trim(text.substr(colon + 1));
    }
    if (note.from.empty() || note.to.empty() || note.to.find(':') != std::string::npos)
        return make_error(errc::usage, error_class::refuse,
                          "--rename: \"" + std::string(text) + "\" is not OLD:NEW",
                          "such as --rename users.name:users.full_name");
    note.where = "--rename";
    return note;
}

} // namespace headspace::revisions
