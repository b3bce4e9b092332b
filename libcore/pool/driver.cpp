#include "pool/driver.hpp"

#include <exception>
#include <utility>

namespace headspace::pool {

namespace {

// An operation of a session or connector that throws is a bug, or was cancelled: either way a
// failure of that one operation.
error thrown(const char* what) {
    try {
        throw;
    } catch (const std::exception& e) {
        return make_error(errc::internal, error_class::bug, std::string(what) + ": " + e.what());
    }
}

returned verdict_on(const pg::session& session) {
    if (session.broken())
        return returned::broken;
    switch (session.status()) {
    case pg::transaction_status::idle:
        return returned::clean;
    case pg::transaction_status::in_transaction:
    case pg::transaction_status::in_error:
        return returned::in_transaction;
    case pg::transaction_status::active:
        return returned::busy;
    case pg::transaction_status::unknown:
        break;
    }
    return returned::broken;
}

} // namespace

driver::driver(asio::any_io_executor executor, pool_settings settings,
               std::shared_ptr<pg::connector> connector, jitter_source& jitter, event_sink events)
    : executor_(executor), core_(std::move(settings), jitter), connector_(std::move(connector)),
      events_(std::move(events)), timer_(executor), first_known_(executor, time_point::max()),
      all_closed_(executor, time_point::max()) {}

void driver::feed(event e) {
    if (busy_) {
        pending_.push_back(std::move(e));
        return;
    }
    transition whole(*this);
    for (;;) {
        core_.on(e, clock::now(), out_);
        for (action& a : out_)
            std::visit([this](auto& what) { perform(what); }, a);
        out_.clear();
        if (const pool_state now = core_.state(); now != seen_) {
            seen_ = now;
            if (now == pool_state::closed)
                all_closed_.cancel();
            if (observer_)
                observer_(now);
        }
        if (pending_.empty())
            break;
        e = std::move(pending_.front());
        pending_.pop_front();
    }
    whole.complete();
}

driver::transition::~transition() {
    owner_.busy_ = false;
    if (complete_)
        return;
    owner_.out_.clear();
    owner_.sound_ = false;
}

void driver::perform(const actions::start_connect& a) {
    if (a.slot.index >= places_.size())
        places_.resize(a.slot.index + 1);
    spawn(a.slot, run_connect(shared_from_this(), a.slot, connector_, a.until));
}

void driver::perform(const actions::start_ping& a) {
    place& p = places_[a.slot.index];
    stop_watching(p);
    spawn(a.slot, run_ping(shared_from_this(), a.slot, p.session, a.until));
}

void driver::perform(const actions::start_reset& a) {
    spawn(a.slot,
          run_reset(shared_from_this(), a.slot, places_[a.slot.index].session, a.discard, a.until));
}

void driver::perform(const actions::start_close& a) {
    place& p = places_[a.slot.index];
    stop_watching(p);
    p.closing = a.slot;
    if (!p.running && !a.cancel) {
        if (p.session)
            p.session->close();
        return closed(a.slot);
    }
    p.guard = std::make_unique<asio::steady_timer>(executor_, a.until);
    p.guard->async_wait([weak = weak_from_this(), slot = a.slot](error_code ec) {
        if (const auto self = weak.lock(); self && !ec)
            self->closed(slot);
    });
    if (a.cancel) {
        spawn(a.slot, run_cancel(shared_from_this(), a.slot, p.session, a.until));
        return;
    }
    if (p.session)
        p.session->close();
    // co_spawn's own cancellation handler lives in the signal and may be called through the
    // executor.
    asio::dispatch(executor_,
                   [abort = p.abort] { abort->emit(asio::cancellation_type::terminal); });
}

void driver::perform(const actions::park& a) {
    place& p = places_[a.slot.index];
    p.watched = true;
    p.session->watch_idle([this, slot = a.slot](error cause) {
        place& own = places_[slot.index];
        own.watched = false;
        // The session is still in its call: it goes when that has returned.
        asio::post(executor_, [keep = own.session] {});
        feed(events::lost{slot, std::move(cause)});
    });
}

void driver::perform(const actions::grant& a) {
    place& p = places_[a.slot.index];
    stop_watching(p);
    lease granted;
    granted.session_ = p.session.get();
    granted.token_ = std::make_shared<lease::token>(
        lease::token{shared_from_this(), p.session, a.slot, false, false});
    settle_outcome(a.request, std::move(granted));
}

void driver::perform(actions::fail& a) {
    settle_outcome(a.request, std::move(a.cause));
}

void driver::perform(const actions::arm_timer& a) {
    timer_.expires_at(a.at);
    timer_.async_wait([weak = weak_from_this()](error_code ec) {
        if (const auto self = weak.lock(); self && !ec)
            self->feed(events::timer{});
    });
}

void driver::perform(log_event& e) {
    if (events_)
        events_(std::move(e));
}

asio::awaitable<void> driver::run_connect(std::shared_ptr<driver> self, slot_id slot,
                                          std::shared_ptr<pg::connector> connector,
                                          time_point until) {
    std::optional<result<std::unique_ptr<pg::session>>> outcome;
    try {
        outcome = co_await connector->connect(until);
    } catch (...) {
        outcome = thrown("connecting");
    }
    if (!self->ended(slot))
        co_return; // a connection that nobody waits for any more closes here
    if (*outcome) {
        self->places_[slot.index].session = std::move(**outcome);
        self->feed(events::connected{slot});
        self->first({});
    } else {
        self->feed(events::connect_failed{slot, outcome->error()});
        self->first(outcome->error());
    }
}

asio::awaitable<void> driver::run_ping(std::shared_ptr<driver> self, slot_id slot,
                                       std::shared_ptr<pg::session> session, time_point until) {
    result<void> outcome;
    try {
        outcome = co_await session->ping(until);
    } catch (...) {
        outcome = thrown("ping");
    }
    if (!self->ended(slot))
        co_return;
    if (outcome)
        self->feed(events::pinged{slot});
    else
        self->feed(events::ping_failed{slot, outcome.error()});
}

asio::awaitable<void> driver::run_reset(std::shared_ptr<driver> self, slot_id slot,
                                        std::shared_ptr<pg::session> session, bool discard,
                                        time_point until) {
    result<void> outcome;
    try {
        outcome = co_await session->reset(discard, until);
    } catch (...) {
        outcome = thrown("reset");
    }
    if (!self->ended(slot))
        co_return;
    if (outcome)
        self->feed(events::reset_done{slot});
    else
        self->feed(events::reset_failed{slot, outcome.error()});
}

asio::awaitable<void> driver::run_cancel(std::shared_ptr<driver> self, slot_id slot,
                                         std::shared_ptr<pg::session> session, time_point until) {
    try {
        // Whether it worked does not matter: the connection is closed in any case.
        static_cast<void>(co_await session->cancel(until));
    } catch (const std::exception& e) {
        self->events_({log_level::debug, "cancel_failed", e.what(), {}});
    }
    session->close();
    static_cast<void>(self->ended(slot));
}

void driver::spawn(slot_id slot, asio::awaitable<void> operation) {
    place& p = places_[slot.index];
    p.running = slot;
    p.abort = std::make_shared<asio::cancellation_signal>();
    asio::co_spawn(
        executor_, std::move(operation),
        asio::bind_cancellation_slot(p.abort->slot(), [abort = p.abort](std::exception_ptr e) {
            if (e)
                std::rethrow_exception(e);
        }));
}

bool driver::ended(slot_id slot) {
    place& p = places_[slot.index];
    if (p.running != slot)
        return false; // reported as closed by the guard long ago
    p.running.reset();
    p.abort.reset();
    if (!p.closing)
        return true;
    closed(*p.closing);
    return false;
}

void driver::closed(slot_id slot) {
    place& p = places_[slot.index];
    if (p.closing != slot)
        return;
    if (p.session)
        p.session->close();
    p = place();
    feed(events::closed{slot});
}

void driver::stop_watching(place& p) noexcept {
    if (std::exchange(p.watched, false))
        p.session->stop_watching();
}

void driver::returned(const lease::token& token) {
    const auto verdict = verdict_on(*token.session);
    error cause;
    if (verdict == returned::broken)
        cause = token.session->why_broken();
    feed(events::released{token.slot, verdict, token.dirty, token.wrong_server,
                          token.session->last_answer(), std::move(cause)});
}

request_id driver::take_request() {
    if (free_requests_.empty()) {
        requests_.emplace_back();
        return static_cast<request_id>(requests_.size() - 1);
    }
    const request_id id = free_requests_.back();
    free_requests_.pop_back();
    return id;
}

void driver::free_request(request_id id) {
    requests_[id].on_outcome.reset();
    requests_[id].outcome.reset();
    ++requests_[id].serial;
    free_requests_.push_back(id);
}

void driver::settle_outcome(request_id id, result<lease> outcome) {
    if (!requests_[id].on_outcome) {
        requests_[id].outcome.emplace(std::move(outcome));
        return;
    }
    // Never from within the core's actions. A lease in a handler that is dropped returns by itself.
    handler h = std::move(*requests_[id].on_outcome);
    free_request(id);
    asio::post(executor_, [h = std::move(h), outcome = std::move(outcome)]() mutable {
        std::move(h)(std::move(outcome));
    });
}

asio::awaitable<result<lease>> driver::acquire(std::shared_ptr<driver> self,
                                               acquire_options options) {
    const request_id id = self->take_request();
    self->feed(events::acquire{id, options.until, options.policy, options.purpose});
    if (self->requests_[id].outcome) {
        result<lease> outcome = std::move(*self->requests_[id].outcome);
        self->free_request(id);
        co_return outcome;
    }
    const auto initiate = [&self, id](auto h) {
        request& own = self->requests_[id];
        // The erased handler has a slot of its own, which takes the place of the original's.
        auto slot = asio::get_associated_cancellation_slot(own.on_outcome.emplace(std::move(h)));
        if (slot.is_connected())
            slot.assign(
                [weak = self->weak_from_this(), id, serial = own.serial](asio::cancellation_type) {
                    if (const auto live = weak.lock(); live && live->requests_[id].serial == serial)
                        live->feed(events::cancel{id});
                });
    };
    result<lease> outcome =
        co_await asio::async_initiate<const asio::use_awaitable_t<>, void(result<lease>)>(
            initiate, asio::use_awaitable);
    co_return outcome;
}

void driver::first(result<void> outcome) {
    if (first_)
        return;
    first_ = std::move(outcome);
    first_known_.cancel();
}

asio::awaitable<result<void>> driver::first_outcome(std::shared_ptr<driver> self) {
    while (!self->first_ && self->core_.state() != pool_state::closed)
        co_await self->first_known_.async_wait(as_result);
    if (!self->first_)
        co_return make_error(errc::pool_closing, error_class::refuse,
                             "the connection pool was closed before it had connected");
    co_return *self->first_;
}

asio::awaitable<void> driver::drain(std::shared_ptr<driver> self, time_point until) {
    self->feed(events::drain{until});
    while (self->core_.state() != pool_state::closed)
        co_await self->all_closed_.async_wait(as_result);
    self->timer_.cancel();
    self->first_known_.cancel();
}

void driver::abandon() {
    timer_.cancel();
    first_known_.cancel();
    all_closed_.cancel();
    busy_ = true; // whatever comes late is not listened to
    observer_ = nullptr;
    for (place& p : places_) {
        stop_watching(p);
        if (p.session)
            p.session->close();
        p.session.reset();
        p.guard.reset();
    }
    std::exchange(requests_, {}).clear(); // a handler that goes may end its coroutine
}

} // namespace headspace::pool
