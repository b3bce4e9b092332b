// The loop: scripts, halves, statements, facts, rules.
#include "base/text.hpp"
#include "lint/comments.hpp"
#include "lint/lint.hpp"
#include "lint/parser.hpp"
#include "lint/rules.hpp"
#include "lint/simplify.hpp"
#include "lint/situation.hpp"

#include <algorithm>
#include <optional>
#include <set>
#include <tuple>

namespace headspace::lint {

namespace {

using revisions::script;
using revisions::section;
using revisions::statement;

bool holds(const std::vector<std::string>& list, std::string_view name) {
    return std::find(list.begin(), list.end(), name) != list.end();
}

std::optional<error> unknown_rule(const options& how) {
    std::vector<std::string_view> known;
    for (const rule_summary& one : all_rules())
        known.push_back(one.name);
    for (const auto* names : {&how.enable, &how.disable})
        for (const std::string& name : *names)
            if (std::find(known.begin(), known.end(), name) == known.end()) {
                const std::string meant = did_you_mean(name, known);
                return make_error(errc::usage, error_class::refuse,
                                  "there is no rule '" + name + "'",
                                  meant.empty() ? "`headspacectl db lint --rules` lists them"
                                                : "did you mean " + meant + "?");
            }
    return {};
}

/// Where in the file the byte `offset` of the statement is.
revisions::place place_of(const statement& where, std::size_t offset) {
    const std::string_view before = std::string_view(where.text).substr(0, offset);
    const auto characters = std::count_if(before.begin(), before.end(), [](char c) {
        return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
    });
    return revisions::locate(where, static_cast<std::size_t>(characters) + 1);
}

/// One half of one file.
class half {
public:
    half(const script& s, const section& which, bool down, const options& how,
         std::vector<finding>* out)
        : script_(s), section_(which), down_(down), how_(how), out_(out),
          ignored_(which.file.empty() ? s.text : which.text, which.file.empty() ? 1 : which.line) {}

    void check(parser& postgres, std::size_t& failures, column_types& types);

private:
    std::optional<simplified> read(const statement& one, parser& postgres, std::size_t& failures);
    void prepare(const std::vector<std::optional<simplified>>& all);
    void apply_rules(const statement& one, const fact& f);
    void add(const statement& one, revisions::place where, severity level, std::string_view name,
             std::string subject, std::string why, std::string_view remedy);

    const script& script_;
    const section& section_;
    bool down_;
    const options& how_;
    std::vector<finding>* out_; // null: only to learn
    ignore_comments ignored_;
    situation situation_;
    std::set<const rule*> said_;
};

void half::add(const statement& one, revisions::place where, severity level, std::string_view name,
               std::string subject, std::string why, std::string_view remedy) {
    const auto lines =
        static_cast<std::uint32_t>(std::count(one.text.begin(), one.text.end(), '\n'));
    if (out_ == nullptr || holds(how_.disable, name) ||
        ignored_.cover(name, {where.line, one.line, one.line + lines}))
        return;
    finding found;
    found.file = revisions::shown_file(section_.file.empty() ? script_.file : section_.file);
    found.line = where.line;
    found.column = where.column;
    found.level = level;
    found.rule = name;
    found.subject = std::move(subject);
    found.why = std::move(why);
    found.remedy = remedy;
    found.revision = script_.revision;
    found.down = down_;
    out_->push_back(std::move(found));
}

std::optional<simplified> half::read(const statement& one, parser& postgres,
                                     std::size_t& failures) {
    const revisions::place start{one.line, one.column};
    if (failures >= how_.limits.failures) {
        add(one, start, severity::error, parser_failed, {},
            "not looked at: the parser failed too often", {});
        return {};
    }
    const auto answer = postgres.parse(one.text);
    if (const auto* none = std::get_if<no_answer>(&answer)) {
        ++failures;
        add(one, start, severity::error, parser_failed, {},
            "this statement was not looked at: " + none->why, {});
        return {};
    }
    const parsed& said = std::get<parsed>(answer);
    if (!said.accepted) {
        add(one, revisions::locate(one, said.position), severity::note, syntax_error, {},
            said.text + "; not looked at",
            "the linter knows the syntax of PostgreSQL 15: a newer server may accept it");
        return {};
    }
    result<simplified> read = simplify(said.text, one.text, how_.limits.depth);
    if (!read) {
        add(one, start, severity::note, not_checked, {}, read.error().message, {});
        return {};
    }
    return std::move(*read);
}

/// What rules ask of the half as a whole.
void half::prepare(const std::vector<std::optional<simplified>>& all) {
    situation_.transaction = section_.options.transaction;
    for (const auto& one : all)
        for (const fact& f : one ? one->facts : std::vector<fact>{}) {
            situation_.commits = situation_.commits || f.what == verb::end;
            situation_.changes_tables =
                situation_.changes_tables ||
                (locks_table(f) && f.what != verb::truncate && f.what != verb::drop);
        }
}

void half::apply_rules(const statement& one, const fact& f) {
    for (const rule* row : rules()) {
        if ((down_ && row->where == rule::half::up) ||
            (row->on_request && !holds(how_.enable, row->name)) ||
            (row->once && said_.contains(row)) || !row->holds(f, situation_))
            continue;
        said_.insert(row);
        add(one, place_of(one, f.offset), row->level, row->name, subject_of(f),
            std::string(row->why), row->remedy);
    }
}

void half::check(parser& postgres, std::size_t& failures, column_types& types) {
    std::vector<std::optional<simplified>> all;
    for (const statement& one : section_.statements)
        all.push_back(read(one, postgres, failures));
    if (all.empty())
        return;
    prepare(all);
    situation_.types = &types;
    for (std::size_t i = 0; i < all.size(); ++i) {
        if (!all[i])
            continue;
        const statement& one = section_.statements[i];
        situation_.cannot_run_in_transaction =
            one.kind == revisions::statement_kind::not_in_transaction;
        situation_.marked_destructive = std::string_view(section_.text)
                                            .substr(one.begin, one.offset - one.begin)
                                            .find("-- DESTRUCTIVE:") != std::string_view::npos;
        for (const std::string& value : all[i]->strings)
            if (situation_.added_enum_value(value)) {
                fact use;
                use.what = verb::use_of_enum_value;
                use.target = situation_.enum_of(value);
                use.value = value;
                all[i]->facts.push_back(std::move(use));
            }
        for (const fact& f : all[i]->facts) {
            if (out_ != nullptr)
                apply_rules(one, f);
            situation_.remember(f);
            if (!down_)
                types.remember(f);
        }
    }
}

} // namespace

std::string_view name_of(severity level) {
    switch (level) {
    case severity::note:
        return "note";
    case severity::info:
        return "info";
    case severity::warning:
        return "warning";
    case severity::error:
        break;
    }
    return "error";
}

std::string finding::message() const {
    return subject.empty() ? why : subject + ": " + why;
}

bool available() noexcept {
    return true;
}

result<std::vector<finding>> check(std::span<const input> scripts, const options& how) {
    if (auto wrong = unknown_rule(how))
        return *wrong;
    std::vector<finding> found;
    parser postgres(how.limits);
    std::size_t failures = 0;
    column_types types;
    for (const auto& [one, reported] : scripts) {
        const script& s = *one;
        const std::size_t begin = found.size();
        half(s, s.up, false, how, reported ? &found : nullptr).check(postgres, failures, types);
        if (s.down && reported)
            half(s, *s.down, true, how, &found).check(postgres, failures, types);
        std::stable_sort(found.begin() + static_cast<std::ptrdiff_t>(begin), found.end(),
                         [](const finding& a, const finding& b) {
                             return std::tie(a.file, a.line, a.column) <
                                    std::tie(b.file, b.line, b.column);
                         });
    }
    return found;
}

result<std::vector<finding>> check(const revisions::graph& graph, const options& how) {
    std::vector<input> all;
    for (const script& s : graph.scripts())
        all.push_back({&s});
    return check(all, how);
}

} // namespace headspace::lint
