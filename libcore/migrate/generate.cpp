#include "migrate/generate.hpp"

#include "migrate/declared_side.hpp"
#include "migrate/findings.hpp"
#include "migrate/prove.hpp"
#include "migrate/replay.hpp"
#include "migrate/run_context.hpp"
#include "migrate/scratch_making.hpp"
#include "migrate/seeds.hpp"
#include "schema/diff.hpp"

#include <algorithm>
#include <array>
#include <unistd.h>
#include <utility>

namespace headspace::migrate {

namespace {

using phase = generate_progress::phase;

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
          until_(clock::now() + settings_.limits.scratch_timeout),
          model_(settings_, *databases_, threads_, told_, until_) {}

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
        renames_ = renames_of(what_, input_.declared);
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
        result<catalogue_pointer> read = catalogue_pointer();
        if (what_.pull)
            read = co_await model_.read_target(a_);
        else if (what_.model)
            read = co_await model_.read_model(*what_.model, a_);
        else
            read = co_await model_.load_files(std::move(input_.declared));
        if (read.has_error())
            co_return read.error();
        b_ = std::move(*read);
        append(out_.notes, std::exchange(model_.notes, {}));
        co_return result<void>{};
    }

    asio::awaitable<result<void>> compare_and_prove() {
        tell(phase::comparing, "comparing");
        out_.unmodelled = unmodelled_names(*a_, *b_);
        if (what_.strict && !out_.unmodelled.empty())
            co_return strictly_refused(out_.unmodelled);
        schema::plan_options options;
        options.online = what_.online;
        session_source declared =
            [this]() -> asio::awaitable<result<std::shared_ptr<pg::session>>> {
            auto session = co_await model_.in_scratch();
            co_return session;
        };
        auto way = co_await find_approach(session_, std::move(declared), a_, b_,
                                          std::move(renames_), options, until_);
        if (way.has_error())
            co_return way.error();
        append(out_.notes, way->notes);
        append(out_.detected, way->detected);
        if (options.online && way->rejoins) {
            options.online = false;
            out_.notes.push_back("not online: tables leave their parents and get them again, and "
                                 "that is one transaction");
        }

        data_snapshot seeded;
        const bool differs = !schema::compare(*a_, *b_).empty();
        if (differs) {
            auto rows = co_await seed(way->renames);
            if (rows.has_error())
                co_return rows.error();
            seeded = std::move(*rows);
        }
        auto plan = co_await plan_on_thread(threads_, way->start, way->end, options, until_);
        if (plan.has_error())
            co_return plan.error();
        append(out_.detected, plan->detected);
        append(out_.hints, plan->hints);
        append(out_.notes, plan->notes);
        if (plan->empty() && way->empty()) {
            if (differs)
                co_return unplanned();
            co_return result<void>{};
        }
        planned_ = plan->statements;
        proposal todo;
        todo.way = std::move(*way);
        todo.online = options.online;
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

    /// Rows go in under the old names, and are looked at under the new ones.
    asio::awaitable<result<data_snapshot>> seed(schema::there_and_back renames) {
        auto seeded = co_await seed_tables(*session_, until_);
        if (seeded.has_error())
            co_return seeded.error();
        auto renamed = co_await run_statements(*session_, renames.forward, until_);
        if (renamed.has_error())
            co_return renamed.error();
        auto rows = co_await take_snapshot(*session_, until_);
        if (rows.has_error())
            co_return rows.error();
        auto back = co_await run_statements(*session_, renames.backward, until_);
        if (back.has_error())
            co_return back.error();
        co_return std::move(*rows);
    }

    /// db pull: schema/ has to say the same as the database.
    asio::awaitable<result<void>> draft_schema() {
        auto files = co_await model_.draft_files(planned_);
        append(out_.notes, std::exchange(model_.notes, {}));
        if (files.has_error())
            co_return files.error();
        out_.pulled = std::move(*files);
        co_return result<void>{};
    }

    generate_settings settings_;
    std::shared_ptr<scratch> databases_;
    std::shared_ptr<io::blocking> threads_;
    generate_request what_;
    generate_sink told_;
    time_point until_;
    declared_side model_;
    input input_;
    std::vector<schema::stated_rename> renames_;
    std::shared_ptr<pg::session> session_; // to A
    catalogue_pointer a_;
    catalogue_pointer b_;
    std::vector<schema::planned_statement> planned_;
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
