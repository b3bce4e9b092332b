// goose: NUMBER_name.sql with annotations: comment lines at the beginning of a line, `-- +goose Up`
// and the like, in any case. Statements are cut by our own splitter, so StatementBegin/End are only
// needed where a statement does not end in `;`. What goose substitutes (ENVSUB) or compiles (.go)
// is refused by name. Source: internal/sqlparser/parser.go of pressly/goose 3.27.
#include "base/text.hpp"
#include "revisions/formats/names.hpp"
#include "revisions/formats/native_text.hpp"
#include "revisions/graph.hpp"
#include "revisions/lexer.hpp"
#include "revisions/splitter_scanner.hpp"

#include <algorithm>
#include <array>

namespace headspace::revisions {

namespace {

enum class word : std::uint8_t {
    up,
    down,
    statement_begin,
    statement_end,
    no_transaction,
    envsub_on,
    envsub_off,
};

constexpr std::array<std::pair<std::string_view, word>, 7> annotation_words{
    {{"up", word::up},
     {"down", word::down},
     {"statementbegin", word::statement_begin},
     {"statementend", word::statement_end},
     {"no transaction", word::no_transaction},
     {"envsub on", word::envsub_on},
     {"envsub off", word::envsub_off}}};

/// What follows `-- +goose` in a comment, in lower case with single blanks; nothing: no annotation.
std::optional<std::string> annotation_in(std::string_view comment) {
    if (!comment.starts_with("--"))
        return {};
    const std::string body = to_lower(trim(comment.substr(2)));
    constexpr std::string_view mark = "+goose";
    if (!body.starts_with(mark))
        return {};
    std::string words;
    for (const std::string& part : split(body.substr(mark.size()), ' '))
        if (!trim(part).empty())
            words += (words.empty() ? "" : " ") + std::string(trim(part));
    return words;
}

struct annotation {
    word what = word::up;
    std::uint32_t line = 1;
    std::size_t begin = 0; // of its line
    std::size_t end = 0;   // behind its line end
    std::size_t statements_before = 0;
};

struct scanned_file {
    std::vector<annotation> annotations;
    std::vector<statement> statements; // offsets into the file
};

result<annotation> read_annotation(const std::string& words, const std::string& path,
                                   std::uint32_t line) {
    for (const auto& [text, what] : annotation_words)
        if (text == words)
            return annotation{.what = what, .line = line};
    return malformed(
        path, line, "unknown annotation `-- +goose " + words + "`",
        "goose knows Up, Down, StatementBegin, StatementEnd, NO TRANSACTION, ENVSUB ON "
        "and ENVSUB OFF");
}

/// The annotations as goose sees them: it looks at lines and knows no quotes.
result<std::vector<annotation>> annotations_of_lines(std::string_view text,
                                                     const std::string& path) {
    std::vector<annotation> found;
    std::uint32_t line = 0;
    for (std::size_t begin = 0; begin < text.size();) {
        ++line;
        const std::size_t end = std::min(text.find('\n', begin), text.size());
        const std::string_view whole = text.substr(begin, end - begin);
        if (const auto words = annotation_in(trim(whole))) {
            if (!whole.starts_with("--"))
                return malformed(path, line, "`-- +goose " + *words + "` is indented",
                                 "an annotation begins at the beginning of its line");
            auto one = read_annotation(*words, path, line);
            if (!one)
                return one.error();
            one->begin = begin;
            one->end = std::min(end + 1, text.size());
            found.push_back(*one);
        }
        begin = end + 1;
    }
    return found;
}

/// Both at once: where goose and PostgreSQL disagree about what is a comment, nobody can say what
/// goose did.
result<scanned_file> scan(std::string_view text, const std::string& path) {
    auto lines = annotations_of_lines(text, path);
    if (!lines)
        return lines.error();
    scanned_file out;
    out.annotations = std::move(*lines);
    std::size_t next_annotation = 0;
    const auto is_boundary = [&](const token& comment) -> result<bool> {
        return comment.offset == comment.line_start && annotation_in(comment.in(text)).has_value();
    };
    statement_scanner scanner(text, path, 1, is_boundary);
    for (;;) {
        auto next = scanner.next();
        if (!next)
            return next.error();
        if (std::holds_alternative<end_of_text>(*next))
            break;
        if (auto* s = std::get_if<statement>(&*next)) {
            out.statements.push_back(std::move(*s));
            continue;
        }
        const std::uint32_t line = std::get<boundary>(*next).comment.line;
        if (next_annotation == out.annotations.size() ||
            out.annotations[next_annotation].line != line)
            break; // reported below
        out.annotations[next_annotation++].statements_before = out.statements.size();
    }
    if (next_annotation < out.annotations.size())
        return malformed(path, out.annotations[next_annotation].line,
                         "an annotation inside a quoted text or a comment: goose would cut the "
                         "statement here",
                         "take the line out of the text");
    return out;
}

/// Which annotations stand where; the first mistake.
std::optional<error> check_order(const scanned_file& file, const std::string& path) {
    enum class place : std::uint8_t { start, up, down } here = place::start;
    const annotation* block = nullptr;
    for (const annotation& a : file.annotations) {
        const bool moves =
            a.what == word::up || a.what == word::down || a.what == word::statement_begin;
        if (block && moves)
            return malformed(path, a.line,
                             "the StatementBegin of line " + std::to_string(block->line) +
                                 " has no StatementEnd before this");
        switch (a.what) {
        case word::up:
            if (here != place::start)
                return malformed(path, a.line, "a second `-- +goose Up`");
            if (a.statements_before > 0)
                return malformed(path, file.statements.front().line,
                                 "a statement stands before `-- +goose Up`");
            here = place::up;
            break;
        case word::down:
            if (here != place::up)
                return malformed(path, a.line,
                                 here == place::start ? "`-- +goose Down` before any `-- +goose Up`"
                                                      : "a second `-- +goose Down`");
            here = place::down;
            break;
        case word::statement_begin:
            if (here == place::start)
                return malformed(path, a.line, "StatementBegin before `-- +goose Up`");
            block = &a;
            break;
        case word::statement_end:
            if (!block)
                return malformed(path, a.line, "StatementEnd without a StatementBegin");
            block = nullptr;
            break;
        case word::no_transaction:
        case word::envsub_on:
        case word::envsub_off:
            break;
        }
    }
    if (here == place::start)
        return malformed(path, 1, "there is no `-- +goose Up` in this file",
                         "begin the SQL with it");
    if (block)
        return malformed(path, block->line, "this StatementBegin has no StatementEnd");
    return {};
}

/// `$NAME` or `${NAME...}` in a line, as it stands there.
std::string variable_in(std::string_view text) {
    const auto begins_name = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
    };
    for (std::size_t i = text.find('$'); i != std::string_view::npos; i = text.find('$', i + 1)) {
        const bool braces = i + 1 < text.size() && text[i + 1] == '{';
        const std::size_t name = i + (braces ? 2 : 1);
        if (name >= text.size() || !begins_name(text[name]))
            continue;
        const std::size_t end = braces ? std::min(text.find('}', name), text.size() - 1) + 1
                                       : text.find_first_of(" \t\n,;()'\"", name);
        return std::string(text.substr(i, end == std::string_view::npos ? end : end - i));
    }
    return {};
}

/// ENVSUB ON is harmless where there is nothing to put in.
std::optional<error> check_variables(std::string_view text, const scanned_file& file,
                                     const std::string& path) {
    bool on = false;
    for (std::size_t i = 0; i < file.annotations.size(); ++i) {
        const annotation& a = file.annotations[i];
        if (a.what == word::envsub_on || a.what == word::envsub_off)
            on = a.what == word::envsub_on;
        if (!on)
            continue;
        const std::size_t end =
            i + 1 < file.annotations.size() ? file.annotations[i + 1].begin : text.size();
        std::uint32_t line = a.line + 1;
        for (const std::string& part : split(std::string(text.substr(a.end, end - a.end)), '\n')) {
            if (const std::string variable = variable_in(part); !variable.empty())
                return malformed(path, line,
                                 "ENVSUB ON: goose would put the environment's " + variable +
                                     " in here",
                                 "write the value itself; a migration does the same everywhere");
            ++line;
        }
    }
    return {};
}

bool semicolon_follows(std::string_view text, std::size_t offset) {
    lexer rest(text.substr(offset), {}, 1);
    for (;;) {
        const auto next = rest.next();
        if (!next)
            return false;
        if (next->kind != token_kind::line_comment && next->kind != token_kind::block_comment)
            return next->kind == token_kind::semicolon;
    }
}

/// Only a StatementEnd, a Down and the end of the file end a statement that has no `;`.
std::optional<error> check_semicolons(std::string_view text, const scanned_file& file,
                                      const std::string& path) {
    for (std::size_t i = 0; i < file.annotations.size(); ++i) {
        const annotation& a = file.annotations[i];
        const std::size_t before = i == 0 ? 0 : file.annotations[i - 1].statements_before;
        if (a.what == word::statement_end || a.what == word::down || a.statements_before == before)
            continue;
        const statement& last = file.statements[a.statements_before - 1];
        if (!semicolon_follows(text.substr(0, a.begin), last.offset + last.text.size()))
            return malformed(path, a.line, "an annotation in the middle of a statement",
                             "end the statement of line " + std::to_string(last.line) +
                                 " with a `;` before it");
    }
    return {};
}

/// The half between annotations `first` and `last` (the one that ends it, or the end): its text
/// without annotation lines, and a `;` where only a StatementEnd stood.
foreign_half half_of(std::string_view text, const scanned_file& file, std::size_t first,
                     std::size_t last) {
    const auto& all = file.annotations;
    const auto statements_before = [&](std::size_t i) {
        return i < all.size() ? all[i].statements_before : file.statements.size();
    };
    foreign_half half;
    half.statements.emplace();
    for (std::size_t i = first; i < last; ++i) {
        const std::size_t end = i + 1 < all.size() ? all[i + 1].begin : text.size();
        std::string_view region = text.substr(all[i].end, end - all[i].end);
        const std::size_t from = statements_before(i);
        const std::size_t to = statements_before(i + 1);
        std::size_t cut = 0;
        if (to > from && i + 1 < last) {
            const statement& s = file.statements[to - 1];
            const std::size_t behind = s.offset + s.text.size();
            if (!semicolon_follows(text.substr(0, end), behind))
                cut = behind - all[i].end;
        }
        if (cut > 0) {
            half.text += region.substr(0, cut);
            half.text += ';';
            region.remove_prefix(cut);
        }
        half.text += region;
        for (std::size_t k = from; k < to; ++k)
            half.statements->push_back(file.statements[k]);
    }
    return half;
}

result<script> script_of(const foreign_file& file, const goose_file_name& name) {
    const std::string text = normalised(file.bytes);
    if (auto problem = check_encoding(text, file.path))
        return *problem;
    const auto read = scan(text, file.path);
    if (!read)
        return read.error();
    if (auto problem = check_order(*read, file.path))
        return *problem;
    if (auto problem = check_semicolons(text, *read, file.path))
        return *problem;
    if (auto problem = check_variables(text, *read, file.path))
        return *problem;
    const auto& all = read->annotations;
    const auto where = [&](word what) {
        return static_cast<std::size_t>(
            std::find_if(all.begin(), all.end(), [&](const auto& a) { return a.what == what; }) -
            all.begin());
    };
    const bool transaction = where(word::no_transaction) == all.size();
    const std::size_t down = where(word::down);
    foreign_revision out;
    out.revision = name.version;
    out.description = name.description;
    out.up = half_of(text, *read, where(word::up), down);
    out.up.path = file.path;
    out.up.transaction = transaction;
    if (down < all.size()) {
        out.down = half_of(text, *read, down, all.size());
        out.down->path = file.path;
        out.down->transaction = transaction;
    }
    return to_script(std::move(out));
}

} // namespace

foreign_reading read_goose(const std::vector<foreign_file>& files) {
    foreign_reading out;
    std::vector<std::pair<std::string, std::string>> seen; // version, file
    for (const foreign_file& file : files) {
        const auto name = goose_name(file.path);
        if (!name || !file.folder().empty())
            continue;
        const auto twin = std::find_if(seen.begin(), seen.end(), [&](const auto& other) {
            return same_version(other.first, name->version);
        });
        if (twin != seen.end()) {
            out.problems.push_back(same_version_twice(file.path, twin->second, name->version));
            continue;
        }
        seen.emplace_back(name->version, file.path);
        if (same_version(name->version, "0")) {
            out.problems.push_back(
                malformed(file.path, 1, "goose's versions begin at 1, 0 is its own row"));
            continue;
        }
        if (name->is_go) {
            out.problems.push_back(
                malformed(file.path, 1, "a migration in Go, which headspaced cannot run",
                          "write it as SQL, or run it with goose and leave its number out here"));
            continue;
        }
        auto s = script_of(file, *name);
        if (s)
            out.scripts.push_back(std::move(*s));
        else
            out.problems.push_back(s.error());
    }
    return out;
}

} // namespace headspace::revisions
