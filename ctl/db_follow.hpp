// An operation of the daemon, from its start to its last event, as people and scripts read it.
#pragma once

#include "base/error.hpp"

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace headspace::ctl {

struct context;

using event_listener = std::function<void(const boost::json::value&)>;

/// Who else hears of the events, where somebody does.
struct listeners {
    /// Hears all of them; nothing is shown then.
    event_listener each = {};
    /// Hears what will be done, once, before it is shown; the run goes on meanwhile.
    event_listener planned = {};
};

/// POST /v1/migrations/VERB with `body`, then the operation's events until its end. Sets
/// context::exit by the problem that the last one carries. What is shown with --json is the events
/// themselves, one a line. The run does not depend on us: Ctrl-C leaves it going. The last event
/// when the operation succeeded; otherwise what went wrong was said.
std::optional<boost::json::value> run_operation(context& ctx, const std::string& verb,
                                                const boost::json::object& body,
                                                listeners heard = {});

/// The same, but an error is the caller's to tell.
result<boost::json::value> try_operation(context& ctx, const std::string& verb,
                                         const boost::json::object& body, listeners heard = {});

/// Of a `planned` event: neither a revision to run nor a row to forget.
[[nodiscard]] bool plans_nothing(const boost::json::value& planned);

/// The operation that runs, if one does: its events until its end, and its exit code. False: none
/// runs, or the daemon could not be asked (context::exit says so).
bool follow_running(context& ctx);

/// DELETE of the operation that runs; returns when it has ended. Exit 1 when there is none.
void cancel_running(context& ctx);

/// What is printed of one event. Pure.
struct event_text {
    std::string line;     // for `out`: what is done, as Alembic says it
    std::string note;     // for `err`: warnings, whom it waits for
    std::string progress; // for a terminal, overwritten by the next one
};
[[nodiscard]] event_text render_event(const boost::json::value& event);

} // namespace headspace::ctl
