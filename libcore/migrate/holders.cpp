#include "migrate/holders.hpp"

#include "base/number.hpp"
#include "migrate/sql_text.hpp"

#include <string_view>

namespace headspace::migrate {

namespace {

constexpr std::size_t query_shown = 120; // bytes of a holder's statement in messages

// pg_locks shows the keys as oid, which is unsigned.
std::string as_oid(std::int32_t key) {
    return std::to_string(static_cast<std::uint32_t>(key));
}

} // namespace

namespace lock_key {
std::int32_t exclusive() {
    return revisions::ledger_lock_key();
}
std::int32_t marker() {
    return revisions::lock_key_of("headspace.migrating");
}
} // namespace lock_key

std::string holder_columns() {
    return "a.pid, coalesce(a.application_name, ''), coalesce(host(a.client_addr), ''), "
           "coalesce(a.usename, ''), coalesce(to_char(coalesce(a.xact_start, a.backend_start) AT "
           "TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS \"UTC\"'), ''), coalesce(a.query, ''), "
           "coalesce(a.state, '')";
}

lock_holder row_holder(const pg::query_result& r, std::size_t row) {
    lock_holder h;
    h.pid = number_in<decltype(h.pid)>(r.text(row, 0));
    h.application_name = r.text(row, 1);
    h.client_addr = r.text(row, 2);
    h.user = r.text(row, 3);
    h.since = r.text(row, 4);
    h.kind = query_kind(r.text(row, 5), r.text(row, 6));
    h.query = first_line(blank_passwords(r.text(row, 5)), query_shown);
    return h;
}

asio::awaitable<std::optional<lock_holder>> find_lock_holder(pg::session& session,
                                                             time_point until) {
    auto found = co_await session.execute(
        "SELECT " + holder_columns() +
            " FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid WHERE l.locktype = "
            "'advisory' AND l.granted AND l.database = (SELECT oid FROM pg_database WHERE datname "
            "= current_database()) AND l.objsubid = 2 AND l.classid = " +
            as_oid(lock_key::space) + " AND l.objid = " + as_oid(lock_key::exclusive()),
        until);
    if (found.has_error() || found->empty())
        co_return std::nullopt;
    co_return row_holder(*found, 0);
}

asio::awaitable<std::optional<lock_holder>> find_blocker(pg::session& session, std::int64_t pid,
                                                         time_point until) {
    auto found = co_await session.execute(
        "SELECT " + holder_columns() + " FROM unnest(pg_blocking_pids(" + std::to_string(pid) +
            ")) AS b(pid) JOIN pg_stat_activity a ON a.pid = b.pid",
        until);
    if (found.has_error() || found->empty())
        co_return std::nullopt;
    co_return row_holder(*found, 0);
}

} // namespace headspace::migrate
