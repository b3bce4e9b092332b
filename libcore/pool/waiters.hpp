// Who waits for a connection: strictly first come, first served, and out of the line in O(1)
// whoever leaves it. Decides nothing; pool_core owns it.
#pragma once

#include "pool/actions.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

namespace headspace::pool {

/// Requests are small dense numbers, so a node is found by index. Deadlines stand in a heap with
/// lazy deletion: leaving costs nothing there until half of it is stale.
class waiter_queue {
public:
    struct waiter {
        time_point since;
        time_point until;
        on_down policy = on_down::wait;
        std::string purpose;
    };

    /// Precondition: `request` is not in the queue.
    void push(request_id request, time_point since, time_point until, on_down policy,
              std::string_view purpose) {
        if (request >= nodes_.size())
            nodes_.resize(request + 1);
        node& n = nodes_[request];
        n.what.since = since;
        n.what.until = until;
        n.what.policy = policy;
        n.what.purpose.assign(purpose);
        n.queued = true;
        n.serial = ++serial_;
        n.previous = tail_;
        n.next = none;
        (tail_ == none ? head_ : nodes_[tail_].next) = request;
        tail_ = request;
        ++size_;
        fail_fast_ += policy == on_down::fail_fast;
        deadlines_.push_back({until, request, n.serial});
        std::push_heap(deadlines_.begin(), deadlines_.end(), later);
    }

    /// False when it is not in the queue.
    bool remove(request_id request) {
        if (request >= nodes_.size() || !nodes_[request].queued)
            return false;
        node& n = nodes_[request];
        (n.previous == none ? head_ : nodes_[n.previous].next) = n.next;
        (n.next == none ? tail_ : nodes_[n.next].previous) = n.previous;
        n.queued = false;
        --size_;
        fail_fast_ -= n.what.policy == on_down::fail_fast;
        if (deadlines_.size() > 2 * size_ + slack)
            compact();
        return true;
    }

    [[nodiscard]] bool empty() const noexcept { return size_ == 0; }
    [[nodiscard]] std::size_t size() const noexcept { return size_; }
    [[nodiscard]] std::size_t fail_fast() const noexcept { return fail_fast_; }
    /// Precondition: not empty.
    [[nodiscard]] request_id front() const noexcept { return head_; }
    /// Still readable after remove(), until the request is pushed again.
    [[nodiscard]] const waiter& at(request_id request) const { return nodes_[request].what; }

    /// The first deadline of all; time_point::max() when nobody waits.
    [[nodiscard]] time_point next_deadline() {
        while (!deadlines_.empty() && stale(deadlines_.front())) {
            std::pop_heap(deadlines_.begin(), deadlines_.end(), later);
            deadlines_.pop_back();
        }
        return deadlines_.empty() ? time_point::max() : deadlines_.front().until;
    }

    /// From the first in line on, while `visit` returns true.
    template<class Visitor>
    void each(Visitor visit) const {
        for (request_id r = head_; r != none && visit(nodes_[r].what);)
            r = nodes_[r].next;
    }

    /// One whose deadline has passed, the earliest first; it stays in the queue.
    [[nodiscard]] std::optional<request_id> expired(time_point now) {
        if (next_deadline() > now || deadlines_.empty())
            return std::nullopt;
        return deadlines_.front().request;
    }

    /// The first in line that is not ready to wait out an outage.
    [[nodiscard]] std::optional<request_id> first_fail_fast() const {
        for (request_id r = head_; r != none; r = nodes_[r].next)
            if (nodes_[r].what.policy == on_down::fail_fast)
                return r;
        return std::nullopt;
    }

private:
    static constexpr request_id none = ~request_id{0};
    static constexpr std::size_t slack = 64; // stale deadlines not worth a compaction

    struct node {
        waiter what;
        request_id previous = none;
        request_id next = none;
        std::uint64_t serial = 0;
        bool queued = false;
    };
    struct deadline {
        time_point until;
        request_id request;
        std::uint64_t serial;
    };

    static bool later(const deadline& a, const deadline& b) { return a.until > b.until; }
    [[nodiscard]] bool stale(const deadline& d) const {
        const node& n = nodes_[d.request];
        return !n.queued || n.serial != d.serial;
    }
    void compact() {
        std::erase_if(deadlines_, [this](const deadline& d) { return stale(d); });
        std::make_heap(deadlines_.begin(), deadlines_.end(), later);
    }

    std::vector<node> nodes_;
    std::vector<deadline> deadlines_;
    request_id head_ = none;
    request_id tail_ = none;
    std::size_t size_ = 0;
    std::size_t fail_fast_ = 0;
    std::uint64_t serial_ = 0;
};

} // namespace headspace::pool
