// BEGIN and COMMIT in a migration file. The runner owns the transaction: one pair around everything
// says what happens anyway and is taken off; anything else is refused before it can half-commit.
#include "revisions/lexer.hpp"
#include "revisions/script.hpp"

#include <algorithm>
#include <array>

namespace headspace::revisions {

namespace {

bool is_control(const statement& s) {
    return s.kind == statement_kind::transaction_control;
}
bool opens(const statement& s) {
    return s.name == "BEGIN" || s.name == "START TRANSACTION";
}
bool closes(const statement& s) {
    return s.name == "COMMIT" || s.name == "END";
}

/// The words of the statement after its first one, in lower case, one blank between them.
std::string words_after_first(const statement& s) {
    lexer read(s.text, {}, 1);
    std::string words;
    for (bool first = true;; first = false) {
        const result<token> next = read.next();
        if (!next || next->kind == token_kind::end)
            return words;
        if (first || next->kind == token_kind::line_comment ||
            next->kind == token_kind::block_comment)
            continue;
        words += (words.empty() ? "" : " ") + folded(next->in(s.text));
    }
}

/// What the words ask for is what the runner's own transaction is.
bool is_plain(const statement& s) {
    std::string words = words_after_first(s);
    for (const std::string_view noise : {"transaction", "work"})
        if (words == noise || words.starts_with(std::string(noise) + " "))
            words.erase(0, std::min(noise.size() + 1, words.size()));
    constexpr std::array<std::string_view, 4> same{"", "isolation level read committed",
                                                   "read write", "and no chain"};
    return std::find(same.begin(), same.end(), words) != same.end();
}

/// Where the first BEGIN and COMMIT are, when the section has exactly these two.
struct pair_place {
    std::size_t open = 0;
    std::size_t close = 0;
};
std::optional<pair_place> only_pair(const std::vector<statement>& all) {
    const auto open = std::find_if(all.begin(), all.end(), is_control);
    if (open == all.end() || !opens(*open))
        return {};
    const auto close = std::find_if(open + 1, all.end(), is_control);
    if (close == all.end() || !closes(*close) || std::any_of(close + 1, all.end(), is_control))
        return {};
    return pair_place{static_cast<std::size_t>(open - all.begin()),
                      static_cast<std::size_t>(close - all.begin())};
}

std::string take_it_out(const section& which) {
    return which.options.transaction
               ? "take it out: each migration already runs in one transaction of its own"
               : "take it out: with transaction:false each statement runs on its own";
}

/// What is wrong with one BEGIN, COMMIT, ... that could not be taken off.
error refused(const section& which, const statement& s, std::string_view file) {
    const std::vector<statement>& all = which.statements;
    if (const auto pair = only_pair(all)) {
        for (const std::size_t at : {pair->open, pair->close})
            if (!is_plain(all[at]))
                return malformed(file, all[at].line,
                                 all[at].name + " with " + words_after_first(all[at]) +
                                     " may not stand in a migration",
                                 take_it_out(which));
        const statement& outside = pair->open > 0 ? all.front() : all.back();
        return malformed(file, outside.line,
                         "this statement stands outside of the BEGIN ... COMMIT of lines " +
                             std::to_string(all[pair->open].line) + " to " +
                             std::to_string(all[pair->close].line),
                         "take BEGIN and COMMIT out: each migration already runs in one "
                         "transaction of its own");
    }
    const bool second =
        opens(s) && std::any_of(all.begin(), all.end(), [&](const statement& other) {
            return opens(other) && other.offset < s.offset;
        });
    return malformed(file, s.line,
                     (second ? "a second " + s.name : s.name) + " may not stand in a migration",
                     take_it_out(which));
}

} // namespace

void take_off_transaction(section& which) {
    std::vector<statement>& all = which.statements;
    const auto pair = only_pair(all);
    if (!pair || pair->open != 0 || pair->close + 1 != all.size() || !is_plain(all.front()) ||
        !is_plain(all.back()))
        return;
    all.pop_back();
    all.erase(all.begin());
    // Whoever wrote a pair by hand wants all of it or nothing.
    which.options.transaction =
        which.options.transaction || std::none_of(all.begin(), all.end(), [](const statement& s) {
            return s.kind == statement_kind::not_in_transaction;
        });
}

std::vector<error> forbidden_statements(const section& which, std::string_view file) {
    std::vector<error> found;
    const bool one_pair = only_pair(which.statements).has_value();
    for (const statement& s : which.statements) {
        if (is_control(s) && !(one_pair && closes(s)))
            found.push_back(refused(which, s, file));
        else if (s.kind == statement_kind::not_in_transaction && which.options.transaction)
            found.push_back(malformed(
                file, s.line, s.name + " cannot run inside a transaction",
                "move it to a revision of its own whose directive says `transaction:false`"));
    }
    return found;
}

} // namespace headspace::revisions
