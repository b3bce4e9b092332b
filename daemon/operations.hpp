// Long work that clients start, follow and cancel: /v1/operations. One runs at a time; the last
// ones are remembered.
#pragma once

#include "base/error.hpp"
#include "base/time.hpp"
#include "daemon/line_feed.hpp"

#include <functional>
#include <list>
#include <memory>
#include <string>
#include <string_view>

namespace headspace::daemon {

enum class operation_state { running, succeeded, failed, cancelled };

[[nodiscard]] std::string_view to_string(operation_state s) noexcept;

struct operation {
    std::string id;
    std::string kind;         // upgrade, downgrade, stamp
    std::string requested_by; // "uid 1000", "auto_upgrade"
    operation_state state = operation_state::running;
    wall_time started;
    wall_time ended;
    std::string progress;            // "3/5", for health
    std::string blocked_by;          // whom it waits for, "" for nobody
    std::shared_ptr<line_feed> feed; // NDJSON, one event a line
    std::string outcome;             // the last line, once it has ended
    std::function<void()> cancel;
};

class operations {
public:
    /// `run` makes ids unique across restarts; `keep` operations are remembered, each with at most
    /// `lines` events.
    operations(asio::any_io_executor executor, std::string run, std::size_t keep,
               std::size_t lines);

    /// Errors: operation_running, naming the one that runs.
    result<std::shared_ptr<operation>> begin(std::string kind, std::string requested_by,
                                             wall_time now, std::function<void()> cancel);
    /// Ends it with its last event line.
    void finish(operation& op, operation_state state, std::string last_line, wall_time now);

    [[nodiscard]] std::shared_ptr<operation> find(std::string_view id) const;
    [[nodiscard]] std::shared_ptr<operation> running() const;
    [[nodiscard]] const std::list<std::shared_ptr<operation>>& all() const noexcept { return all_; }

private:
    asio::any_io_executor executor_;
    std::string run_;
    std::size_t keep_;
    std::size_t lines_;
    std::uint64_t counter_ = 0;
    std::list<std::shared_ptr<operation>> all_; // newest first
};

} // namespace headspace::daemon
