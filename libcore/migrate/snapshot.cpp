#include "migrate/snapshot.hpp"

#include <set>

namespace headspace::migrate {

namespace {

using schema::fact_id;
using schema::kind;

struct announced {
    std::set<fact_id> loses;
    std::set<fact_id> rewrites;
};

announced announcements(const std::vector<schema::planned_statement>& ran) {
    announced out;
    for (const schema::planned_statement& s : ran) {
        out.loses.insert(s.loses.begin(), s.loses.end());
        out.rewrites.insert(s.rewrites.begin(), s.rewrites.end());
    }
    return out;
}

void compare_columns(const table_snapshot& was, const table_snapshot& is, const announced& said,
                     std::vector<std::string>& out) {
    for (const auto& [number, column] : was.columns) {
        const fact_id id(kind::column, {was.schema, was.name, column.name});
        if (column.generated || said.loses.contains(id))
            continue;
        const std::string where = "column " + to_string(id);
        const auto found = is.columns.find(number);
        if (found == is.columns.end())
            out.push_back(where + ": its values are gone");
        else if (found->second.filled < column.filled)
            out.push_back(where + ": " + std::to_string(column.filled - found->second.filled) +
                          " of " + std::to_string(column.filled) + " values are gone");
        else if (found->second.type == column.type && !found->second.generated &&
                 found->second.filled == column.filled && found->second.digest != column.digest)
            out.push_back(where + ": its values are others");
    }
}

} // namespace

std::vector<std::string> unannounced(const data_snapshot& before, const data_snapshot& after,
                                     const std::vector<schema::planned_statement>& ran) {
    const announced said = announcements(ran);
    std::vector<std::string> out;
    for (const auto& [oid, was] : before) {
        const fact_id id(kind::table, {was.schema, was.name});
        if (said.loses.contains(id))
            continue;
        const std::string where = "table " + to_string(id);
        const auto found = after.find(oid);
        if (found == after.end()) {
            out.push_back(where + ": it is gone with its rows");
            continue;
        }
        const table_snapshot& is = found->second;
        if (is.rows < was.rows)
            out.push_back(where + ": " + std::to_string(was.rows - is.rows) + " of " +
                          std::to_string(was.rows) + " rows are gone");
        if (is.file != was.file && !said.rewrites.contains(id))
            out.push_back(where + ": it is rewritten, and that was not announced");
        compare_columns(was, is, said, out);
    }
    return out;
}

std::uint64_t rows_in(const data_snapshot& all) {
    std::uint64_t rows = 0;
    for (const auto& [oid, table] : all)
        rows += table.rows;
    return rows;
}

} // namespace headspace::migrate
