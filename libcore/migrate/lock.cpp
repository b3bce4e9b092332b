#include "migrate/lock.hpp"

#include "migrate/holders.hpp"

namespace headspace::migrate {

namespace {

std::string begin_sql(int server_version) {
    std::string sql = "BEGIN ISOLATION LEVEL READ COMMITTED;"
                      "SET LOCAL idle_in_transaction_session_timeout = 0;"
                      "SET LOCAL statement_timeout = 0";
    if (server_version >= 170000)
        sql += ";SET LOCAL transaction_timeout = 0";
    return sql;
}

std::string try_sql() {
    return "SELECT pg_catalog.pg_try_advisory_xact_lock(" + std::to_string(lock_key::space) + "," +
           std::to_string(lock_key::exclusive()) + ")";
}

error busy(const std::optional<lock_holder>& holder, duration waited) {
    return make_error(errc::lock_busy, error_class::retry,
                      "another migration holds the lock" +
                          (holder ? ": " + holder->text() : std::string()) + "; waited " +
                          format_elapsed(waited),
                      "wait for it to end, or raise migrations.lock_wait");
}

} // namespace

migration_lock::~migration_lock() {
    if (session_)
        session_->stop_watching();
}

// By the simple protocol: the extended one leaves a portal, and with it a snapshot, open until the
// transaction ends, and CREATE INDEX CONCURRENTLY would wait for that for ever.
asio::awaitable<result<bool>> migration_lock::try_on(std::shared_ptr<pg::session> session) {
    auto tried = co_await session->execute(try_sql(), context_->query_deadline());
    if (tried.has_error())
        co_return tried.error();
    co_return tried->text(0, 0) == "t";
}

asio::awaitable<result<void>> migration_lock::acquire() {
    run_context& c = *context_;
    auto opened = co_await open_session(c.connector, c.settings.connect_timeout);
    if (opened.has_error())
        co_return opened.error();
    session_ = std::move(*opened);

    const std::string begin = begin_sql(session_->facts().version);
    const time_point started = clock::now();
    std::int64_t named = -1;
    while (true) {
        auto begun = co_await session_->execute(begin, c.query_deadline());
        if (begun.has_error())
            co_return begun.error();
        const auto tried = co_await try_on(session_);
        if (tried.has_error())
            co_return tried.error();
        if (*tried)
            break;
        const auto holder = co_await find_lock_holder(*session_, c.query_deadline());
        // A transaction for each try: the holder's CREATE INDEX CONCURRENTLY waits for the end of
        // every transaction that was in the middle of a statement when it looked.
        auto ended = co_await session_->execute("ROLLBACK", c.query_deadline());
        if (ended.has_error())
            co_return ended.error();
        const duration waited = clock::now() - started;
        if (waited >= c.settings.lock_wait)
            co_return busy(holder, waited);
        if (holder && holder->pid != named) {
            named = holder->pid;
            c.tell_waiting("another migration holds the lock: " + holder->text(), waited, holder);
        }
        const double spread = 0.5 + c.jitter.next();
        const auto poll = std::chrono::duration_cast<duration>(c.settings.lock_poll * spread);
        const bool go_on =
            co_await c.pause(std::min(poll, duration(c.settings.lock_wait - waited)));
        if (!go_on)
            co_return c.interruption();
    }
    auto proven = co_await prove();
    if (proven.has_error())
        co_return proven.error();
    session_->watch_idle([context = context_](const error& why) { context->lose_lock(why); });
    co_return result<void>{};
}

asio::awaitable<result<void>> migration_lock::prove() {
    const auto other = co_await try_on(context_->session);
    if (other.has_error())
        co_return other.error();
    if (!*other)
        co_return result<void>{};
    co_return make_error(errc::lock_broken, error_class::refuse,
                         "this endpoint does not provide working advisory locks: two connections "
                         "were granted the same one",
                         "set migrations.url to the direct address of one server");
}

asio::awaitable<void> migration_lock::release() {
    if (!session_)
        co_return;
    session_->stop_watching();
    if (!session_->broken())
        co_await session_->execute("COMMIT", context_->query_deadline());
    session_->close();
    session_.reset();
}

} // namespace headspace::migrate
