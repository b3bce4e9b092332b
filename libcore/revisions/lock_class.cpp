#include "revisions/lock_class.hpp"

#include "revisions/lexer.hpp"

#include <algorithm>
#include <initializer_list>
#include <set>

namespace headspace::revisions {

namespace {

constexpr std::string_view none = "";
constexpr std::string_view unknown = "?";
constexpr std::string_view access_share = "ACCESS SHARE";
constexpr std::string_view row_share = "ROW SHARE";
constexpr std::string_view row_exclusive = "ROW EXCLUSIVE";
constexpr std::string_view share_update = "SHARE UPDATE EXCLUSIVE";
constexpr std::string_view share = "SHARE";
constexpr std::string_view share_row = "SHARE ROW EXCLUSIVE";
constexpr std::string_view exclusive = "EXCLUSIVE";
constexpr std::string_view access_exclusive = "ACCESS EXCLUSIVE";

constexpr const char* rewrites = "rewrites the whole table while nobody can read or write it";
constexpr const char* scans = "reads the whole table while nobody can read or write it";
constexpr const char* loses = "data is lost";

/// A statement as its words in lower case, quotes taken off names, symbols one by one.
class phrase {
public:
    explicit phrase(const statement& s) {
        lexer read(s.text, {}, 1);
        for (;;) {
            const result<token> next = read.next();
            if (!next || next->kind == token_kind::end)
                return;
            if (next->kind == token_kind::line_comment || next->kind == token_kind::block_comment)
                continue;
            const bool name =
                next->kind == token_kind::word || next->kind == token_kind::quoted_identifier;
            words_.push_back(name ? folded(next->in(s.text)) : std::string(next->in(s.text)));
        }
    }

    [[nodiscard]] bool is(std::string_view word, std::size_t ahead = 0) const {
        return at_ + ahead < words_.size() && words_[at_ + ahead] == word;
    }
    bool eat(std::string_view word) {
        const bool found = is(word);
        at_ += found ? 1 : 0;
        return found;
    }
    bool eat_all(std::initializer_list<std::string_view> some) {
        std::size_t ahead = 0;
        for (const std::string_view word : some)
            if (!is(word, ahead++))
                return false;
        at_ += some.size();
        return true;
    }
    /// Whether these words stand one after the other anywhere in the rest.
    [[nodiscard]] bool has(std::initializer_list<std::string_view> some) const {
        return std::search(words_.begin() +
                               static_cast<std::ptrdiff_t>(std::min(at_, words_.size())),
                           words_.end(), some.begin(), some.end()) != words_.end();
    }
    void skip_if_exists() {
        if (eat("if")) {
            eat("not");
            eat("exists");
        }
    }
    /// The last part of a name; its schema does not count.
    std::string name() {
        std::string found;
        do {
            found = at_ < words_.size() ? words_[at_++] : std::string();
        } while (eat("."));
        return found;
    }
    /// The name after these words, "" without them.
    [[nodiscard]] std::string name_after(std::string_view word) const {
        phrase rest = *this;
        while (rest.at_ < rest.words_.size() && !rest.eat(word))
            ++rest.at_;
        rest.eat("only");
        return rest.name();
    }

private:
    std::vector<std::string> words_;
    std::size_t at_ = 0;
};

using table_set = std::set<std::string, std::less<>>;

lock_estimate of_alter_table(phrase p, const table_set& created) {
    p.skip_if_exists();
    p.eat("only");
    if (created.contains(p.name()))
        return {};
    if (p.has({"detach", "partition"}) && p.has({"concurrently"}))
        return {share_update, {}};
    if (p.is("attach") || p.is("validate"))
        return {share_update, {}};
    if (p.has({"drop", "column"}))
        return {access_exclusive, loses};
    if (p.has({"type"}) && p.is("alter"))
        return {access_exclusive, std::string(rewrites) + ", unless the type only grows"};
    if (p.has({"set", "not", "null"}))
        return {access_exclusive, scans};
    const bool foreign = p.has({"references"}) && !p.has({"add", "column"});
    const bool valid = !p.has({"not", "valid"}) && !p.has({"using", "index"});
    if (foreign)
        return {share_row, valid ? "reads the whole table while nobody can write it; NOT VALID and "
                                   "VALIDATE CONSTRAINT later do not"
                                 : ""};
    if (valid && (p.has({"add", "constraint"}) || p.has({"add", "check"}) ||
                  p.has({"add", "unique"}) || p.has({"add", "primary"})))
        return {access_exclusive, scans};
    if (p.has({"set", "("}) || p.has({"set", "statistics"}) || p.is("cluster"))
        return {share_update, {}};
    if (p.has({"disable", "trigger"}) || p.has({"enable", "trigger"}))
        return {share_row, {}};
    if (p.has({"set", "tablespace"}) || p.has({"set", "logged"}) || p.has({"set", "unlogged"}))
        return {access_exclusive, rewrites};
    return {access_exclusive, {}};
}

lock_estimate of_create(phrase p, table_set& created) {
    if (p.eat("or"))
        p.eat("replace");
    p.eat("unique");
    if (p.eat("index")) {
        const bool concurrently = p.eat("concurrently");
        if (created.contains(p.name_after("on")))
            return {};
        return concurrently ? lock_estimate{share_update, {}}
                            : lock_estimate{share, "nobody can write the table while the index is "
                                                   "built; CREATE INDEX CONCURRENTLY lets them"};
    }
    for (const std::string_view kind : {"global", "local", "temporary", "temp", "unlogged"})
        p.eat(kind);
    if (p.eat("table")) {
        p.skip_if_exists();
        created.insert(p.name());
        if (p.has({"partition", "of"}))
            return {access_exclusive, {}};
        if (p.has({"references"}) && !created.contains(p.name_after("references")))
            return {share_row, {}};
        return {};
    }
    if (p.is("trigger") || (p.is("constraint") && p.is("trigger", 1)))
        return created.contains(p.name_after("on")) ? lock_estimate{}
                                                    : lock_estimate{share_row, {}};
    if (p.is("policy") || p.is("rule"))
        return created.contains(p.name_after("on")) ? lock_estimate{}
                                                    : lock_estimate{access_exclusive, {}};
    if (p.is("statistics"))
        return {share_update, {}};
    return {};
}

lock_estimate of_drop(phrase p) {
    if (p.eat("index"))
        return p.is("concurrently") ? lock_estimate{share_update, {}}
                                    : lock_estimate{access_exclusive, {}};
    if (p.is("table") || p.is("schema"))
        return {access_exclusive, loses};
    if (p.is("view") || p.is("materialized") || p.is("trigger") || p.is("policy") || p.is("rule") ||
        p.is("sequence"))
        return {access_exclusive, {}};
    if (p.is("owned") || p.is("database"))
        return {access_exclusive, loses};
    return {};
}

lock_estimate of_lock(const phrase& p) {
    if (!p.has({"mode"}))
        return {access_exclusive, {}};
    if (p.has({"access", "share", "mode"}))
        return {access_share, {}};
    if (p.has({"row", "share", "mode"}))
        return {row_share, {}};
    if (p.has({"share", "update", "exclusive", "mode"}))
        return {share_update, {}};
    if (p.has({"share", "row", "exclusive", "mode"}))
        return {share_row, {}};
    if (p.has({"row", "exclusive", "mode"}))
        return {row_exclusive, {}};
    if (p.has({"access", "exclusive", "mode"}))
        return {access_exclusive, {}};
    return {p.has({"exclusive", "mode"}) ? exclusive : share, {}};
}

lock_estimate estimate(const statement& s, table_set& created) {
    phrase p(s);
    if (p.eat_all({"alter", "table"}))
        return of_alter_table(p, created);
    if (p.eat("alter"))
        return {p.is("view") || p.is("materialized") || p.is("policy") || p.is("sequence")
                    ? access_exclusive
                : p.is("index") ? share_update
                                : none,
                {}};
    if (p.eat("create"))
        return of_create(p, created);
    if (p.eat("drop"))
        return of_drop(p);
    if (p.eat("truncate"))
        return {access_exclusive, loses};
    if (p.eat("lock"))
        return of_lock(p);
    if (p.is("insert"))
        return {created.contains(p.name_after("into")) ? none : row_exclusive, {}};
    if (p.is("update") || p.is("delete") || p.is("merge"))
        return {row_exclusive, {}};
    if (p.is("copy"))
        return {p.has({"from"}) ? row_exclusive : access_share, {}};
    if (p.is("select") || p.is("with") || p.is("values") || p.is("table"))
        return {p.has({"insert", "into"}) || p.has({"update"}) || p.has({"delete", "from"})
                    ? row_exclusive
                    : access_share,
                {}};
    if (p.is("vacuum"))
        return p.has({"full"}) ? lock_estimate{access_exclusive, rewrites}
                               : lock_estimate{share_update, {}};
    if (p.is("cluster"))
        return {access_exclusive, rewrites};
    if (p.is("analyze") || p.is("comment"))
        return {share_update, {}};
    if (p.is("reindex"))
        return p.has({"concurrently"}) ? lock_estimate{share_update, {}}
                                       : lock_estimate{access_exclusive, "nobody can write the "
                                                                         "table meanwhile"};
    if (p.eat_all({"refresh", "materialized", "view"}))
        return p.is("concurrently")
                   ? lock_estimate{exclusive, {}}
                   : lock_estimate{access_exclusive, "nobody can read the view meanwhile"};
    if (p.is("do") || p.is("call"))
        return {unknown, {}};
    return {};
}

} // namespace

std::vector<lock_estimate> estimate_locks(const section& which) {
    table_set created;
    std::vector<lock_estimate> out;
    out.reserve(which.statements.size());
    for (const statement& s : which.statements)
        out.push_back(estimate(s, created));
    return out;
}

} // namespace headspace::revisions
