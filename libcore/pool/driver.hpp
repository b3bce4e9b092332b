// The driver behind pool: carries out what pool_core answers and feeds it what comes of it. Decides
// nothing.
#pragma once

#include "pool/pool.hpp"
#include "pool/pool_core.hpp"

#include <boost/asio/any_completion_handler.hpp>

#include <deque>
#include <optional>
#include <vector>

namespace headspace::pool {

/// What a lease holds: the session lives as long as its borrower looks at it, even when the pool
/// has closed it meanwhile.
struct lease::token {
    std::shared_ptr<driver> owner;
    std::shared_ptr<pg::session> session;
    slot_id slot;
    bool dirty = false;
    bool wrong_server = false;
};

class driver : public std::enable_shared_from_this<driver> {
public:
    driver(asio::any_io_executor executor, pool_settings settings,
           std::shared_ptr<pg::connector> connector, jitter_source& jitter, event_sink events);

    const asio::any_io_executor& executor() const noexcept { return executor_; }
    const pool_core& core() const noexcept { return core_; }

    /// Hands `e` to the core and does what it says; queued when that is going on already.
    void feed(event e);
    /// False for ever once an event was not carried out to its end: the core then believes in what
    /// never happened.
    [[nodiscard]] bool sound() const noexcept { return sound_; }
    void returned(const lease::token& token);
    void set_connector(std::shared_ptr<pg::connector> connector) {
        connector_ = std::move(connector);
    }
    void observe(std::function<void(pool_state)> observer) { observer_ = std::move(observer); }

    static asio::awaitable<result<lease>> acquire(std::shared_ptr<driver> self,
                                                  acquire_options options);
    static asio::awaitable<result<void>> first_outcome(std::shared_ptr<driver> self);
    static asio::awaitable<void> drain(std::shared_ptr<driver> self, time_point until);
    /// Lets go of everything without waiting.
    void abandon();

private:
    using handler = asio::any_completion_handler<void(result<lease>)>;

    struct request {
        // Empty until the caller suspends. Never assigned: Boost 1.81's move assignment recurses.
        std::optional<handler> on_outcome;
        std::optional<result<lease>> outcome; // when it came before that
        std::uint64_t serial = 0;             // a late cancellation must not hit the next user
    };
    struct place {
        std::shared_ptr<pg::session> session;
        bool watched = false;
        std::optional<slot_id> running;                   // the operation's slot
        std::shared_ptr<asio::cancellation_signal> abort; // of that operation
        std::optional<slot_id> closing;                   // not yet reported as closed
        std::unique_ptr<asio::steady_timer> guard;        // reports it at the latest
    };

    /// While it lives, feed() is at work. One that is left by an exception makes the driver
    /// unsound, but not deaf.
    class transition {
    public:
        explicit transition(driver& owner) : owner_(owner) { owner_.busy_ = true; }
        ~transition();
        transition(const transition&) = delete;
        transition& operator=(const transition&) = delete;
        void complete() noexcept { complete_ = true; }

    private:
        driver& owner_;
        bool complete_ = false;
    };

    void perform(const actions::start_connect& a);
    void perform(const actions::start_ping& a);
    void perform(const actions::start_reset& a);
    void perform(const actions::start_close& a);
    void perform(const actions::park& a);
    void perform(const actions::grant& a);
    void perform(actions::fail& a);
    void perform(const actions::arm_timer& a);
    void perform(log_event& e);

    static asio::awaitable<void> run_connect(std::shared_ptr<driver> self, slot_id slot,
                                             std::shared_ptr<pg::connector> connector,
                                             time_point until);
    static asio::awaitable<void> run_ping(std::shared_ptr<driver> self, slot_id slot,
                                          std::shared_ptr<pg::session> session, time_point until);
    static asio::awaitable<void> run_reset(std::shared_ptr<driver> self, slot_id slot,
                                           std::shared_ptr<pg::session> session, bool discard,
                                           time_point until);
    static asio::awaitable<void> run_cancel(std::shared_ptr<driver> self, slot_id slot,
                                            std::shared_ptr<pg::session> session, time_point until);

    void spawn(slot_id slot, asio::awaitable<void> operation);
    /// False when the operation of `slot` was given up meanwhile; its end is then the end of the
    /// connection.
    bool ended(slot_id slot);
    void closed(slot_id slot);
    void stop_watching(place& p) noexcept;
    void settle_outcome(request_id id, result<lease> outcome);
    request_id take_request();
    void free_request(request_id id);
    void first(result<void> outcome);

    asio::any_io_executor executor_;
    pool_core core_;
    std::shared_ptr<pg::connector> connector_;
    event_sink events_;
    std::function<void(pool_state)> observer_;

    std::vector<place> places_;
    std::vector<request> requests_;
    std::vector<request_id> free_requests_;
    asio::steady_timer timer_;

    bool busy_ = false;
    bool sound_ = true;
    std::deque<event> pending_;
    pool_core::output out_;
    pool_state seen_ = pool_state::starting;

    std::optional<result<void>> first_;
    asio::steady_timer first_known_; // never expires: cancelled when there is something to know
    asio::steady_timer all_closed_;
};

} // namespace headspace::pool
