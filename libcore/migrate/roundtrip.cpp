#include "migrate/roundtrip.hpp"

#include "migrate/replay.hpp"
#include "schema/extract.hpp"

#include <utility>

namespace headspace::migrate {

namespace {

using revisions::script;

class roundtrip {
public:
    roundtrip(scratch& databases, revisions::graph files, check_sink told,
              std::vector<std::string>& notes, time_point until)
        : databases_(databases), files_(std::move(files)), told_(std::move(told)), notes_(notes),
          until_(until) {}

    asio::awaitable<result<std::vector<finding>>> go() {
        auto made = co_await databases_.create(until_);
        if (made.has_error())
            co_return made.error();
        session_ = std::move(*made);
        auto done = co_await all_up("applying all", true);
        if (done.has_error())
            co_return done.error();
        done = co_await all_down();
        if (done.has_error())
            co_return done.error();
        if (findings_.empty()) {
            done = co_await up_again();
            if (done.has_error())
                co_return done.error();
        }
        session_->close();
        co_return std::move(findings_);
    }

private:
    void tell(const std::string& what, std::size_t done) const {
        if (told_)
            told_(what, done, files_.scripts().size());
    }
    void found(const script& s, const std::string& what) {
        finding f;
        f.what = finding_kind::roundtrip;
        f.revision = s.revision;
        f.file = revisions::shown_file(s.file);
        f.text = f.file + ": " + what;
        findings_.push_back(std::move(f));
    }

    asio::awaitable<result<void>> one(pg::session& session, const script& s,
                                      const revisions::section& half) {
        std::vector<replayed> only;
        only.push_back({s.file, half});
        auto ran = co_await replay(session, databases_, std::move(only), {}, notes_, until_);
        co_return ran;
    }

    asio::awaitable<result<std::string>> look() {
        schema::extract_options modelled;
        modelled.again = true;
        const auto read = co_await schema::read_catalogue(*session_, modelled, until_);
        if (read.has_error())
            co_return databases_.explained(read.error());
        co_return fingerprint(*read);
    }

    asio::awaitable<result<void>> all_up(std::string what, bool remember) {
        std::size_t done = 0;
        for (const script& s : files_.scripts()) {
            if (remember) {
                auto before = co_await look();
                if (before.has_error())
                    co_return before.error();
                before_.push_back(std::move(*before));
            }
            auto ran = co_await one(*session_, s, s.up);
            if (ran.has_error())
                co_return ran.error();
            tell(what, ++done);
        }
        co_return result<void>{};
    }

    asio::awaitable<result<void>> all_down() {
        auto top = co_await look();
        if (top.has_error())
            co_return top.error();
        top_ = std::move(*top);
        const auto& all = files_.scripts();
        std::size_t done = 0;
        for (std::size_t i = all.size(); i-- > 0;) {
            const script& s = all[i];
            if (!s.down) {
                found(s, "revision " + s.revision +
                             " has no `-- migrate:down`: what is before it was not tried");
                co_return result<void>{};
            }
            auto ran = co_await one(*session_, s, *s.down);
            if (ran.has_error() && ran.error().code != errc::migration_failed)
                co_return ran.error();
            if (ran.has_error()) {
                found(s, "the down of revision " + s.revision + " fails: " + ran.error().message);
                co_return result<void>{};
            }
            auto after = co_await look();
            if (after.has_error())
                co_return after.error();
            if (*after != before_[i]) {
                auto said = co_await explain(i);
                co_return said;
            }
            tell("reverting all", ++done);
        }
        co_return result<void>{};
    }

    /// The catalogue before that revision is made once more: to keep all of them would cost too
    /// much.
    asio::awaitable<result<void>> explain(std::size_t i) {
        const script& s = files_.scripts()[i];
        const schema::extract_options modelled;
        const auto is = co_await schema::read_catalogue(*session_, modelled, until_);
        if (is.has_error())
            co_return is.error();
        auto made = co_await databases_.create(until_);
        if (made.has_error())
            co_return made.error();
        const std::shared_ptr<pg::session> other = std::move(*made);
        for (std::size_t k = 0; k < i; ++k) {
            auto ran = co_await one(*other, files_.scripts()[k], files_.scripts()[k].up);
            if (ran.has_error())
                co_return ran.error();
        }
        const auto was = co_await schema::read_catalogue(*other, modelled, until_);
        if (was.has_error())
            co_return was.error();
        other->close();
        for (const std::string& line : schema::explain(schema::compare(*is, *was)))
            found(s, "the down of revision " + s.revision + " does not restore " + line);
        if (findings_.empty())
            found(s, "the down of revision " + s.revision + " does not restore what was before it");
        co_return result<void>{};
    }

    asio::awaitable<result<void>> up_again() {
        auto ran = co_await all_up("applying all again", false);
        if (ran.has_error() && ran.error().code != errc::migration_failed)
            co_return ran.error();
        finding f;
        f.what = finding_kind::roundtrip;
        if (ran.has_error()) {
            f.text = "after all downs the files cannot be applied again: " + ran.error().message;
            findings_.push_back(std::move(f));
            co_return result<void>{};
        }
        const auto again = co_await look();
        if (again.has_error())
            co_return again.error();
        if (*again != top_) {
            f.text = "applied again after all downs, the files make another schema than at first";
            findings_.push_back(std::move(f));
        }
        co_return result<void>{};
    }

    scratch& databases_;
    revisions::graph files_;
    check_sink told_;
    std::vector<std::string>& notes_;
    time_point until_;
    std::shared_ptr<pg::session> session_;
    std::vector<std::string> before_; // fingerprints, in the order of the graph
    std::string top_;
    std::vector<finding> findings_;
};

} // namespace

asio::awaitable<result<std::vector<finding>>> run_roundtrip(scratch& databases,
                                                            revisions::graph files, check_sink told,
                                                            std::vector<std::string>& notes,
                                                            time_point until) {
    roundtrip work(databases, std::move(files), std::move(told), notes, until);
    auto done = co_await work.go();
    co_return done;
}

} // namespace headspace::migrate
