#include "migrate/verdict.hpp"

#include "migrate/sql_text.hpp"

namespace headspace::migrate {

namespace {

using action = revisions::concurrent_work::action;

// As to_regclass() takes it; it follows search_path like the statement itself did.
std::string qualified(const std::string& schema, const std::string& name) {
    return (schema.empty() ? "" : quote_identifier(schema) + ".") + quote_identifier(name);
}

std::vector<std::optional<std::string>> one(std::string value) {
    std::vector<std::optional<std::string>> out;
    out.emplace_back(std::move(value));
    return out;
}

std::vector<std::optional<std::string>> two(std::string first, std::string second) {
    auto out = one(std::move(first));
    out.emplace_back(std::move(second));
    return out;
}

// Rows: valid, schema, name.
asio::awaitable<result<pg::query_result>>
created_index(pg::session& session, revisions::concurrent_work work, time_point until) {
    co_return co_await session.query(
        "SELECT i.indisvalid AND i.indisready AND i.indislive, n.nspname, c.relname FROM "
        "pg_catalog.pg_index i JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid JOIN "
        "pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE c.relname = $1 AND i.indrelid "
        "= pg_catalog.to_regclass($2)",
        two(work.index, qualified(work.table_schema, work.table)), until);
}

asio::awaitable<result<verdict>> of_detach(pg::session& session, revisions::concurrent_work work,
                                           time_point until) {
    auto found = co_await session.query(
        "SELECT inhdetachpending FROM pg_catalog.pg_inherits WHERE inhrelid = "
        "pg_catalog.to_regclass($1) AND inhparent = pg_catalog.to_regclass($2)",
        two(qualified(work.partition_schema, work.partition),
            qualified(work.table_schema, work.table)),
        until);
    if (found.has_error())
        co_return found.error();
    if (found->empty())
        co_return verdict::done;
    co_return found->text(0, 0) == "t" ? verdict::undecided : verdict::again;
}

} // namespace

asio::awaitable<result<verdict>> ask_catalogue(pg::session& session, revisions::statement statement,
                                               time_point until) {
    if (!statement.concurrently)
        co_return verdict::undecided;
    const revisions::concurrent_work work = *statement.concurrently;
    switch (work.what) {
    case action::create_index: {
        if (work.index.empty() || work.table.empty())
            co_return verdict::undecided;
        auto found = co_await created_index(session, work, until);
        if (found.has_error())
            co_return found.error();
        co_return !found->empty() && found->text(0, 0) == "t" ? verdict::done : verdict::again;
    }
    case action::drop_index: {
        if (work.index.empty() || work.several)
            co_return verdict::undecided;
        auto found = co_await session.query("SELECT pg_catalog.to_regclass($1) IS NULL",
                                            one(qualified(work.index_schema, work.index)), until);
        if (found.has_error())
            co_return found.error();
        co_return found->text(0, 0) == "t" ? verdict::done : verdict::again;
    }
    case action::detach_partition: {
        auto decided = co_await of_detach(session, work, until);
        co_return decided;
    }
    case action::reindex:
        break;
    }
    co_return verdict::undecided;
}

asio::awaitable<result<bool>> drop_remains(pg::session& session, revisions::statement statement,
                                           time_point until) {
    if (!statement.concurrently || statement.concurrently->what != action::create_index ||
        statement.concurrently->index.empty())
        co_return false;
    auto found = co_await created_index(session, *statement.concurrently, until);
    if (found.has_error())
        co_return found.error();
    if (found->empty() || found->text(0, 0) == "t")
        co_return false;
    // Not CONCURRENTLY would take ACCESS EXCLUSIVE on the table.
    auto dropped = co_await session.execute(
        "DROP INDEX CONCURRENTLY " +
            qualified(std::string(found->text(0, 1)), std::string(found->text(0, 2))),
        time_point::max());
    if (dropped.has_error())
        co_return dropped.error();
    co_return true;
}

} // namespace headspace::migrate
