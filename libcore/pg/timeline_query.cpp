#include "pg/timeline_query.hpp"

namespace headspace::pg {

namespace {

constexpr const char* which_timeline =
    "SELECT system_identifier, pg_catalog.pg_walfile_name(pg_catalog.pg_current_wal_lsn()) "
    "FROM pg_catalog.pg_control_system()";

} // namespace

asio::awaitable<result<std::optional<server_identity>>> identify(session& primary,
                                                                 time_point until) {
    const auto told = co_await primary.execute(which_timeline, until);
    std::optional<server_identity> is;
    if (told.has_error()) {
        if (primary.broken())
            co_return told.error();
        co_return is;
    }
    if (told->rows.size() != 1 || told->columns.size() != 2)
        co_return is;
    if (const auto timeline = timeline_of(told->text(0, 1)))
        is = server_identity{std::string(told->text(0, 0)), *timeline};
    co_return is;
}

} // namespace headspace::pg
