#include "migrate/observer.hpp"

#include "migrate/holders.hpp"

namespace headspace::migrate {

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

void observer::begin(std::int64_t pid) {
    running_ = true;
    pid_ = pid;
    since_ = clock::now();
    ++serial_;
    blocker_.reset();
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
    const auto found = co_await find_blocker(*session_, pid_, context_->query_deadline());
    if (stopped_ || !running_ || serial != serial_ || !found)
        co_return;
    blocker_ = found;
    if (told_ == found->pid)
        co_return;
    told_ = found->pid;
    context_->tell_waiting("blocked by " + found->text(), clock::now() - since_, found);
}

} // namespace headspace::migrate
