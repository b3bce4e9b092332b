#include "pool/driver.hpp"

#include <cassert>
#include <utility>

namespace headspace::pool {

lease::lease(lease&& other) noexcept
    : token_(std::move(other.token_)), session_(std::exchange(other.session_, nullptr)) {}

lease& lease::operator=(lease&& other) noexcept {
    if (this != &other) {
        release();
        token_ = std::move(other.token_);
        session_ = std::exchange(other.session_, nullptr);
    }
    return *this;
}

lease::~lease() {
    release();
}

void lease::mark_dirty() noexcept {
    if (token_)
        token_->dirty = true;
}

void lease::mark_wrong_server() noexcept {
    if (token_)
        token_->wrong_server = true;
}

void lease::release() noexcept {
    session_ = nullptr;
    if (!token_)
        return;
    const auto& executor = token_->owner->executor();
    asio::dispatch(executor, [token = std::move(token_)] { token->owner->returned(*token); });
}

pool::pool(asio::any_io_executor executor, pool_settings settings,
           std::shared_ptr<pg::connector> connector, jitter_source& jitter, event_sink events)
    : driver_(std::make_shared<driver>(std::move(executor), std::move(settings),
                                       std::move(connector), jitter, std::move(events))) {}

pool::~pool() {
    assert(driver_->core().snapshot(clock::now()).live == 0 && "drain() comes first");
    assert(driver_->core().snapshot(clock::now()).waiters == 0 && "drain() comes first");
    driver_->abandon();
}

void pool::start() {
    driver_->feed(events::start{});
}

asio::awaitable<result<lease>> pool::acquire(acquire_options options) {
    return driver::acquire(driver_, std::move(options));
}

asio::awaitable<result<void>> pool::first_outcome() {
    return driver::first_outcome(driver_);
}

pool_snapshot pool::snapshot() const {
    return driver_->core().snapshot(clock::now());
}

void pool::reconnect() {
    driver_->feed(events::reconnect{});
}

void pool::recycle() {
    driver_->feed(events::recycle{});
}

void pool::schema_changed() {
    driver_->feed(events::schema_changed{});
}

void pool::apply(pool_settings settings, std::shared_ptr<pg::connector> connector) {
    const bool new_target = connector != nullptr;
    if (new_target)
        driver_->set_connector(std::move(connector));
    driver_->feed(events::apply{std::move(settings), new_target});
}

asio::awaitable<void> pool::drain(time_point until) {
    return driver::drain(driver_, until);
}

void pool::on_state_change(std::function<void(pool_state)> observer) {
    driver_->observe(std::move(observer));
}

bool pool::invariants_hold() const noexcept {
    return driver_->core().invariants_hold() && driver_->sound();
}

} // namespace headspace::pool
