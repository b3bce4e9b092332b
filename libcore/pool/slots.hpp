// The places for connections: their states, how many are in each, and the idle ones as a stack
// whose cold end can be reaped. Decides nothing; pool_core owns it.
#pragma once

#include "pool/actions.hpp"

#include <array>
#include <string>
#include <utility>
#include <vector>

namespace headspace::pool {

enum class slot_state : std::uint8_t {
    free,
    connecting,
    idle,
    pinging,
    leased,
    resetting,
    closing,
};
inline constexpr std::size_t slot_states = 7;

struct slot {
    slot_state state = slot_state::free;
    bool stale = false;      // to be retired as soon as that hurts nobody
    bool warned = false;     // the lease was named in the log
    bool keepalive = false;  // this ping is nobody's
    std::uint32_t epoch = 0; // changes with everything that is begun here
    std::uint64_t generation = 0;
    time_point made;    // connected at; while connecting: begun at
    time_point expires; // when its age retires it
    time_point idle_since;
    time_point heard; // last known to be alive
    time_point leased_at;
    time_point overdue;         // when its operation is given up
    duration keepalive_after{}; // with this connection's jitter
    std::string purpose;        // of its borrower
    std::uint32_t colder = ~0u; // neighbours in the idle stack
    std::uint32_t hotter = ~0u;
};

class slot_table {
public:
    static constexpr std::uint32_t none = ~0u;

    void reserve(std::uint32_t size) {
        while (slots_.size() < size) {
            slots_.emplace_back();
            ++count_[0];
            free_.insert(free_.begin(), static_cast<std::uint32_t>(slots_.size()) - 1);
        }
    }

    [[nodiscard]] slot& operator[](std::uint32_t index) { return slots_[index]; }
    [[nodiscard]] const slot& operator[](std::uint32_t index) const { return slots_[index]; }
    [[nodiscard]] std::uint32_t size() const noexcept {
        return static_cast<std::uint32_t>(slots_.size());
    }
    [[nodiscard]] std::uint32_t count(slot_state s) const noexcept {
        return count_[static_cast<std::size_t>(s)];
    }
    [[nodiscard]] std::uint32_t live() const noexcept { return size() - count(slot_state::free); }
    /// Open and of use: not connecting, not closing.
    [[nodiscard]] std::uint32_t usable() const noexcept {
        return live() - count(slot_state::connecting) - count(slot_state::closing);
    }
    [[nodiscard]] slot_id id(std::uint32_t index) const noexcept {
        return {index, slots_[index].epoch};
    }
    /// The slot when `id` is its present life and it is in state `s`, else nullptr.
    [[nodiscard]] slot* find(slot_id id, slot_state s) {
        if (id.index >= slots_.size())
            return nullptr;
        slot& found = slots_[id.index];
        return found.epoch == id.epoch && found.state == s ? &found : nullptr;
    }

    /// Precondition: there is a free one.
    [[nodiscard]] std::uint32_t take_free() {
        const std::uint32_t index = free_.back();
        free_.pop_back();
        return index;
    }
    [[nodiscard]] bool has_free() const noexcept { return !free_.empty(); }

    /// Every change of state goes through here; leaving `idle` takes the slot out of the stack.
    /// Entering `idle` is done by push_hot() and push_cold().
    void move(std::uint32_t index, slot_state to) {
        slot& s = slots_[index];
        if (s.state == slot_state::idle)
            unlink(index);
        --count_[static_cast<std::size_t>(s.state)];
        ++count_[static_cast<std::size_t>(to)];
        s.state = to;
        ++s.epoch;
        if (to == slot_state::closing || to == slot_state::free)
            stale_ -= std::exchange(s.stale, false);
        if (to == slot_state::free)
            free_.push_back(index);
    }
    void mark_stale(std::uint32_t index) {
        slot& s = slots_[index];
        const bool first = !std::exchange(s.stale, true);
        stale_ += first;
        stale_idle_ += first && s.state == slot_state::idle;
    }
    /// Marked ones, those that are closing left out.
    [[nodiscard]] std::uint32_t stale() const noexcept { return stale_; }
    [[nodiscard]] std::uint32_t stale_idle() const noexcept { return stale_idle_; }
    void push_hot(std::uint32_t index) {
        move(index, slot_state::idle);
        slots_[index].colder = hot_;
        slots_[index].hotter = none;
        (hot_ == none ? cold_ : slots_[hot_].hotter) = index;
        hot_ = index;
        ++in_stack_;
        stale_idle_ += slots_[index].stale;
    }
    void push_cold(std::uint32_t index) {
        move(index, slot_state::idle);
        slots_[index].hotter = cold_;
        slots_[index].colder = none;
        (cold_ == none ? hot_ : slots_[cold_].colder) = index;
        cold_ = index;
        ++in_stack_;
        stale_idle_ += slots_[index].stale;
    }
    /// `none` when nothing is idle.
    [[nodiscard]] std::uint32_t hot() const noexcept { return hot_; }
    [[nodiscard]] std::uint32_t cold() const noexcept { return cold_; }
    [[nodiscard]] std::uint32_t in_stack() const noexcept { return in_stack_; }

private:
    void unlink(std::uint32_t index) {
        slot& s = slots_[index];
        (s.colder == none ? cold_ : slots_[s.colder].hotter) = s.hotter;
        (s.hotter == none ? hot_ : slots_[s.hotter].colder) = s.colder;
        s.colder = s.hotter = none;
        --in_stack_;
        stale_idle_ -= s.stale;
    }

    std::vector<slot> slots_;
    std::vector<std::uint32_t> free_;
    std::array<std::uint32_t, slot_states> count_{};
    std::uint32_t hot_ = none;
    std::uint32_t cold_ = none;
    std::uint32_t in_stack_ = 0;
    std::uint32_t stale_ = 0;
    std::uint32_t stale_idle_ = 0;
};

} // namespace headspace::pool
