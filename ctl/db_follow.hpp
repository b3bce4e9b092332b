// An operation of the daemon, from its start to its last event, as people and scripts read it.
#pragma once

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace headspace::ctl {

struct context;

/// POST /v1/migrations/VERB with `body`, then the operation's events until its end. Sets
/// context::exit by the problem that the last one carries. What is shown with --json is the events
/// themselves, one a line. The run does not depend on us: Ctrl-C leaves it going. The last event
/// when the operation succeeded.
std::optional<boost::json::value> run_operation(context& ctx, const std::string& verb,
                                                const boost::json::object& body);

/// The same, with `each` for what is to be shown of an event (nothing: as above). The last event
/// of an operation that succeeded; otherwise what went wrong was said.
std::optional<boost::json::value>
follow_operation(context& ctx, const std::string& verb, const boost::json::object& body,
                 const std::function<void(const boost::json::value&)>& each = {});

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
