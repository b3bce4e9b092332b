// The schema `headspace` in the database: whether this role may keep it, reading it, creating it.
// What is written into it is migrate/ledger_sql.
#pragma once

#include "migrate/ledger_row.hpp"
#include "pg/session.hpp"

#include <string>
#include <string_view>

namespace headspace::migrate {

/// What we must know of a server before we touch it. One round trip.
struct server_view {
    bool in_recovery = false;
    bool read_only = false;       // every transaction is
    std::int64_t backend_pid = 0; // the real one, also through a pooler
    std::string backend_start;    // of it; seconds since the epoch
    std::string role;             // current_user at connect
    std::string database;
    bool schema_exists = false;
    bool ledger_exists = false;
    bool may_create_schema = false; // CREATE on the database
    bool may_use_schema = false;
    bool may_create_in_schema = false;
    bool may_read = false;
    bool may_write = false;
};

asio::awaitable<result<server_view>> look_at(pg::session& session, time_point until);

/// The statements that an administrator has to run so that this role can keep the ledger; "" when
/// nothing is missing. `only_read`: for status.
[[nodiscard]] std::string missing_grants(const server_view& view, bool only_read);

/// standby or no_ledger_rights, with the words for the person; nothing when all is well.
[[nodiscard]] result<void> check_server(const server_view& view, bool only_read);

/// Which of the stored texts to read beside the rows.
enum class stored_texts { of_unfinished, all_downs };

/// Errors: newer_ledger, query_failed, connection_lost.
asio::awaitable<result<ledger_state>> read_ledger(pg::session& session, const server_view& view,
                                                  stored_texts texts, time_point until);

/// Fills up_sql and down_sql of these rows.
asio::awaitable<result<void>> read_texts(pg::session& session, ledger_state& ledger,
                                         std::vector<std::string> revisions, time_point until);

/// Creates what is missing, in one transaction. Only under the lock: concurrent CREATE ... IF NOT
/// EXISTS fail in PostgreSQL.
asio::awaitable<result<void>> create_ledger(pg::session& session, const server_view& view,
                                            time_point until);

} // namespace headspace::migrate
