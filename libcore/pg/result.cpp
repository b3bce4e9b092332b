#include "pg/result.hpp"

#include "base/number.hpp"
#include "pg/sqlstate.hpp"

namespace headspace::pg {

namespace {

std::string field(const PGresult* result, int code) {
    const char* text = PQresultErrorField(result, code);
    return text != nullptr ? text : "";
}

/// Poolers send only the one that a server would translate.
std::string severity_of(const PGresult* result) {
    const std::string plain = field(result, PG_DIAG_SEVERITY_NONLOCALIZED);
    return plain.empty() ? field(result, PG_DIAG_SEVERITY) : plain;
}

} // namespace

query_result rows_of(const PGresult* result) {
    query_result out;
    const int columns = PQnfields(result);
    const int rows = PQntuples(result);
    for (int column = 0; column < columns; ++column)
        out.columns.emplace_back(PQfname(result, column));
    out.rows.resize(static_cast<std::size_t>(rows));
    for (int row = 0; row < rows; ++row) {
        auto& fields = out.rows[static_cast<std::size_t>(row)];
        fields.reserve(static_cast<std::size_t>(columns));
        for (int column = 0; column < columns; ++column) {
            if (PQgetisnull(result, row, column) != 0)
                fields.emplace_back(std::nullopt);
            else
                fields.emplace_back(
                    std::string(PQgetvalue(result, row, column),
                                static_cast<std::size_t>(PQgetlength(result, row, column))));
        }
    }
    // The accessors of libpq take a non-const pointer and do not change what it points to.
    auto* readable = const_cast<PGresult*>(result);
    out.command = PQcmdStatus(readable);
    out.affected = number_in<std::uint64_t>(PQcmdTuples(readable));
    return out;
}

error error_of(const PGresult* result) {
    const std::string state = field(result, PG_DIAG_SQLSTATE);
    std::string message = field(result, PG_DIAG_MESSAGE_PRIMARY);
    if (message.empty())
        message = clean(PQresultErrorMessage(result));
    error e = make_error(errc::query_failed, classify_query(state), std::move(message),
                         field(result, PG_DIAG_MESSAGE_HINT));
    e.sqlstate = state;
    e.detail = field(result, PG_DIAG_MESSAGE_DETAIL);
    e.position = number_in<std::uint32_t>(field(result, PG_DIAG_STATEMENT_POSITION));
    return e;
}

bool is_fatal(const PGresult* result) {
    const std::string severity = severity_of(result);
    return severity == "FATAL" || severity == "PANIC";
}

notice notice_of(const PGresult* result) {
    return {severity_of(result), field(result, PG_DIAG_SQLSTATE),
            field(result, PG_DIAG_MESSAGE_PRIMARY)};
}

} // namespace headspace::pg
