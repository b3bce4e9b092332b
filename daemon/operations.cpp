#include "daemon/operations.hpp"

#include <algorithm>
#include <utility>

namespace headspace::daemon {

std::string_view to_string(operation_state s) noexcept {
    switch (s) {
    case operation_state::running:
        return "running";
    case operation_state::succeeded:
        return "succeeded";
    case operation_state::failed:
        return "failed";
    case operation_state::cancelled:
        return "cancelled";
    }
    return "failed";
}

operations::operations(asio::any_io_executor executor, std::string run, std::size_t keep,
                       std::size_t lines)
    : executor_(std::move(executor)), run_(std::move(run)), keep_(keep), lines_(lines) {}

std::shared_ptr<operation> operations::running() const {
    const auto found = std::find_if(all_.begin(), all_.end(), [](const auto& op) {
        return op->state == operation_state::running;
    });
    return found == all_.end() ? nullptr : *found;
}

std::shared_ptr<operation> operations::find(std::string_view id) const {
    const auto found =
        std::find_if(all_.begin(), all_.end(), [&](const auto& op) { return op->id == id; });
    return found == all_.end() ? nullptr : *found;
}

result<std::shared_ptr<operation>> operations::begin(std::string kind, std::string requested_by,
                                                     wall_time now, std::function<void()> cancel) {
    if (const auto other = running())
        return make_error(errc::operation_running, error_class::retry,
                          "operation " + other->id + " (" + other->kind + ", started by " +
                              other->requested_by + " at " + format_utc(other->started) +
                              ") is running",
                          "wait for its end or cancel it");
    auto op = std::make_shared<operation>();
    op->id = run_ + "-" + std::to_string(++counter_);
    op->kind = std::move(kind);
    op->requested_by = std::move(requested_by);
    op->started = now;
    op->feed = std::make_shared<line_feed>(executor_, lines_);
    op->cancel = std::move(cancel);
    all_.push_front(op);
    if (all_.size() > keep_)
        all_.pop_back();
    return op;
}

void operations::finish(operation& op, operation_state state, std::string last_line,
                        wall_time now) {
    op.state = state;
    op.ended = now;
    op.outcome = last_line;
    op.cancel = nullptr;
    op.blocked_by.clear();
    op.feed->push(std::move(last_line));
    op.feed->close();
}

} // namespace headspace::daemon
