#include "migrate/generate.hpp"

#include "migrate/adopt.hpp"
#include "migrate/findings.hpp"
#include "migrate/load_declared.hpp"
#include "migrate/prove.hpp"
#include "migrate/replay.hpp"
#include "migrate/run_context.hpp"
#include "migrate/scratch_making.hpp"
#include "migrate/seeds.hpp"
#include "schema/diff.hpp"
#include "schema/renames.hpp"

#include <algorithm>
#include <array>
#include <numeric>
#include <unistd.h>

namespace headspace::migrate {

namespace {

using catalogue_pointer = std::shared_ptr<const schema::catalogue>;
using phase = generate_progress::phase;

constexpr int version_step = 10000;        // 150020 is 15
constexpr std::size_t working_threads = 2; // reading what was sent, planning
constexpr double key_range = 4294967296.0; // 2^32
constexpr std::size_t objects_named = 5;

std::string host_name() {
    std::array<char, 256> name{};
    if (::gethostname(name.data(), name.size() - 1) != 0)
        return "localhost";
    return name.data();
}

/// What was sent, read.
struct input {
    std::vector<replayed> migrations;
    revisions::declaration declared;
};

result<input> read_input(const generate_request& what) {
    input out;
    for (const sent_migration& sent : what.migrations) {
        replayed file;
        file.file = sent.file;
        auto section = revisions::parse_section(sent.up, revisions::shown_file(sent.file));
        if (section.has_error())
            return section.error();
        file.section = std::move(*section);
        file.section.options.transaction = sent.transaction;
        for (revisions::statement& s : file.section.statements)
            s.line += sent.line - 1;
        out.migrations.push_back(std::move(file));
    }
    auto declared = revisions::read_declaration(what.schema);
    if (declared.has_error())
        return declared.error();
    if (declared->statements.empty() && !what.pull && !what.model)
        return make_error(errc::malformed_file, error_class::refuse,
                          "schema/ declares nothing: there is no statement in it",
                          "write there what the database should be");
    out.declared = std::move(*declared);
    return out;
}

std::vector<schema::stated_rename> renames_of(const generate_request& what,
                                              const revisions::declaration& declared) {
    std::vector<schema::stated_rename> out;
    for (const auto* some : {&declared.renames, &what.renames})
        for (const revisions::rename_note& r : *some)
            out.push_back({r.from, r.to, r.where});
    return out;
}

error strictly_refused(const std::vector<std::string>& objects) {
    std::string named;
    for (std::size_t i = 0; i < std::min(objects.size(), objects_named); ++i)
        named += (i == 0 ? "" : ", ") + objects[i];
    if (objects.size() > objects_named)
        named += " and " + std::to_string(objects.size() - objects_named) + " more";
    return make_error(errc::unmodelled_objects, error_class::refuse,
                      "there are objects that are not compared: " + named,
                      "without --strict they are named and left alone");
}

void append(std::vector<std::string>& to, const std::vector<std::string>& more) {
    to.insert(to.end(), more.begin(), more.end());
}

class generation {
public:
    generation(generate_settings settings, std::shared_ptr<scratch> databases,
               std::shared_ptr<io::blocking> threads, generate_request what, generate_sink told)
        : settings_(std::move(settings)), databases_(std::move(databases)),
          threads_(std::move(threads)), what_(std::move(what)), told_(std::move(told)),
          until_(clock::now() + settings_.limits.scratch_timeout) {}

    asio::awaitable<result<generated>> run() {
        auto prepared = co_await read_what_was_sent();
        if (prepared.has_error())
            co_return prepared.error();
        auto begun = co_await databases_->begin(until_);
        if (begun.has_error())
            co_return begun.error();
        auto built = co_await build_a();
        if (built.has_error())
            co_return databases_->explained(built.error());
        auto declared = co_await build_b();
        if (declared.has_error())
            co_return databases_->explained(declared.error());
        auto done = co_await compare_and_prove();
        if (done.has_error())
            co_return databases_->explained(done.error());
        if (what_.pull) {
            auto pulled = co_await draft_schema();
            if (pulled.has_error())
                co_return databases_->explained(pulled.error());
        }
        co_return std::move(out_);
    }

private:
    void tell(phase what, std::string text, std::size_t done = 0, std::size_t all = 0) const {
        if (told_)
            told_({what, std::move(text), done, all});
    }
    [[nodiscard]] count_sink counting(const std::string& text) const {
        return [this, text](std::size_t done, std::size_t all) {
            tell(phase::loading, text, done, all);
        };
    }

    asio::awaitable<result<void>> read_what_was_sent() {
        auto read = [what = std::make_shared<generate_request>(std::move(what_))] {
            auto in = std::make_shared<result<input>>(read_input(*what));
            return std::pair(what, in);
        };
        auto done = co_await threads_->run(std::move(read), until_, "reading the files");
        if (done.has_error())
            co_return done.error();
        what_ = std::move(*done->first);
        if (done->second->has_error())
            co_return done->second->error();
        input_ = std::move(**done->second);
        co_return result<void>{};
    }

    /// What the migrations make.
    asio::awaitable<result<void>> build_a() {
        tell(phase::loading, "making a scratch database");
        auto made = co_await databases_->create(until_);
        if (made.has_error())
            co_return made.error();
        session_ = std::move(*made);
        auto replayed = co_await replay(*session_, *databases_, std::move(input_.migrations),
                                        counting("replaying the migrations"), out_.notes, until_);
        if (replayed.has_error())
            co_return replayed.error();
        auto read = co_await read_shared_catalogue(*session_, until_);
        if (read.has_error())
            co_return read.error();
        a_ = std::move(*read);
        co_return result<void>{};
    }

    /// What is declared.
    asio::awaitable<result<void>> build_b() {
        if (what_.pull || what_.model) {
            auto read = co_await read_model();
            co_return read;
        }
        auto read = co_await load(std::move(input_.declared.statements));
        if (read.has_error())
            co_return read.error();
        b_ = std::move(*read);
        co_return result<void>{};
    }

    asio::awaitable<result<catalogue_pointer>>
    load(std::vector<revisions::declared_statement> statements) {
        auto made = co_await databases_->create(until_);
        if (made.has_error())
            co_return made.error();
        const std::shared_ptr<pg::session> session = std::move(*made);
        revisions::declaration declared;
        declared.statements = std::move(statements);
        auto done = co_await load_declaration(*session, *databases_, std::move(declared),
                                              counting("loading the declared schema"), until_);
        if (done.has_error())
            co_return done.error();
        append(out_.notes, done->notes);
        late_ = std::move(done->late);
        auto read = co_await read_shared_catalogue(*session, until_);
        session->close();
        co_return read;
    }

    asio::awaitable<result<void>> read_model() {
        tell(phase::loading, what_.pull ? "reading the database" : "reading the model's database");
        const std::shared_ptr<pg::connector> connector =
            what_.pull ? settings_.target : settings_.open_model(*what_.model);
        auto opened = co_await open_session(connector, settings_.limits.connect_timeout);
        if (opened.has_error()) {
            error e = opened.error();
            if (!what_.pull)
                e.message = "the model's database (" + what_.model->log_form() + "): " + e.message;
            co_return e;
        }
        const std::shared_ptr<pg::session> session = std::move(*opened);
        const int ours = databases_->target_locale().server_version / version_step;
        const int theirs = session->facts().version / version_step;
        if (ours != theirs)
            co_return make_error(errc::unsupported_server, error_class::refuse,
                                 "the model's database is on PostgreSQL " + std::to_string(theirs) +
                                     ", the migrated one on PostgreSQL " + std::to_string(ours),
                                 "definitions can only be compared between servers of the same "
                                 "major version");
        auto guarded = co_await session->execute(
            "SET default_transaction_read_only = on; SET statement_timeout = 0", until_);
        if (guarded.has_error())
            co_return guarded.error();
        auto read = co_await read_shared_catalogue(*session, until_);
        if (read.has_error())
            co_return read.error();
        b_ = std::move(*read);
        result<void> left_out;
        if (what_.pull)
            left_out = co_await leave_out_bookkeeping(*session);
        session->close();
        co_return left_out;
    }

    /// What another tool notes in the database is no part of its schema.
    asio::awaitable<result<void>> leave_out_bookkeeping(pg::session& session) {
        const auto tools = co_await find_bookkeeping(session, until_);
        if (tools.has_error())
            co_return tools.error();
        for (const bookkeeping& one : *tools) {
            const std::vector<std::vector<std::string>> table{{one.schema, one.table}};
            auto rest = std::make_shared<const schema::catalogue>(without(*b_, table));
            if (rest->facts.size() == b_->facts.size())
                continue;
            b_ = std::move(rest);
            out_.notes.push_back("left out: the bookkeeping of " + one.text());
        }
        co_return result<void>{};
    }

    asio::awaitable<result<void>> compare_and_prove() {
        tell(phase::comparing, "comparing");
        out_.unmodelled = unmodelled_names(*a_, *b_);
        if (what_.strict && !out_.unmodelled.empty())
            co_return strictly_refused(out_.unmodelled);
        proposal todo;
        todo.before = a_;
        todo.renamed = a_;
        todo.after = b_;
        todo.online = what_.online;
        auto renames = schema::plan_renames(*a_, *b_, renames_of(what_, input_.declared));
        if (renames.has_error())
            co_return renames.error();
        todo.renames = std::move(*renames);
        append(out_.notes, todo.renames.notes);
        append(out_.detected, todo.renames.detected);

        data_snapshot seeded;
        const bool differs = !schema::compare(*a_, *b_).empty();
        if (differs) {
            auto rows = co_await seed_and_rename(todo);
            if (rows.has_error())
                co_return rows.error();
            seeded = std::move(*rows);
        }
        schema::plan_options options;
        options.online = what_.online;
        auto plan = co_await plan_on_thread(threads_, todo.renamed, b_, options, until_);
        if (plan.has_error())
            co_return plan.error();
        append(out_.detected, plan->detected);
        append(out_.hints, plan->hints);
        append(out_.notes, plan->notes);
        if (plan->empty() && todo.renames.empty()) {
            if (differs)
                co_return unplanned();
            co_return result<void>{};
        }
        planned_ = plan->statements;
        todo.up = std::move(*plan);
        auto done = co_await prove(session_, *databases_, threads_, std::move(todo),
                                   std::move(seeded), told_, until_);
        if (done.has_error())
            co_return done.error();
        out_.revisions = std::move(done->revisions);
        append(out_.notes, done->notes);
        out_.seeded_rows = done->seeded_rows;
        co_return result<void>{};
    }

    [[nodiscard]] error unplanned() const {
        const auto lines = schema::explain(schema::compare(*a_, *b_));
        return make_error(errc::proof_failed, error_class::refuse,
                          "there is a difference that no statement is known for: " + lines.front() +
                              "; nothing was written",
                          "write this revision by hand: headspacectl db revision -m MSG");
    }

    /// Rows go in first, under the old names; then the renames are run so that the server itself
    /// says what everything is called afterwards, and taken back, for the proof runs them again.
    asio::awaitable<result<data_snapshot>> seed_and_rename(proposal& todo) {
        auto seeded = co_await seed_tables(*session_, until_);
        if (seeded.has_error())
            co_return seeded.error();
        for (const schema::planned_statement& s : todo.renames.forward) {
            auto ran = co_await session_->execute(s.sql, until_);
            if (ran.has_error())
                co_return ran.error();
        }
        if (!todo.renames.empty()) {
            auto read = co_await read_shared_catalogue(*session_, until_);
            if (read.has_error())
                co_return read.error();
            todo.renamed = std::move(*read);
        }
        auto rows = co_await take_snapshot(*session_, until_);
        if (rows.has_error())
            co_return rows.error();
        for (const schema::planned_statement& s : todo.renames.backward) {
            auto ran = co_await session_->execute(s.sql, until_);
            if (ran.has_error())
                co_return ran.error();
        }
        co_return std::move(*rows);
    }

    /// db pull: schema/ has to say the same as the database, and in the order of its files.
    asio::awaitable<result<void>> draft_schema() {
        out_.pulled = pulled_files(planned_, {});
        auto first = co_await load_pulled();
        if (first.has_error())
            co_return first.error();
        if (late_.empty())
            co_return result<void>{};
        // Where statements stand once they are in files: stable by family.
        std::vector<std::size_t> order(planned_.size());
        std::iota(order.begin(), order.end(), std::size_t{0});
        std::stable_sort(order.begin(), order.end(), [this](std::size_t x, std::size_t y) {
            return family_file(planned_[x].sql) < family_file(planned_[y].sql);
        });
        std::vector<std::size_t> moved;
        for (const std::size_t i : late_)
            if (i < order.size())
                moved.push_back(order[i]);
        out_.pulled = pulled_files(planned_, moved);
        auto second = co_await load_pulled();
        if (second.has_error())
            co_return second.error();
        co_return result<void>{};
    }

    asio::awaitable<result<void>> load_pulled() {
        auto declared = revisions::read_declaration(out_.pulled);
        if (declared.has_error())
            co_return declared.error();
        auto read = co_await load(std::move(declared->statements));
        if (read.has_error())
            co_return read.error();
        const schema::difference d = schema::compare(**read, *b_);
        if (d.empty())
            co_return result<void>{};
        co_return make_error(errc::proof_failed, error_class::refuse,
                             "the files of schema/ would not say what the database is: " +
                                 schema::explain(d).front() + "; nothing was written",
                             "please report it");
    }

    generate_settings settings_;
    std::shared_ptr<scratch> databases_;
    std::shared_ptr<io::blocking> threads_;
    generate_request what_;
    generate_sink told_;
    time_point until_;
    input input_;
    std::shared_ptr<pg::session> session_; // to A
    catalogue_pointer a_;
    catalogue_pointer b_;
    std::vector<schema::planned_statement> planned_;
    std::vector<std::size_t> late_; // statements that did not load in their place
    generated out_;
};

} // namespace

generate_limits make_generate_limits(const config::settings& all) {
    generate_limits l;
    l.scratch_timeout = all.migrations.scratch_timeout;
    l.connect_timeout = all.database.connect_round_timeout;
    l.query_timeout = all.database.query_timeout;
    l.connection_check = all.migrations.connection_check;
    return l;
}

scratch_options make_scratch_options(asio::any_io_executor executor,
                                     const generate_settings& settings, jitter_source& jitter) {
    scratch_options o;
    o.executor = std::move(executor);
    o.target = settings.target;
    o.open = settings.open;
    o.elsewhere = settings.elsewhere;
    o.connect_timeout = settings.limits.connect_timeout;
    o.query_timeout = settings.limits.query_timeout;
    o.connection_check = settings.limits.connection_check;
    o.run.key = static_cast<std::uint32_t>(jitter.next() * key_range);
    o.run.created = std::chrono::system_clock::now();
    o.run.host = host_name();
    o.run.pid = ::getpid();
    return o;
}

generator::generator(asio::any_io_executor executor, jitter_source& jitter)
    : executor_(std::move(executor)), jitter_(jitter),
      threads_(std::make_shared<io::blocking>(working_threads)) {}

scratch_options generator::options() const {
    return make_scratch_options(executor_, settings_, jitter_);
}

asio::awaitable<result<generated>> generator::run(generate_request what, generate_sink told) {
    if (!settings_.target || !settings_.open)
        co_return make_error(errc::database_unavailable, error_class::unavailable,
                             "no database is configured");
    const auto databases = std::make_shared<scratch>(options());
    current_ = databases;
    generation work(settings_, databases, threads_, std::move(what), std::move(told));
    auto done = co_await work.run();
    co_await databases->end();
    if (done.has_error())
        co_return done.error();
    append(done->notes, databases->warnings());
    co_return done;
}

void generator::cancel() {
    if (const auto databases = current_.lock())
        databases->cancel();
}

asio::awaitable<result<generator::reaped>> generator::reap() {
    reaped out;
    if (!settings_.open)
        co_return out;
    auto opened = co_await open_session(settings_.open(""), settings_.limits.connect_timeout);
    if (opened.has_error())
        co_return opened.error();
    const time_point until = clock::now() + settings_.limits.query_timeout;
    auto dropped = co_await reap_scratch(**opened, until, out.warnings);
    (*opened)->close();
    if (dropped.has_error())
        co_return dropped.error();
    out.dropped = std::move(*dropped);
    co_return out;
}

} // namespace headspace::migrate
