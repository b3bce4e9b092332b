#include "revisions/statement.hpp"

#include "base/text.hpp"
#include "revisions/lexer.hpp"

#include <array>
#include <span>
#include <utility>

namespace headspace::revisions {

namespace {

struct qualified_name {
    std::string schema;
    std::string name;
};

/// Reads the first words of a statement from left to right.
class words {
public:
    words(std::span<const token> tokens, std::string_view sql) : tokens_(tokens), sql_(sql) {}

    [[nodiscard]] bool done() const { return at_ >= tokens_.size(); }
    [[nodiscard]] bool is(std::string_view word) const {
        return !done() && tokens_[at_].is_word(sql_, word);
    }
    [[nodiscard]] bool is_symbol(std::string_view symbol) const {
        return !done() && tokens_[at_].is_symbol(sql_, symbol);
    }
    bool eat(std::string_view word) {
        const bool found = is(word);
        at_ += found ? 1 : 0;
        return found;
    }
    bool eat_symbol(std::string_view symbol) {
        const bool found = is_symbol(symbol);
        at_ += found ? 1 : 0;
        return found;
    }
    bool eat_any(std::span<const std::string_view> some) {
        for (const std::string_view word : some)
            if (eat(word))
                return true;
        return false;
    }
    /// The word or string here in lower case and without quotes; moves on.
    std::string take() {
        if (done())
            return {};
        std::string text = to_lower(tokens_[at_++].in(sql_));
        if (text.size() >= 2 && text.front() == '\'')
            text = text.substr(1, text.size() - 2);
        return text;
    }
    qualified_name name() {
        qualified_name found{{}, identifier()};
        while (!found.name.empty() && eat_symbol("."))
            found = {found.name, identifier()};
        return found;
    }
    /// Whether the rest holds this word.
    [[nodiscard]] bool later(std::string_view word) const {
        for (std::size_t i = at_; i < tokens_.size(); ++i)
            if (tokens_[i].is_word(sql_, word))
                return true;
        return false;
    }
    /// Whether the rest holds `option = false` (or off, none, 0) in whatever spelling.
    [[nodiscard]] bool later_off(std::string_view option) const {
        for (std::size_t i = at_; i + 1 < tokens_.size(); ++i) {
            if (!tokens_[i].is_word(sql_, option))
                continue;
            words rest(tokens_, sql_);
            rest.at_ = i + 1;
            rest.eat_symbol("=");
            const std::string value = rest.take();
            if (value == "false" || value == "off" || value == "none" || value == "0" ||
                value == "no")
                return true;
        }
        return false;
    }
    /// Leaves out "( ... )" and says whether `word` stood in it without being switched off.
    bool options_with(std::string_view word) {
        bool found = false;
        if (!eat_symbol("("))
            return false;
        for (; !done() && !is_symbol(")"); ++at_) {
            if (!is(word))
                continue;
            words rest = *this;
            ++rest.at_;
            rest.eat_symbol("=");
            const std::string value = rest.take();
            found = value != "false" && value != "off" && value != "0";
        }
        eat_symbol(")");
        return found;
    }

private:
    std::string identifier() {
        if (done() || (tokens_[at_].kind != token_kind::word &&
                       tokens_[at_].kind != token_kind::quoted_identifier))
            return {};
        return folded(tokens_[at_++].in(sql_));
    }

    std::span<const token> tokens_;
    std::string_view sql_;
    std::size_t at_ = 0;
};

void not_in_transaction(classification& c, std::string name) {
    c.kind = statement_kind::not_in_transaction;
    c.name = std::move(name);
}

void create_index(words w, classification& c) {
    w.eat("unique");
    if (!w.eat("index") || !w.eat("concurrently"))
        return;
    concurrent_work work;
    if (w.eat("if")) {
        w.eat("not");
        work.if_exists = w.eat("exists");
    }
    if (!w.is("on"))
        work.index = w.name().name;
    w.eat("on");
    w.eat("only");
    std::tie(work.table_schema, work.table) = [&] {
        const qualified_name table = w.name();
        return std::pair(table.schema, table.name);
    }();
    not_in_transaction(c, "CREATE INDEX CONCURRENTLY");
    c.concurrently = std::move(work);
}

void create_or_drop(words w, classification& c, bool create) {
    constexpr std::array<std::string_view, 2> always{"database", "tablespace"};
    const std::string verb = create ? "CREATE " : "DROP ";
    for (const std::string_view what : always) {
        if (w.is(what))
            not_in_transaction(c, verb + (what == "database" ? "DATABASE" : "TABLESPACE"));
    }
    if (w.is("subscription") && !(create && (w.later_off("create_slot") || w.later_off("connect"))))
        not_in_transaction(c, verb + "SUBSCRIPTION");
    if (create)
        return create_index(w, c);
    if (!w.eat("index") || !w.eat("concurrently"))
        return;
    concurrent_work work;
    work.what = concurrent_work::action::drop_index;
    if (w.eat("if"))
        work.if_exists = w.eat("exists");
    const qualified_name index = w.name();
    work.index_schema = index.schema;
    work.index = index.name;
    work.several = w.is_symbol(",");
    not_in_transaction(c, "DROP INDEX CONCURRENTLY");
    c.concurrently = std::move(work);
}

void reindex(words w, classification& c) {
    bool concurrently = w.options_with("concurrently");
    const std::string what = w.take();
    concurrently = w.eat("concurrently") || concurrently;
    if (concurrently) {
        concurrent_work work;
        work.what = concurrent_work::action::reindex;
        const qualified_name object = w.name();
        if (what == "index") {
            work.index_schema = object.schema;
            work.index = object.name;
        } else {
            work.whole_object = true;
            if (what == "table") {
                work.table_schema = object.schema;
                work.table = object.name;
            }
        }
        not_in_transaction(c, "REINDEX CONCURRENTLY");
        c.concurrently = std::move(work);
    } else if (what == "database" || what == "system" || what == "schema") {
        not_in_transaction(c, what == "database" ? "REINDEX DATABASE"
                              : what == "system" ? "REINDEX SYSTEM"
                                                 : "REINDEX SCHEMA");
    }
}

void alter(words w, classification& c) {
    if (w.eat("system"))
        return not_in_transaction(c, "ALTER SYSTEM");
    if (w.eat("database")) {
        w.name();
        if (w.eat("set") && w.eat("tablespace"))
            not_in_transaction(c, "ALTER DATABASE SET TABLESPACE");
        return;
    }
    if (w.eat("subscription")) {
        w.name();
        constexpr std::array<std::string_view, 3> publication{"set", "add", "drop"};
        if (w.eat("refresh") ||
            (w.eat_any(publication) && w.eat("publication") && !w.later_off("refresh")))
            not_in_transaction(c, "ALTER SUBSCRIPTION with refresh");
        return;
    }
    if (!w.eat("table"))
        return;
    if (w.eat("if"))
        w.eat("exists");
    w.eat("only");
    const qualified_name table = w.name();
    if (!w.eat("detach") || !w.eat("partition"))
        return;
    const qualified_name partition = w.name();
    if (!w.eat("concurrently"))
        return;
    not_in_transaction(c, "ALTER TABLE DETACH PARTITION CONCURRENTLY");
    concurrent_work work;
    work.what = concurrent_work::action::detach_partition;
    work.table_schema = table.schema;
    work.table = table.name;
    work.partition_schema = partition.schema;
    work.partition = partition.name;
    c.concurrently = std::move(work);
}

void transaction_control(words w, classification& c) {
    constexpr std::array<std::pair<std::string_view, std::string_view>, 5> always{
        {{"begin", "BEGIN"},
         {"start", "START TRANSACTION"},
         {"commit", "COMMIT"},
         {"end", "END"},
         {"abort", "ABORT"}}};
    for (const auto& [word, name] : always) {
        if (!w.is(word))
            continue;
        c.kind = statement_kind::transaction_control;
        c.name = name;
    }
    if (w.eat("rollback")) {
        constexpr std::array<std::string_view, 2> noise{"work", "transaction"};
        w.eat_any(noise);
        if (w.is("to"))
            return; // to a savepoint: stays inside
        c.kind = statement_kind::transaction_control;
        c.name = "ROLLBACK";
    } else if (w.eat("prepare") && w.is("transaction")) {
        c.kind = statement_kind::transaction_control;
        c.name = "PREPARE TRANSACTION";
    }
}

void set(words w, classification& c) {
    if (w.is("transaction") || w.is("constraints"))
        return;
    const bool local = w.eat("local");
    w.eat("session");
    c.changes_session = !local;
    if (!w.eat("standard_conforming_strings"))
        return;
    if (!w.eat("to"))
        w.eat_symbol("=");
    const std::string value = w.take();
    c.backslash_escapes = value == "off" || value == "false" || value == "no" || value == "0";
}

} // namespace

classification classify(const std::vector<token>& tokens, std::string_view sql,
                        bool calls_set_config) {
    classification c;
    words w(tokens, sql);
    c.changes_session = calls_set_config;
    if (w.eat("create")) {
        create_or_drop(w, c, true);
    } else if (w.eat("drop")) {
        create_or_drop(w, c, false);
    } else if (w.eat("reindex")) {
        reindex(w, c);
    } else if (w.eat("alter")) {
        alter(w, c);
    } else if (w.eat("vacuum")) {
        not_in_transaction(c, "VACUUM");
    } else if (w.eat("cluster")) {
        w.options_with("verbose");
        w.eat("verbose");
        if (w.done())
            not_in_transaction(c, "CLUSTER");
    } else if (w.eat("discard")) {
        c.changes_session = true;
        if (w.is("all"))
            not_in_transaction(c, "DISCARD ALL");
    } else if (w.eat("set")) {
        set(w, c);
    } else if (w.eat("reset")) {
        c.changes_session = true;
        if (w.is("standard_conforming_strings") || w.is("all"))
            c.backslash_escapes = false;
    } else {
        transaction_control(w, c);
    }
    return c;
}

place locate(const statement& where, std::size_t position) {
    place found{where.line, where.column};
    std::size_t seen = 0;
    for (std::size_t i = 0; i < where.text.size(); ++i) {
        const char c = where.text[i];
        if ((static_cast<unsigned char>(c) & 0xC0U) == 0x80)
            continue; // counted with its first byte
        if (++seen == position)
            return found;
        const bool line_ends =
            c == '\n' || (c == '\r' && (i + 1 == where.text.size() || where.text[i + 1] != '\n'));
        found = line_ends ? place{found.line + 1, 1} : place{found.line, found.column + 1};
    }
    // The end of the statement is a place too ("syntax error at end of input").
    return position == seen + 1 ? found : place{where.line, where.column};
}

} // namespace headspace::revisions
