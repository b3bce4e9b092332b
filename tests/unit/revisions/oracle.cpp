#include "oracle.hpp"

#include "revisions/splitter.hpp"

extern "C" {
#include <pg_query.h>
}

namespace headspace::test {

std::optional<std::vector<range>> oracle_split(const std::string& sql) {
    const PgQuerySplitResult parsed = pg_query_split_with_parser(sql.c_str());
    std::optional<std::vector<range>> found;
    if (parsed.error == nullptr) {
        found.emplace();
        for (int i = 0; i < parsed.n_stmts; ++i) {
            const auto begin = static_cast<std::size_t>(parsed.stmts[i]->stmt_location);
            const auto length = static_cast<std::size_t>(parsed.stmts[i]->stmt_len);
            found->push_back({begin, length == 0 ? sql.size() : begin + length});
        }
    }
    pg_query_free_split_result(parsed);
    return found;
}

std::string disagreement(const std::string& sql, const std::string& name) {
    const auto expected = oracle_split(sql);
    if (!expected)
        return {};
    const auto found = revisions::split_statements(sql, name);
    if (!found)
        return name + ": the parser accepts it, the splitter says " + found.error().message;
    if (found->size() != expected->size())
        return name + ": " + std::to_string(found->size()) + " statements instead of " +
               std::to_string(expected->size());
    for (std::size_t i = 0; i < found->size(); ++i) {
        const revisions::statement& ours = (*found)[i];
        const range& theirs = (*expected)[i];
        const std::string slice = sql.substr(theirs.begin, theirs.end - theirs.begin);
        const auto alone = revisions::split_statements(slice, name);
        if (ours.offset < theirs.begin || ours.offset + ours.text.size() > theirs.end || !alone ||
            alone->size() != 1 || alone->front().text != ours.text)
            return name + ":" + std::to_string(ours.line) + ": statement " + std::to_string(i + 1) +
                   " has other bounds: " + ours.text.substr(0, 60);
    }
    return {};
}

} // namespace headspace::test
