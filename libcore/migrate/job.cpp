#include "migrate/job.hpp"

#include "migrate/adopt.hpp"
#include "migrate/apply.hpp"
#include "migrate/edited.hpp"
#include "migrate/orphans.hpp"
#include "migrate/sql_text.hpp"
#include "migrate/status_of.hpp"
#include "revisions/lock_class.hpp"

#include <algorithm>

namespace headspace::migrate {

namespace {

constexpr const char* read_only_sqlstate = "25006";

// The pool waits for a primary; whoever asks for a migration is told at once.
error only_standbys(const error& why) {
    error e = make_error(errc::standby, error_class::refuse,
                         "migrations run on the primary only: " + why.message,
                         "name the primary among the hosts, or set migrations.url to it");
    e.sqlstate = read_only_sqlstate;
    return e;
}

constexpr std::size_t statement_shown = 120; // bytes of its first line in a plan

std::vector<statement_plan> statements_of(const planned_step& step) {
    const auto locks = revisions::estimate_locks(step.section);
    std::vector<statement_plan> out;
    for (std::size_t i = step.statements_done; i < locks.size(); ++i) {
        const revisions::statement& s = step.section.statements[i];
        out.push_back({.line = s.line,
                       .text = first_line(blank_passwords(s.text), statement_shown),
                       .lock = std::string(locks[i].lock),
                       .warning = locks[i].warning});
    }
    return out;
}

} // namespace

job::job(std::shared_ptr<run_context> context, request what)
    : context_(std::move(context)), request_(std::move(what)), lock_(context_),
      observer_(std::make_shared<observer>(context_)) {}

asio::awaitable<result<outcome>> job::run() {
    auto done = co_await go();
    observer_->stop();
    // A marker that a closed connection leaves behind for a moment would look like an orphan.
    co_await drop_marker(context_);
    co_await lock_.release();
    if (context_->session)
        context_->session->close();
    co_return done;
}

asio::awaitable<result<outcome>> job::go() {
    auto read = co_await read_files(context_->threads, context_->settings);
    if (read.has_error() &&
        !(request_.what == direction::adopt && read.error().code == errc::no_migrations_directory))
        co_return read.error();
    if (read.has_error())
        no_directory_ = read.error();
    files_ = read.has_error() ? revisions::directory{} : std::move(*read);
    if (!files_->problems.empty())
        co_return files_->first_problem();
    auto connected = co_await connect();
    if (connected.has_error())
        co_return connected.error();
    auto looked = co_await look();
    if (looked.has_error())
        co_return looked.error();
    auto planned = make_plan_now();
    if (planned.has_error())
        co_return planned.error();
    tell_plan();
    if (plan_.nothing_to_do() || request_.dry_run)
        co_return finished({});
    auto inside = co_await enter();
    if (inside.has_error())
        co_return inside.error();
    if (plan_.nothing_to_do())
        co_return finished({});
    if (request_.what != direction::upgrade && request_.what != direction::downgrade) {
        auto written = co_await rewrite_ledger();
        co_return written;
    }
    auto taken = co_await take_steps();
    co_return taken;
}

asio::awaitable<result<void>> job::connect() {
    run_context& c = *context_;
    auto opened = co_await open_session(c.connector, c.settings.connect_timeout);
    if (opened.has_error())
        co_return opened.error().sqlstate == read_only_sqlstate ? only_standbys(opened.error())
                                                                : opened.error();
    c.session = std::move(*opened);
    if (c.interrupted())
        co_return c.interruption();
    co_return result<void>{};
}

// The server and the ledger as they are now.
asio::awaitable<result<void>> job::look() {
    run_context& c = *context_;
    auto view = co_await look_at(*c.session, c.query_deadline());
    if (view.has_error())
        co_return view.error();
    c.view = std::move(*view);
    c.pooled = c.session->facts().pooler || c.view.backend_pid != c.session->facts().backend_pid;
    auto allowed = check_server(c.view, false);
    if (allowed.has_error())
        co_return allowed.error();
    const auto texts = request_.what == direction::downgrade ? stored_texts::all_downs
                                                             : stored_texts::of_unfinished;
    auto ledger = co_await read_ledger(*c.session, c.view, texts, c.query_deadline());
    if (ledger.has_error())
        co_return ledger.error();
    ledger_ = std::move(*ledger);
    if (request_.what != direction::adopt) {
        auto read = co_await read_edited_texts();
        co_return read;
    }
    if (no_directory_) {
        // What another tool's files are needed for; without any the database may still tell more.
        const auto tools = co_await find_bookkeeping(*c.session, c.query_deadline());
        if (tools.has_error())
            co_return tools.error();
        const auto which = choose(*tools, request_.from);
        if (which.has_value() && which->tool != foreign_tool::alembic)
            co_return *no_directory_;
    }
    auto found = co_await read_bookkeeping(*c.session, request_.from, *files_, c.query_deadline());
    if (found.has_error())
        co_return found.error();
    adopted_ = std::move(*found);
    co_return result<void>{};
}

// Whoever is refused because of an edit is shown it; that needs what was stored.
asio::awaitable<result<void>> job::read_edited_texts() {
    std::vector<std::string> edited;
    if (request_.what != direction::stamp)
        for (const ledger_row& row : ledger_.rows)
            if (const auto* file = files_->graph.find(row.revision);
                file != nullptr && is_edited(*file, row))
                edited.push_back(row.revision);
    if (edited.empty())
        co_return result<void>{};
    auto read = co_await read_texts(*context_->session, ledger_, std::move(edited),
                                    context_->query_deadline());
    co_return read;
}

result<void> job::make_plan_now() {
    plan_request wanted;
    wanted.what = request_.what;
    wanted.target = request_.target;
    wanted.allow_destructive = request_.allow_destructive || request_.dry_run;
    wanted.allow_out_of_order = request_.allow_out_of_order;
    wanted.expected = request_.expected;
    wanted.answer = request_.answer;
    wanted.purge = request_.purge;
    wanted.require_sum = context_->settings.require_sum;
    wanted.pooled = context_->pooled;
    if (adopted_) {
        plan_ = plan_adoption(*adopted_, *files_, ledger_);
        return check_version(ledger_);
    }
    auto made = make_plan(*files_, ledger_, wanted);
    if (made.has_error())
        return made.error();
    plan_ = std::move(*made);
    return {};
}

void job::tell_plan() {
    for (const std::string& warning : plan_.warnings)
        if (std::find(told_warnings_.begin(), told_warnings_.end(), warning) ==
            told_warnings_.end()) {
            told_warnings_.push_back(warning);
            context_->warn(warning);
        }
    progress p;
    p.kind = progress_kind::planned;
    p.forget = plan_.forget;
    p.directory = context_->settings.directory;
    p.heads = files_->graph.heads();
    p.dry_run = request_.dry_run;
    std::vector<std::string> revisions;
    if (request_.dry_run && !request_.allow_destructive)
        warn_of_destruction();
    for (const planned_step& step : plan_.steps) {
        p.plan.push_back(step.summary());
        if (request_.dry_run)
            p.plan.back().plan = statements_of(step);
        revisions.push_back(step.revision);
    }
    revisions.insert(revisions.end(), plan_.forget.begin(), plan_.forget.end());
    if (revisions == told_plan_ && !revisions.empty())
        return;
    told_plan_ = std::move(revisions);
    context_->tell(p);
}

// What the run itself would be refused for.
void job::warn_of_destruction() {
    for (const planned_step& step : plan_.steps)
        if (const std::uint32_t line = destructive_line(step.section);
            line != 0 && step.what == direction::upgrade)
            context_->warn(step.place() + ":" + std::to_string(line) + ": revision " +
                           step.revision + " destroys data: it needs --allow-destructive");
}

// Settings of the session for the time it waits and for bare statements. Older servers and some
// platforms do not know client_connection_check_interval.
asio::awaitable<result<void>> job::prepare_connection() {
    run_context& c = *context_;
    if (!c.server_at_least(140000))
        co_return result<void>{};
    const std::string check =
        "client_connection_check_interval = " + in_milliseconds(c.settings.connection_check);
    const std::string sql = c.pooled ? "BEGIN;SET LOCAL " + check + ";COMMIT"
                                     : "SET idle_session_timeout = 0;SET " + check;
    auto known = co_await c.session->execute(sql, c.query_deadline());
    c.checks_connection = known.has_value();
    if (c.session->broken())
        co_return known.error();
    if (known.has_error() && c.pooled)
        co_await c.session->execute("ROLLBACK", c.query_deadline());
    co_return result<void>{};
}

// Everything between wanting to migrate and being the only one who may: the lock, the backends that
// others left, and a plan from what is true now.
asio::awaitable<result<void>> job::enter() {
    run_context& c = *context_;
    auto prepared = co_await prepare_connection();
    if (prepared.has_error())
        co_return prepared.error();
    auto locked = co_await lock_.acquire();
    if (locked.has_error())
        co_return locked.error();
    auto looked = co_await look();
    if (looked.has_error())
        co_return looked.error();
    if (!c.view.ledger_exists) {
        auto created = co_await create_ledger(*c.session, c.view, c.query_deadline());
        if (created.has_error())
            co_return created.error();
    }
    const auto ended = co_await end_orphans(context_, ledger_.rows);
    if (ended.has_error())
        co_return ended.error();
    if (*ended) {
        looked = co_await look();
        if (looked.has_error())
            co_return looked.error();
    }
    auto planned = make_plan_now();
    if (planned.has_error())
        co_return planned.error();
    tell_plan();
    auto marked = co_await take_marker(context_);
    co_return marked;
}

asio::awaitable<result<outcome>> job::take_steps() {
    const auto count = static_cast<std::uint32_t>(plan_.steps.size());
    observer_->start(context_->settings.lock_poll);
    step_runner runs(context_, observer_, count);
    std::vector<completed_step> done;
    std::uint32_t index = 0;
    for (const planned_step& step : plan_.steps) {
        if (context_->interrupted())
            co_return context_->interruption();
        const auto took = co_await runs.run(step, ++index);
        if (took.has_error())
            co_return took.error();
        done.push_back({step.summary(), *took});
        account(step);
    }
    co_return finished(std::move(done));
}

// Nothing runs: rows only, all of them or none.
asio::awaitable<result<outcome>> job::rewrite_ledger() {
    run_context& c = *context_;
    std::string sql = "BEGIN;";
    for (const std::string& revision : plan_.forget)
        sql += sql::forget(revision, c.who) + ";";
    for (const planned_step& step : plan_.steps)
        sql += (step.what == direction::repair ? sql::record_repaired(step, c.who)
                                               : sql::record_stamped(step, c.who)) +
               ";";
    auto written = co_await c.session->execute(sql + "COMMIT", c.query_deadline());
    if (written.has_error()) {
        const error why = written.error();
        if (!c.session->broken())
            co_await c.session->execute("ROLLBACK", c.query_deadline());
        co_return why;
    }
    std::vector<completed_step> done;
    progress p;
    const bool repairs = request_.what == direction::repair;
    p.kind = repairs ? progress_kind::repaired : progress_kind::stamped;
    p.count = static_cast<std::uint32_t>(plan_.steps.size());
    for (const std::string& revision : plan_.forget)
        std::erase_if(ledger_.rows,
                      [&](const ledger_row& row) { return row.revision == revision; });
    for (const planned_step& step : plan_.steps) {
        p.step = step.summary();
        ++p.index;
        c.tell(p);
        done.push_back({p.step, duration::zero()});
        if (!repairs)
            account(step);
    }
    co_return finished(std::move(done));
}

void job::account(const planned_step& step) {
    std::erase_if(ledger_.rows,
                  [&](const ledger_row& row) { return row.revision == step.revision; });
    for (const std::string& gone : step.forgets)
        std::erase_if(ledger_.rows, [&](const ledger_row& row) { return row.revision == gone; });
    for (const planned_step& stamped : step.stamps)
        account(stamped);
    if (step.what == direction::downgrade)
        return;
    ledger_row row;
    row.revision = step.revision;
    row.parents = step.parents;
    row.file = step.file;
    row.checksum = step.checksum;
    row.has_down = step.down_text.has_value();
    ledger_.rows.push_back(std::move(row));
    for (const auto& [revision, parents] : step.relink)
        for (ledger_row& known : ledger_.rows)
            if (known.revision == revision)
                known.parents = parents;
}

outcome job::finished(std::vector<completed_step> done) {
    outcome out{.done = std::move(done), .current = current_heads(ledger_.rows)};
    ledger_.exists = true;
    out.state = status_of(context_->settings.directory, std::move(*files_), std::move(ledger_),
                          context_->pooled)
                    .state;
    return out;
}

} // namespace headspace::migrate
