#include "io/blocking.hpp"

#include "base/loose_thread.hpp"

#include <csignal>
#include <deque>
#include <system_error>
#include <thread>

namespace headspace::io {

void wakeup::wake() {
    const std::lock_guard lock(mutex_);
    if (!event_ || woken_)
        return;
    woken_ = true;
    // The lock holds back close(), and with it the end of the executor, until this is posted.
    asio::post(event_->get_executor(), [self = shared_from_this()] {
        if (self->event_)
            self->event_->expires_at(time_point::min());
    });
}

void wakeup::close() {
    const std::lock_guard lock(mutex_);
    event_.reset();
}

asio::awaitable<error_code> wakeup::waiting::until(time_point deadline) {
    auto [ec] = co_await with_deadline(target_->event_->async_wait(asio::deferred), deadline);
    const std::lock_guard lock(target_->mutex_);
    if (target_->woken_)
        ec = {};
    co_return ec;
}

struct blocking::state {
    explicit state(std::size_t threads) : limit(threads) {}

    const std::size_t limit;
    std::mutex mutex;
    std::size_t running = 0;
    bool closed = false;
    std::deque<std::function<void()>> queue;

    /// Nothing once there is no more to do: the thread then ends and is no longer counted.
    std::function<void()> next() {
        const std::lock_guard lock(mutex);
        if (queue.empty() || closed) {
            --running;
            return {};
        }
        std::function<void()> job = std::move(queue.front());
        queue.pop_front();
        return job;
    }
};

namespace {

/// Signals belong to the thread of the event loop.
class signals_blocked {
public:
    signals_blocked() {
        sigset_t all;
        sigfillset(&all);
        pthread_sigmask(SIG_SETMASK, &all, &before_);
    }
    ~signals_blocked() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
    signals_blocked(const signals_blocked&) = delete;
    signals_blocked& operator=(const signals_blocked&) = delete;

private:
    sigset_t before_;
};

} // namespace

blocking::blocking(std::size_t threads) : state_(std::make_shared<state>(threads)) {}

blocking::~blocking() {
    std::deque<std::function<void()>> dropped; // destroyed outside the lock
    const std::lock_guard lock(state_->mutex);
    state_->closed = true;
    dropped.swap(state_->queue);
}

bool blocking::submit(std::function<void()> job) {
    const std::lock_guard lock(state_->mutex);
    state_->queue.push_back(std::move(job));
    if (state_->running >= state_->limit)
        return true;
    try {
        const signals_blocked guard;
        std::thread([shared = state_, loose = loose_thread()] {
            while (auto next = shared->next())
                next();
        }).detach();
        ++state_->running;
    } catch (const std::system_error&) {
        if (state_->running > 0)
            return true; // one of those takes it
        state_->queue.pop_back();
        return false;
    }
    return true;
}

} // namespace headspace::io
