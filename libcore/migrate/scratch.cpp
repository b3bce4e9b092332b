#include "migrate/scratch.hpp"

#include "base/number.hpp"
#include "migrate/run_context.hpp"
#include "migrate/sql_text.hpp"

namespace headspace::migrate {

namespace {

constexpr int version_step = 10000; // 150020 is 15

std::string major_of(int version) {
    return std::to_string(version / version_step);
}

error refused(errc code, std::string message, std::string hint) {
    return make_error(code, error_class::refuse, std::move(message), std::move(hint));
}

error no_rights(const std::string& role, const error& why) {
    error e = refused(
        errc::no_scratch_rights,
        "role " + quote_identifier(role) +
            " may not create the scratch databases that db migrate compares in: " + why.message,
        "let an administrator run: ALTER ROLE " + quote_identifier(role) +
            " CREATEDB; or set migrations.scratch_url to a role that may, on any "
            "server of the same major version");
    e.sqlstate = why.sqlstate;
    return e;
}

std::string undroppable(const std::string& name, const std::string& why) {
    return "the scratch database " + name + " could not be dropped (" + why +
           "); to drop it: " + drop_scratch_sql(name) + ";";
}

} // namespace

asio::awaitable<result<std::vector<std::string>>>
reap_scratch(pg::session& session, time_point until, std::vector<std::string>& warnings) {
    // In this order: a run that creates one afterwards has its lock by then.
    const auto listed = co_await session.query(scratch_list_query(), {}, until);
    if (listed.has_error())
        co_return listed.error();
    std::vector<std::string> names;
    std::vector<std::string> foreign;
    for (std::size_t i = 0; i < listed->rows.size(); ++i)
        (listed->text(i, 2) == "t" ? names : foreign).emplace_back(listed->text(i, 0));
    if (names.empty() && foreign.empty())
        co_return names;
    const auto locks = co_await session.query(held_keys_query(), {}, until);
    if (locks.has_error())
        co_return locks.error();
    std::set<std::uint32_t> held;
    for (std::size_t i = 0; i < locks->rows.size(); ++i)
        held.insert(number_in<std::uint32_t>(locks->text(i, 0)));
    for (const std::string& name : orphans_of(foreign, held))
        warnings.push_back(undroppable(name, "another role owns it"));
    std::vector<std::string> dropped;
    for (const std::string& name : orphans_of(names, held)) {
        const auto gone = co_await session.execute(drop_scratch_sql(name), until);
        if (gone.has_value())
            dropped.push_back(name);
        else
            warnings.push_back(undroppable(name, gone.error().message));
        if (session.broken())
            break;
    }
    co_return dropped;
}

scratch::scratch(scratch_options options) : options_(std::move(options)) {}

scratch::~scratch() {
    for (const auto& session : sessions_)
        session->close();
    if (main_)
        main_->close();
}

error scratch::cancellation() {
    return refused(errc::cancelled, "the run was cancelled; nothing was written", "");
}

error scratch::explained(error why) const {
    if (cancelled_)
        return cancellation();
    if (why.code == errc::timed_out)
        why.hint = "migrations.scratch_timeout is the longest that one run may take";
    return why;
}

asio::awaitable<result<void>> scratch::begin(time_point until) {
    auto opened = co_await open_session(options_.open(""), options_.connect_timeout);
    if (opened.has_error())
        co_return opened.error();
    main_ = std::move(*opened);
    auto known = co_await look_at_target(until);
    if (known.has_error())
        co_return explained(known.error());
    auto fit = co_await check_server(until);
    if (fit.has_error())
        co_return explained(fit.error());
    auto reaped = co_await reap(until);
    if (reaped.has_error())
        co_return explained(reaped.error());
    if (cancelled_)
        co_return cancellation();
    co_return result<void>{};
}

// What the target's role finds set when it connects: where unqualified names go, how literals are
// read. Migrations run with these, so they are replayed with them.
asio::awaitable<result<void>> scratch::look_at_target(time_point until) {
    std::shared_ptr<pg::session> session = main_;
    if (options_.elsewhere) {
        auto opened = co_await open_session(options_.target, options_.connect_timeout);
        if (opened.has_error())
            co_return opened.error();
        session = std::move(*opened);
    }
    const auto row = co_await session->query(locale_query(session->facts().version), {}, until);
    if (row.has_error())
        co_return row.error();
    locale_.server_version = number_in<int>(row->text(0, 0));
    locale_.encoding = row->text(0, 1);
    locale_.collate = row->text(0, 2);
    locale_.ctype = row->text(0, 3);
    locale_.provider = row->text(0, 4);
    locale_.icu_locale = row->text(0, 5);
    locale_.icu_rules = row->text(0, 6);
    const auto set = co_await session->query(
        "SELECT name, reset_val FROM pg_catalog.pg_settings WHERE source IN ('database', 'user', "
        "'database user') AND context IN ('user', 'superuser') ORDER BY 1",
        {}, until);
    if (set.has_error())
        co_return set.error();
    for (std::size_t i = 0; i < set->rows.size(); ++i)
        settings_.emplace_back(set->text(i, 0), set->text(i, 1));
    if (options_.elsewhere)
        session->close();
    co_return result<void>{};
}

asio::awaitable<result<void>> scratch::check_server(time_point until) {
    const pg::server_facts& facts = main_->facts();
    if (facts.version / version_step != locale_.server_version / version_step)
        co_return refused(errc::unsupported_server,
                          "migrations.scratch_url leads to PostgreSQL " + major_of(facts.version) +
                              ", the database is PostgreSQL " + major_of(locale_.server_version),
                          "scratch databases must be on a server of the same major version");
    if (facts.in_recovery)
        co_return refused(errc::standby,
                          "the server at " + facts.host +
                              " is a read-only standby: scratch databases cannot be made there",
                          "set migrations.scratch_url to a server that accepts writes");
    if (facts.pooler)
        co_return refused(errc::unsafe_through_pooler,
                          "scratch databases cannot be made through a connection pooler",
                          "set migrations.url or migrations.scratch_url to the server's direct "
                          "address");
    const auto role = co_await main_->query("SELECT current_user", {}, until);
    if (role.has_error())
        co_return role.error();
    role_ = role->text(0, 0);
    // Held until this connection ends: it says that the databases of this run are in use.
    const std::string lock = "SET statement_timeout = 0; SET lock_timeout = 0; SELECT "
                             "pg_catalog.pg_advisory_lock_shared(" +
                             std::to_string(scratch_lock_space) + "," +
                             std::to_string(static_cast<std::int32_t>(options_.run.key)) + ")";
    const auto locked = co_await main_->execute(lock, until);
    if (locked.has_error())
        co_return locked.error();
    co_return result<void>{};
}

asio::awaitable<result<void>> scratch::reap(time_point until) {
    const auto dropped = co_await reap_scratch(*main_, until, warnings_);
    if (dropped.has_error())
        co_return dropped.error();
    for (const std::string& name : *dropped)
        warnings_.push_back("dropped the scratch database " + name +
                            ", which a run that did not end had left");
    co_return result<void>{};
}

asio::awaitable<result<std::shared_ptr<pg::session>>> scratch::create(time_point until) {
    if (cancelled_)
        co_return cancellation();
    const char which = static_cast<char>('a' + names_.size());
    const std::string name = scratch_name(options_.run, which);
    names_.push_back(name); // first: it may exist although its creation seems to have failed
    creating_ = true;
    const auto made = co_await main_->execute(create_scratch_sql(name, locale_), until);
    creating_ = false;
    if (made.has_error()) {
        const error why = made.error();
        if (why.sqlstate == "42501")
            co_return no_rights(role_, why);
        error e = explained(why);
        if (!cancelled_)
            e.message = "no scratch database could be made: " + e.message;
        co_return e;
    }
    auto prepared = co_await prepare(name, until);
    if (prepared.has_error())
        co_return explained(prepared.error());
    if (cancelled_)
        co_return cancellation();
    auto opened = co_await open_session(options_.open(name), options_.connect_timeout);
    if (opened.has_error()) {
        error e = opened.error();
        e.message = "the scratch database cannot be connected to: " + e.message;
        co_return e;
    }
    sessions_.push_back(*opened);
    co_return *opened;
}

// As defaults of the database, so that they outlive the RESET ALL between two files.
asio::awaitable<result<void>> scratch::prepare(std::string name, time_point until) {
    const auto said =
        co_await main_->execute("COMMENT ON DATABASE " + quote_identifier(name) + " IS " +
                                    quote_literal(scratch_comment(options_.run)),
                                until);
    if (said.has_error())
        co_return said.error();
    const std::string set =
        "ALTER ROLE CURRENT_USER IN DATABASE " + quote_identifier(name) + " SET ";
    for (const auto& [setting, value] : settings_) {
        // search_path is a list of names already; a literal would make it one name.
        const std::string given = setting == "search_path" ? value : quote_literal(value);
        if (given.empty())
            continue;
        // What this role may not set, or the other server does not know, stays as it is there.
        const auto done = co_await main_->execute(set + setting + " = " + given, until);
        if (done.has_error() && main_->broken())
            co_return done.error();
    }
    std::string ours = set + "statement_timeout = 0;" + set + "lock_timeout = 0;" + set +
                       "idle_in_transaction_session_timeout = 0;" + set +
                       "synchronous_commit = off";
    if (main_->facts().version >= 140000)
        ours += ";" + set + "client_connection_check_interval = " +
                std::to_string(
                    std::chrono::duration_cast<std::chrono::milliseconds>(options_.connection_check)
                        .count());
    const auto done = co_await main_->execute(std::move(ours), until);
    if (done.has_error())
        co_return done.error();
    co_return result<void>{};
}

asio::awaitable<void> scratch::drop(std::string name, std::string why) {
    if (why.empty() && !main_->broken()) {
        const auto gone =
            co_await main_->execute(drop_scratch_sql(name), clock::now() + options_.query_timeout);
        if (gone.has_value())
            co_return;
        // A cancellation that was on its way may hit this one; the next has no excuse.
        const auto again =
            co_await main_->execute(drop_scratch_sql(name), clock::now() + options_.query_timeout);
        if (again.has_value())
            co_return;
        why = again.error().message;
    }
    warnings_.push_back(undroppable(name, why));
}

asio::awaitable<void> scratch::end() {
    for (const auto& session : sessions_)
        session->close();
    sessions_.clear();
    std::string why;
    if (!names_.empty() && (!main_ || main_->broken())) {
        auto opened = co_await open_session(options_.open(""), options_.connect_timeout);
        if (opened.has_value())
            main_ = std::move(*opened);
        else
            why = opened.error().message;
    }
    for (const std::string& name : names_)
        co_await drop(name, why);
    names_.clear();
    if (main_)
        main_->close();
}

void scratch::cancel() {
    if (cancelled_)
        return;
    cancelled_ = true;
    auto cancel_statement = [](std::shared_ptr<pg::session> which,
                               time_point until) -> asio::awaitable<void> {
        co_await which->cancel(until);
    };
    const time_point until = clock::now() + options_.query_timeout;
    std::vector<std::shared_ptr<pg::session>> all = sessions_;
    if (creating_ && main_)
        all.push_back(main_);
    for (const auto& session : all)
        if (!session->broken())
            asio::co_spawn(options_.executor, cancel_statement(session, until),
                           [](const std::exception_ptr&) {}); // the flag is seen all the same
}

} // namespace headspace::migrate
