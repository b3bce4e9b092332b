#include "problems/explanations.hpp"

#include "base/text.hpp"
#include "problems/login_advice.hpp"

#include <algorithm>

namespace headspace::problems {

namespace {

constexpr std::size_t state_length = 5;

std::vector<std::string> lines_of(std::string_view text) {
    return text.empty() ? std::vector<std::string>() : split(text, '\n');
}

const explanation* row_named(std::span<const explanation> rows, std::string_view name) {
    const auto row = std::find_if(rows.begin(), rows.end(),
                                  [&](const explanation& e) { return e.name == name; });
    return row == rows.end() ? nullptr : &*row;
}

const explanation* row_of_code(std::string_view name) {
    const explanation* row = row_named(service_explanations(), name);
    return row != nullptr ? row : row_named(migration_explanations(), name);
}

explained common(const explanation& row, explained_kind kind) {
    return {.kind = kind,
            .name = std::string(row.name),
            .title = std::string(row.title),
            .meaning = std::string(row.meaning),
            .causes = lines_of(row.causes),
            .fixes = lines_of(row.fixes),
            .heals = std::string(row.heals),
            .exit = row.exit};
}

explained of_code(const entry& code) {
    const explanation* row = row_of_code(code.name);
    explained out = common(row != nullptr ? *row : explanation{}, explained_kind::problem);
    out.name = code.name;
    out.title = code.title;
    out.exit = code.exit;
    return out;
}

explained of_state(const explanation& row) {
    explained out = common(row, row.name.size() == state_length ? explained_kind::sqlstate
                                                                : explained_kind::sqlstate_class);
    // What the daemon says when a login is refused comes first.
    std::vector<std::string> fixes;
    for (const login_row& advice : login_rows()) {
        if (advice.state != row.name)
            continue;
        const std::string when(describe(advice.when));
        fixes.push_back((when.empty() ? when : when + ": ") + general_hint(advice.hint));
    }
    out.fixes.insert(out.fixes.begin(), fixes.begin(), fixes.end());
    return out;
}

std::string to_upper(std::string_view text) {
    std::string out(text);
    for (char& c : out)
        if (c >= 'a' && c <= 'z')
            c = static_cast<char>(c - 'a' + 'A');
    return out;
}

bool looks_like_state(std::string_view text) {
    return text.size() == state_length && std::all_of(text.begin(), text.end(), [](char c) {
               return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z');
           });
}

/// The row of the state, or the longest class that it belongs to.
const explanation* row_of_state(std::string_view state) {
    const explanation* best = nullptr;
    for (const explanation& row : sqlstate_explanations()) {
        const bool fits =
            state == row.name || (looks_like_state(state) && row.name.size() < state_length &&
                                  state.starts_with(row.name));
        if (fits && (best == nullptr || row.name.size() > best->name.size()))
            best = &row;
    }
    return best;
}

} // namespace

std::optional<explained> explain(std::string_view name) {
    if (const entry* code = find(to_lower(name)))
        return of_code(*code);
    if (const explanation* row = row_of_state(to_upper(name)))
        return of_state(*row);
    return std::nullopt;
}

std::vector<explained> explain_all() {
    std::vector<explained> all;
    for (const entry& code : catalogue())
        all.push_back(of_code(code));
    for (const explanation& row : sqlstate_explanations())
        all.push_back(of_state(row));
    return all;
}

std::string nearest_explained(std::string_view name) {
    std::vector<std::string_view> known;
    for (const entry& code : catalogue())
        known.push_back(code.name);
    if (const std::string code = did_you_mean(to_lower(name), known); !code.empty())
        return code;
    known.clear();
    for (const explanation& row : sqlstate_explanations())
        if (row.name.size() == state_length)
            known.push_back(row.name);
    return did_you_mean(to_upper(name), known);
}

std::string_view meaning_of(exit_code exit) noexcept {
    switch (exit) {
    case exit_ok:
        return "yes, done";
    case exit_no:
        return "the answer is no";
    case exit_usage:
        return "wrong usage";
    case exit_refused:
        return "refused";
    case exit_busy:
        return "busy";
    case exit_sql_failed:
        return "the SQL failed";
    case exit_database_unavailable:
        return "the database is unavailable";
    case exit_daemon_unreachable:
        return "the daemon cannot be reached";
    }
    return {};
}

} // namespace headspace::problems
