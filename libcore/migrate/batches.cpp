#include "migrate/batches.hpp"

#include "revisions/declared.hpp"

#include <algorithm>
#include <array>

namespace headspace::migrate {

namespace {

constexpr std::size_t most_statements = 50;
constexpr std::size_t most_bytes = 65536;

constexpr std::array<std::string_view, 9> joinable{"ALTER", "COMMENT", "CREATE", "DELETE", "DROP",
                                                   "GRANT", "INSERT",  "REVOKE", "UPDATE"};

bool joins(std::string_view sql) {
    const auto words = revisions::leading_words(sql, 1);
    return !words.empty() &&
           std::find(joinable.begin(), joinable.end(), words.front()) != joinable.end();
}

} // namespace

std::size_t batch_length(std::span<const std::string_view> statements) {
    std::size_t count = 0;
    std::size_t bytes = 0;
    for (const std::string_view sql :
         statements.first(std::min(statements.size(), most_statements))) {
        bytes += sql.size();
        if (count > 0 && (bytes > most_bytes || !joins(sql)))
            break;
        ++count;
        if (!joins(sql))
            break;
    }
    return count;
}

std::string batch_text(std::span<const std::string_view> statements, std::size_t count) {
    std::string all;
    for (const std::string_view sql : statements.first(count)) {
        all += sql;
        all += "\n;\n";
    }
    return all;
}

} // namespace headspace::migrate
