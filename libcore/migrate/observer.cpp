#include "migrate/observer.hpp"

#include "base/number.hpp"
#include "migrate/holders.hpp"

#include <utility>

namespace headspace::migrate {

namespace {

// What is new is told at once; that nothing is, with every so manieth look.
constexpr int looks_between_signs_of_life = 10;

asio::awaitable<std::optional<activity>> find_activity(pg::session& session, std::int64_t pid,
                                                       time_point until) {
    auto found = co_await session.execute(activity_sql(pid, session.facts().version), until);
    if (found.has_error() || found->empty())
        co_return std::nullopt;
    const auto number = [&found](std::size_t column) {
        return number_in<std::int64_t>(found->text(0, column));
    };
    co_return read_activity(found->text(0, 0), found->text(0, 1), number(2), number(3));
}

} // namespace

void observer::start(duration interval) {
    interval_ = interval;
    auto run = [](std::shared_ptr<observer> self) -> asio::awaitable<void> {
        co_await self->watch();
    };
    asio::co_spawn(context_->executor, run(shared_from_this()),
                   [self = shared_from_this()](std::exception_ptr thrown) {
                       if (!thrown)
                           return;
                       self->session_.reset(); // in the middle of whatever it was
                       self->context_->log_thrown("migration_observer_failed",
                                                  "who blocks the migration is not seen any more",
                                                  thrown);
                   });
}

void observer::stop() {
    stopped_ = true;
    running_ = false;
    wake_.notify();
}

void observer::every(duration interval) {
    if (interval == interval_)
        return;
    interval_ = interval;
    wake_.notify();
}

void observer::begin(std::int64_t pid, progress what) {
    running_ = true;
    pid_ = pid;
    what_ = std::move(what);
    since_ = clock::now();
    ++serial_;
    blocker_.reset();
    told_ = 0;
    told_activity_.reset();
    looks_ = 0;
}

asio::awaitable<void> observer::watch() {
    while (!stopped_) {
        const bool changed = co_await wake_.wait_until(clock::now() + interval_);
        if (!changed && running_ && clock::now() - since_ >= interval_ / 2)
            co_await look();
    }
}

asio::awaitable<void> observer::look() {
    const std::uint64_t serial = serial_;
    if (!session_ || session_->broken()) {
        auto opened =
            co_await open_session(context_->connector, context_->settings.connect_timeout);
        if (opened.has_error())
            co_return; // then the blocker stays unnamed
        session_ = std::move(*opened);
    }
    const auto current = [this, serial] {
        return !stopped_ && running_ && serial == serial_;
    };
    const auto found = co_await find_blocker(*session_, pid_, context_->query_deadline());
    if (!current())
        co_return;
    saw(found);
    auto doing = co_await find_activity(*session_, pid_, context_->query_deadline());
    if (current())
        saw(std::move(doing));
}

void observer::saw(const std::optional<lock_holder>& found) {
    const std::int64_t pid = found ? found->pid : 0;
    if (found)
        blocker_ = found;
    if (told_ == pid)
        return;
    told_ = pid;
    looks_ = 0;
    if (found)
        context_->tell_waiting("blocked by " + found->text(), clock::now() - since_, found);
    else
        looks_ = looks_between_signs_of_life; // the end of the waiting is news
}

void observer::saw(std::optional<activity> found) {
    const bool news = found != told_activity_;
    if (told_ != 0 || (!news && ++looks_ < looks_between_signs_of_life))
        return;
    looks_ = 0;
    told_activity_ = found;
    progress p = what_;
    p.elapsed += clock::now() - since_;
    p.doing = std::move(found);
    context_->tell(p);
}

} // namespace headspace::migrate
