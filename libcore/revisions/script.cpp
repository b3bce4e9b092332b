#include "revisions/script.hpp"

#include "base/text.hpp"
#include "revisions/names.hpp"
#include "revisions/script_directives.hpp"
#include "revisions/sha256.hpp"
#include "revisions/splitter_scanner.hpp"

#include <algorithm>

namespace headspace::revisions {

namespace {

/// One directive with what follows it, as it stands in the file.
struct piece {
    directive begins;
    std::size_t begin = 0; // of the directive line
    std::uint32_t line = 1;
    std::vector<statement> statements;
};

struct file_scan {
    header head;
    std::vector<piece> pieces;
    std::vector<statement> stray; // before the first directive
};

result<file_scan> scan(std::string_view text, std::string_view file) {
    file_scan found;
    std::optional<directive> directive_here;
    const auto is_boundary = [&](const token& comment) -> result<bool> {
        const std::string_view before =
            text.substr(comment.line_start, comment.offset - comment.line_start);
        if (!trim(before).empty())
            return false;
        result<std::optional<directive>> read =
            parse_directive(comment.in(text), !before.empty(), file, comment.line);
        if (!read)
            return read.error();
        if (*read) {
            directive_here = **read;
            return true;
        }
        if (found.pieces.empty())
            if (auto problem = read_header_line(found.head, comment.in(text), file, comment.line))
                return *problem;
        return false;
    };
    statement_scanner scanner(text, file, 1, is_boundary);
    for (;;) {
        result<scanned> next = scanner.next();
        if (!next)
            return next.error();
        if (std::holds_alternative<end_of_text>(*next))
            return found;
        if (auto* s = std::get_if<statement>(&*next)) {
            (found.pieces.empty() ? found.stray : found.pieces.back().statements)
                .push_back(std::move(*s));
        } else {
            const token& comment = std::get<boundary>(*next).comment;
            found.pieces.push_back({*directive_here, comment.offset, comment.line, {}});
        }
    }
}

/// Appends a piece: its text up to `end`, its statements with offsets of the joined text.
void append(section& to, piece from, std::string_view text, std::size_t end) {
    if (to.text.empty())
        to.line = from.line;
    const std::size_t base = to.text.size();
    std::string_view body = text.substr(from.begin, end - from.begin);
    while (!body.empty() && (body.back() == '\n' || body.back() == ' ' || body.back() == '\t'))
        body.remove_suffix(1);
    to.text += body;
    to.text += '\n';
    to.options.transaction = to.options.transaction && from.begins.options.transaction;
    if (const auto limit = from.begins.options.lock_timeout)
        to.options.lock_timeout = std::min(limit.value(), to.options.lock_timeout.value_or(*limit));
    for (statement& s : from.statements) {
        s.offset = s.offset - from.begin + base;
        s.begin = s.begin - from.begin + base;
        to.statements.push_back(std::move(s));
    }
}

std::size_t end_of_piece(const std::vector<piece>& pieces, std::size_t i, std::string_view text) {
    return i + 1 < pieces.size() ? pieces[i + 1].begin : text.size();
}

std::optional<error> check_order(const file_scan& found, std::string_view file) {
    if (found.pieces.empty())
        return malformed(file, 1, "there is no `-- migrate:up` in this file",
                         "begin the SQL with a line `-- migrate:up`");
    if (found.pieces.front().begins.way != direction::up)
        return malformed(file, found.pieces.front().line,
                         "`-- migrate:down` stands before any `-- migrate:up`", "begin with up");
    if (!found.stray.empty())
        return malformed(file, found.stray.front().line,
                         "a statement stands before the first `-- migrate:up`",
                         "only comments may stand there");
    for (std::size_t i = 1; i < found.pieces.size(); ++i) {
        const direction way = found.pieces[i].begins.way;
        if (way == found.pieces[i - 1].begins.way)
            return malformed(file, found.pieces[i].line,
                             way == direction::up
                                 ? "a second `-- migrate:up` without a `-- migrate:down` between"
                                 : "a second `-- migrate:down` without a `-- migrate:up` between");
    }
    return {};
}

std::optional<error> check_text(std::string_view text, std::string_view file) {
    if (trim(text).empty())
        return malformed(file, 1, "the file is empty",
                         "write `-- migrate:up` and the statements below it, or delete the file");
    return check_encoding(text, file);
}

std::string message_from_slug(std::string_view slug) {
    std::string message(slug);
    std::replace(message.begin(), message.end(), '_', ' ');
    return message.empty() ? "no message" : message;
}

} // namespace

std::optional<error> check_encoding(std::string_view text, std::string_view file) {
    const auto line_at = [&](std::size_t offset) {
        return static_cast<std::uint32_t>(
            1 + std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(offset), '\n'));
    };
    if (const std::size_t nul = text.find('\0'); nul != std::string_view::npos)
        return malformed(file, line_at(nul), "a NUL byte: this is not text in UTF-8",
                         "save the file as UTF-8");
    if (is_utf8(text))
        return {};
    // The first line that is not: lines end at a byte that no longer sequence contains.
    std::size_t begin = 0;
    while (begin < text.size()) {
        const std::size_t end = std::min(text.find('\n', begin), text.size());
        if (!is_utf8(text.substr(begin, end - begin)))
            break;
        begin = end + 1;
    }
    return malformed(file, line_at(std::min(begin, text.size())), "this line is not UTF-8",
                     "save the file as UTF-8");
}

std::string normalised(std::string_view bytes) {
    // All of them, so that a text that was normalised stays as it is: it is hashed again and again.
    while (bytes.starts_with("\xEF\xBB\xBF"))
        bytes.remove_prefix(3);
    std::string text;
    text.reserve(bytes.size());
    for (const char c : bytes) {
        while (c == '\n' && text.ends_with('\r'))
            text.pop_back();
        text += c;
    }
    return text;
}

std::string shown_file(std::string_view file) {
    return file.starts_with("./") ? std::string(file.substr(2)) : "versions/" + std::string(file);
}

result<script> parse_script(std::string_view file, std::string_view bytes) {
    const std::string shown = shown_file(file);
    const auto name = parse_file_name(file.starts_with("./") ? file.substr(2) : file);
    if (!name)
        return malformed(shown, 1, "the name does not begin with a revision",
                         "call it like 20261121100000_create_users.sql, or move it elsewhere");
    script s;
    s.revision = name->revision;
    s.slug = name->slug;
    s.file = file;
    s.text = normalised(bytes);
    if (auto problem = check_text(s.text, shown))
        return *problem;
    s.checksum = sha256_hex(s.text);

    result<file_scan> read = scan(s.text, shown);
    if (!read)
        return read.error();
    if (auto problem = check_order(*read, shown))
        return *problem;
    header& head = read->head;
    if (head.revision && *head.revision != s.revision)
        return malformed(shown, head.revision_line,
                         "the header says revision " + *head.revision + ", the file's name " +
                             s.revision);
    s.message = head.message.empty() ? message_from_slug(s.slug) : head.message;
    s.stated_parents = std::move(head.parents);
    s.parents_line = head.parents_line;

    std::vector<piece>& pieces = read->pieces;
    for (std::size_t i = 0; i < pieces.size(); i += 2)
        append(s.up, std::move(pieces[i]), s.text, end_of_piece(pieces, i, s.text));
    if (pieces.size() % 2 == 0) { // else the last up has no down: nothing can be reverted
        s.down.emplace();
        for (std::size_t i = pieces.size(); i > 0; i -= 2)
            append(*s.down, std::move(pieces[i - 1]), s.text, end_of_piece(pieces, i - 1, s.text));
        take_off_transaction(*s.down);
    }
    take_off_transaction(s.up);
    return s;
}

result<section> parse_section(std::string_view text, std::string_view label) {
    result<file_scan> read = scan(text, label);
    if (!read)
        return read.error();
    section s;
    std::vector<piece>& pieces = read->pieces;
    if (!read->stray.empty() || pieces.empty()) {
        s.text = text.substr(0, pieces.empty() ? text.size() : pieces.front().begin);
        s.statements = std::move(read->stray);
    }
    for (std::size_t i = 0; i < pieces.size(); ++i)
        append(s, std::move(pieces[i]), text, end_of_piece(pieces, i, text));
    take_off_transaction(s);
    return s;
}

} // namespace headspace::revisions
