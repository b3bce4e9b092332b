#include "migrate/progress.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <array>
#include <cctype>

namespace headspace::migrate {

std::string_view to_string(direction d) noexcept {
    switch (d) {
    case direction::upgrade:
        return "upgrade";
    case direction::downgrade:
        return "downgrade";
    case direction::stamp:
        return "stamp";
    case direction::adopt:
        return "adopt";
    case direction::repair:
        return "repair";
    }
    return "";
}

std::string_view to_string(progress_kind kind) noexcept {
    switch (kind) {
    case progress_kind::planned:
        return "planned";
    case progress_kind::warning:
        return "warning";
    case progress_kind::waiting_for_lock:
        return "waiting_for_lock";
    case progress_kind::started:
        return "started";
    case progress_kind::statement:
        return "statement";
    case progress_kind::working:
        return "progress";
    case progress_kind::applied:
        return "applied";
    case progress_kind::reverted:
        return "reverted";
    case progress_kind::stamped:
        return "stamped";
    case progress_kind::repaired:
        return "repaired";
    case progress_kind::failed:
        return "failed";
    }
    return "";
}

namespace {

std::string described(const lock_holder& h, const std::string& user) {
    std::vector<std::string> known;
    for (const std::string& part : {h.application_name, user, h.client_addr})
        if (!part.empty())
            known.push_back(part);
    if (!h.since.empty())
        known.push_back("since " + h.since);
    if (!h.kind.empty())
        known.push_back(h.kind);
    std::string out = "pid " + std::to_string(h.pid);
    if (!known.empty())
        out += " (" + join(known, ", ") + ")";
    return out;
}

/// Past blanks and comments.
std::string_view at_first_word(std::string_view sql) {
    for (;;) {
        sql = trim(sql);
        std::size_t end = std::string_view::npos;
        if (sql.starts_with("/*"))
            end = sql.find("*/");
        else if (sql.starts_with("--"))
            end = sql.find('\n');
        else
            return sql;
        if (end == std::string_view::npos)
            return {};
        sql.remove_prefix(std::min(end + 2, sql.size()));
    }
}

std::string take_word(std::string_view& sql) {
    std::size_t n = 0;
    while (n < sql.size() && (std::isalpha(static_cast<unsigned char>(sql[n])) != 0))
        ++n;
    std::string word = to_lower(sql.substr(0, n));
    std::transform(word.begin(), word.end(), word.begin(),
                   [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
    sql = at_first_word(sql.substr(n));
    return word;
}

} // namespace

std::string lock_holder::text() const {
    return described(*this, user);
}

std::string lock_holder::public_text() const {
    return described(*this, {});
}

std::string query_kind(std::string_view query, std::string_view state) {
    constexpr std::array<std::string_view, 6> two_words{"ALTER", "CREATE",  "DROP",
                                                        "LOCK",  "REFRESH", "TRUNCATE"};
    std::string_view rest = at_first_word(query);
    const bool autovacuum = rest.starts_with("autovacuum:");
    std::string kind = autovacuum ? "autovacuum" : take_word(rest);
    if (std::find(two_words.begin(), two_words.end(), kind) != two_words.end())
        if (const std::string second = take_word(rest); !second.empty())
            kind += " " + second;
    if (!state.starts_with("idle in transaction"))
        return kind;
    return "idle in transaction" + (kind.empty() ? std::string() : " after " + kind);
}

} // namespace headspace::migrate
