#include "migrate/check.hpp"

#include "migrate/adopt.hpp"
#include "migrate/ledger.hpp"
#include "migrate/replay.hpp"
#include "migrate/roundtrip.hpp"
#include "migrate/run_context.hpp"
#include "revisions/formats/format.hpp"
#include "schema/extract.hpp"

#include <algorithm>
#include <utility>

namespace headspace::migrate {

namespace {

result<revisions::section> read_half(const sent_half& half, const std::string& file) {
    auto section = revisions::parse_section(half.text, revisions::shown_file(file));
    if (section.has_error())
        return section.error();
    section->options.transaction = half.transaction;
    section->line = half.line;
    for (revisions::statement& s : section->statements)
        s.line += half.line - 1;
    return section;
}

bool is_half_done(const ledger_row& row) {
    return row.state == row_state::partial || row.state == row_state::reverting;
}

class run {
public:
    run(check_settings settings, std::shared_ptr<scratch> databases, check_request what,
        check_sink told)
        : settings_(std::move(settings)), databases_(std::move(databases)), what_(std::move(what)),
          told_(std::move(told)) {}

    asio::awaitable<result<check_report>> go() {
        auto files = read_sent(what_.revisions);
        if (files.has_error())
            co_return files.error();
        files_ = std::move(*files);
        auto looked = co_await look();
        if (looked.has_error())
            co_return looked.error();
        report_.findings = compare_with_ledger(files_, ledger_);
        if (what_.drift || what_.roundtrip) {
            const time_point until = clock::now() + settings_.scratch_timeout;
            auto compared = co_await compare_catalogues(until);
            co_await databases_->end();
            for (const std::string& warning : databases_->warnings())
                report_.notes.push_back(warning);
            if (compared.has_error()) {
                if (databases_->cancelled())
                    co_return scratch::cancellation();
                report_.incomplete = compared.error();
            }
        }
        session_->close();
        co_return std::move(report_);
    }

private:
    /// The ledger with the texts that are needed.
    asio::awaitable<result<void>> look() {
        auto opened = co_await open_session(settings_.target, settings_.connect_timeout);
        if (opened.has_error())
            co_return opened.error();
        session_ = std::move(*opened);
        const time_point until = clock::now() + settings_.query_timeout;
        const auto view = co_await look_at(*session_, until);
        if (view.has_error())
            co_return view.error();
        const auto allowed = check_server(*view, true);
        if (allowed.has_error())
            co_return allowed.error();
        auto ledger = co_await read_ledger(*session_, *view, stored_texts::of_unfinished, until);
        if (ledger.has_error())
            co_return ledger.error();
        ledger_ = std::move(*ledger);
        if (ledger_.rows.empty())
            co_return result<void>{};
        std::vector<std::string> all;
        for (const ledger_row& row : ledger_.rows)
            all.push_back(row.revision);
        auto texts = co_await read_texts(*session_, ledger_, std::move(all), until);
        co_return texts;
    }

    asio::awaitable<result<void>> compare_catalogues(time_point until) {
        auto begun = co_await databases_->begin(until);
        if (begun.has_error())
            co_return begun.error();
        result<void> done;
        if (what_.drift)
            done = co_await find_drift(until);
        if (done.has_error() || !what_.roundtrip)
            co_return done;
        done = co_await find_roundtrip_failures(until);
        co_return done;
    }

    /// What was applied, in the order in which it was, by the texts of then: files that were edited
    /// since are findings of their own.
    asio::awaitable<result<void>> find_drift(time_point until) {
        if (std::any_of(ledger_.rows.begin(), ledger_.rows.end(), is_half_done)) {
            report_.notes.emplace_back(
                "drift was not looked for: a revision is half done, and the database between two");
            co_return result<void>{};
        }
        std::vector<replayed> applied;
        for (const ledger_row& row : ledger_.rows) {
            const revisions::script* file = files_.graph.find(row.revision);
            if (file != nullptr && file->checksum == row.checksum) {
                applied.push_back({row.file, file->up});
                continue;
            }
            auto section = revisions::parse_section(row.up_sql.value_or(""),
                                                    row.revision + " (stored in the ledger)");
            if (section.has_error())
                co_return section.error();
            applied.push_back({row.file, std::move(*section)});
        }
        auto made = co_await databases_->create(until);
        if (made.has_error())
            co_return made.error();
        const std::shared_ptr<pg::session> session = std::move(*made);
        const count_sink counted = [told = told_](std::size_t done, std::size_t all) {
            if (told)
                told("replaying what was applied", done, all);
        };
        auto ran = co_await replay(*session, *databases_, std::move(applied), counted,
                                   report_.notes, until);
        if (ran.has_error())
            co_return ran.error();
        const schema::extract_options modelled;
        const auto wanted = co_await schema::read_catalogue(*session, modelled, until);
        if (wanted.has_error())
            co_return databases_->explained(wanted.error());
        session->close();
        const auto live = co_await schema::read_catalogue(*session_, modelled, until);
        if (live.has_error())
            co_return live.error();
        const auto others = co_await find_bookkeeping(*session_, until);
        if (others.has_error())
            co_return others.error();
        add_drift(*live, *wanted, *others);
        report_.unmodelled = unmodelled_names(*live, *wanted);
        if (what_.strict)
            for (const std::string& name : report_.unmodelled) {
                finding f;
                f.what = finding_kind::unmodelled;
                f.text = name + ": not compared, no rule knows of it";
                report_.findings.push_back(std::move(f));
            }
        co_return result<void>{};
    }

    void add_drift(const schema::catalogue& live, const schema::catalogue& wanted,
                   const std::vector<bookkeeping>& others) {
        schema::difference d = schema::compare(live, wanted);
        std::vector<std::vector<std::string>> tables;
        for (const bookkeeping& other : others) {
            tables.push_back({other.schema, other.table});
            if (!wanted.find({schema::kind::table, tables.back()}))
                report_.notes.push_back("not compared: the bookkeeping of " + other.text());
        }
        leave_out(d, live, tables);
        for (finding& f : drift_findings(d))
            report_.findings.push_back(std::move(f));
    }

    asio::awaitable<result<void>> find_roundtrip_failures(time_point until) {
        auto found = co_await run_roundtrip(*databases_, files_.graph, told_, report_.notes, until);
        if (found.has_error())
            co_return found.error();
        for (finding& f : *found)
            report_.findings.push_back(std::move(f));
        co_return result<void>{};
    }

    check_settings settings_;
    std::shared_ptr<scratch> databases_;
    check_request what_;
    check_sink told_;
    revisions::directory files_;
    ledger_state ledger_;
    std::shared_ptr<pg::session> session_; // to the target
    check_report report_;
};

} // namespace

result<revisions::directory> read_sent(const std::vector<sent_revision>& sent) {
    revisions::directory out;
    std::vector<revisions::script> scripts;
    for (const sent_revision& one : sent) {
        revisions::script s;
        s.revision = one.revision;
        s.file = one.file;
        s.message = one.message;
        s.stated_parents = one.parents;
        s.checksum = one.checksum;
        auto up = read_half(one.up, one.file);
        if (up.has_error())
            return up.error();
        s.up = std::move(*up);
        if (one.down) {
            auto down = read_half(*one.down, one.file);
            if (down.has_error())
                return down.error();
            s.down = std::move(*down);
        }
        (revisions::is_repeatable(s.revision) ? out.repeatables : scripts).push_back(std::move(s));
    }
    auto built = revisions::build_graph(std::move(scripts));
    if (!built.problems.empty())
        return built.problems.front();
    out.graph = std::move(built.graph);
    return out;
}

asio::awaitable<result<check_report>> check(check_settings settings,
                                            std::shared_ptr<scratch> databases, check_request what,
                                            check_sink told) {
    run work(std::move(settings), std::move(databases), std::move(what), std::move(told));
    auto done = co_await work.go();
    co_return done;
}

} // namespace headspace::migrate
