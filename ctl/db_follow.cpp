#include "ctl/db_follow.hpp"

#include "base/text.hpp"
#include "ctl/context.hpp"
#include "ctl/render.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <array>
#include <csignal>
#include <ostream>
#include <unistd.h>
#include <utility>

namespace headspace::ctl {

namespace json = boost::json;

namespace {

// What a signal says before it ends us: prepared beforehand, since a handler may only write().
std::array<char, 512> farewell{};
std::size_t farewell_size = 0;

extern "C" void say_farewell(int number) {
    const auto written = ::write(STDERR_FILENO, farewell.data(), farewell_size);
    static_cast<void>(written);
    ::raise(number); // SA_RESETHAND: the default now
}

/// While it lives, SIGINT and SIGTERM say that the run goes on, and how to see it.
class interrupt_notice {
public:
    explicit interrupt_notice(const std::string& text) {
        farewell_size = std::min(text.size(), farewell.size());
        std::copy_n(text.begin(), farewell_size, farewell.begin());
        struct sigaction action = {};
        action.sa_handler = say_farewell;
        action.sa_flags = SA_RESETHAND;
        ::sigaction(SIGINT, &action, &before_int_);
        ::sigaction(SIGTERM, &action, &before_term_);
    }
    ~interrupt_notice() {
        ::sigaction(SIGINT, &before_int_, nullptr);
        ::sigaction(SIGTERM, &before_term_, nullptr);
    }
    interrupt_notice(const interrupt_notice&) = delete;
    interrupt_notice& operator=(const interrupt_notice&) = delete;

private:
    struct sigaction before_int_ = {};
    struct sigaction before_term_ = {};
};

std::string farewell_text(const std::string& kind) {
    return "\nheadspacectl: the " + kind +
           " goes on in headspaced. To follow it: headspacectl db status --follow\n"
           "  to cancel it: headspacectl db cancel\n";
}

error problem_in(const json::value& event) {
    const json::value* problem = member(event, "problem");
    if (problem == nullptr)
        return make_error(errc::internal, error_class::bug,
                          "the operation " + text_of(event, "outcome"));
    admin::reply as_reply;
    as_reply.body = json::serialize(*problem);
    return problem_of(as_reply);
}

std::string direction_of(const json::value& step) {
    const auto parents = join(texts_of(step, "parents"), ", ");
    const bool down = text_of(step, "action") == "downgrade";
    return down ? text_of(step, "revision") + " -> " + parents
                : parents + " -> " + text_of(step, "revision");
}

/// What a dry run says of one revision: its statements, their locks, and what that does to others.
std::string dry_run_text(const json::value& step) {
    const json::value* transaction = member(step, "transaction");
    const bool alone = transaction != nullptr && transaction->is_bool() && !transaction->get_bool();
    std::string out = "Would run " + text_of(step, "action") + " " + direction_of(step) + ", " +
                      text_of(step, "message") +
                      (alone ? " (transaction:false: each statement by itself)" : "");
    for (const json::value& s : member(step, "plan")->get_array()) {
        const std::string lock = text_of(s, "lock");
        out += "\n  line " + std::to_string(count_of(s, "line")) + ": " + text_of(s, "statement") +
               "\n    lock: " +
               (lock.empty()  ? "none on a table that others use"
                : lock == "?" ? "cannot be told"
                              : lock);
        if (const std::string warning = text_of(s, "warning"); !warning.empty())
            out += "\n    warning: " + warning;
    }
    return out;
}

std::string planned_line(const json::value& event) {
    const json::value* steps = member(event, "steps");
    if (steps == nullptr || !steps->is_array())
        return {};
    if (plans_nothing(event))
        return "Nothing to do.";
    std::string lines;
    for (const json::value& step : steps->get_array()) {
        const json::value* plan = member(step, "plan");
        if (plan != nullptr && plan->is_array())
            lines += (lines.empty() ? "" : "\n") + dry_run_text(step);
        else if (member(event, "dry_run") != nullptr)
            lines += (lines.empty() ? "Would " : "\nWould ") + text_of(step, "action") + " " +
                     text_of(step, "revision") + ", " + text_of(step, "message");
    }
    const auto forget = texts_of(event, "forget");
    if (lines.empty() && !forget.empty())
        return "No longer recorded as applied: " + join(forget, ", ");
    return lines;
}

std::string position(const json::value& event) {
    return "[" + std::to_string(count_of(event, "step")) + "/" +
           std::to_string(count_of(event, "steps")) + "] ";
}

/// ", index build 42 % (building index: scanning table)"
std::string doing(const json::value& event) {
    const std::string what = text_of(event, "doing");
    if (what.empty())
        return {};
    const json::value* percent = member(event, "percent");
    return ", " + what +
           (percent != nullptr ? " " + std::to_string(count_of(event, "percent")) + " %" : "") +
           " (" + text_of(event, "phase") + ")";
}

/// Shows the events of one operation as they come.
class viewer {
public:
    /// `quiet`: only the end counts.
    explicit viewer(context& ctx, bool quiet = false, listeners heard = {})
        : ctx_(ctx), quiet_(quiet), heard_(std::move(heard)) {}

    bool take(std::string_view line) {
        boost::system::error_code ec;
        const json::value event = json::parse(line, ec);
        if (ec)
            return true; // a newer daemon may say what we do not understand
        if (heard_.planned && text_of(event, "event") == "planned")
            std::exchange(heard_.planned, {})(event);
        if (heard_.each)
            heard_.each(event);
        else if (quiet_)
            ;
        else if (ctx_.options.json)
            ctx_.out << line << std::endl;
        else
            show(event);
        if (text_of(event, "event") == "end")
            last_ = event;
        return !last_;
    }
    [[nodiscard]] const std::optional<json::value>& last() const { return last_; }

private:
    void show(const json::value& event) {
        event_text text = render_event(event);
        if (text_of(event, "event") == "waiting_for_lock")
            say_once(event, text);
        clear();
        if (!text.line.empty())
            ctx_.out << text.line << std::endl;
        if (!text.note.empty())
            ctx_.note(text.note);
        if (!text.progress.empty() && ctx_.err_is_terminal) {
            ctx_.err << text.progress << std::flush;
            shown_ = true;
        }
    }
    /// Every try waits for the same blocker anew: that is progress, not news.
    void say_once(const json::value& event, event_text& text) {
        const json::value* blocker = member(event, "blocker");
        const std::int64_t pid =
            blocker != nullptr ? static_cast<std::int64_t>(count_of(*blocker, "pid")) : 0;
        if (std::exchange(waits_for_, pid) == pid)
            text.progress = std::exchange(text.note, {});
    }
    void clear() {
        if (shown_)
            ctx_.err << "\r\033[K" << std::flush;
        shown_ = false;
    }

    context& ctx_;
    bool quiet_;
    listeners heard_;
    std::optional<json::value> last_;
    std::int64_t waits_for_ = -1; // pid of the blocker that was named last
    bool shown_ = false;
};

} // namespace

event_text render_event(const json::value& event) {
    const std::string kind = text_of(event, "event");
    event_text out;
    if (kind == "started")
        out.line = "Running " + text_of(event, "action") + " " + direction_of(event) + ", " +
                   text_of(event, "message");
    else if (kind == "repaired")
        out.line = "Repaired " + text_of(event, "revision") + ", " + text_of(event, "message");
    else if (kind == "stamped")
        out.line = "Running stamp_revision " + join(texts_of(event, "parents"), ", ") + " -> " +
                   text_of(event, "revision");
    else if (kind == "warning" || kind == "waiting_for_lock")
        out.note = text_of(event, "text");
    else if (kind == "planned")
        out.line = planned_line(event);
    else if (kind == "statement" || kind == "progress")
        out.progress = position(event) + text_of(event, "revision") + ": statement " +
                       std::to_string(count_of(event, "statement")) + " of " +
                       std::to_string(count_of(event, "statements")) + doing(event) + ", " +
                       format_elapsed(std::chrono::milliseconds(count_of(event, "elapsed_ms")));
    else if (kind == "loading" || kind == "comparing" || kind == "proving")
        out.progress =
            text_of(event, "text") + (member(event, "all") == nullptr
                                          ? std::string()
                                          : ": " + std::to_string(count_of(event, "done")) +
                                                " of " + std::to_string(count_of(event, "all")));
    return out;
}

namespace {

/// Follows an operation to its end: its last event, whatever that says.
result<json::value> follow(context& ctx, const std::string& kind, const std::string& id, bool quiet,
                           listeners heard = {}) {
    viewer view(ctx, quiet, std::move(heard));
    admin::call what;
    what.target = "/v1/operations/" + id;
    what.timeout = ctx.timeout.value_or(ctx.times.request_timeout);
    const auto followed = ctx.daemon->follow(
        what, duration::zero(), [&view](std::string_view line) { return view.take(line); });
    if (view.last())
        return *view.last();
    if (followed && followed->status != 200)
        return problem_of(*followed);
    error lost = followed ? make_error(errc::daemon_unreachable, error_class::unavailable,
                                       "headspaced went away while the " + kind + " ran")
                          : followed.error();
    lost.hint = "what was applied is recorded: headspacectl db status";
    return lost;
}

/// The last event of one that succeeded.
result<json::value> follow_to_success(context& ctx, const std::string& kind, const std::string& id,
                                      listeners heard = {}) {
    const interrupt_notice notice(farewell_text(kind));
    auto last = follow(ctx, kind, id, false, std::move(heard));
    if (last.has_value() && text_of(*last, "outcome") != "succeeded")
        return problem_in(*last);
    return last;
}

struct running_operation {
    std::string kind;
    std::string id;
};
/// Nothing when none runs, or after context::fail().
std::optional<running_operation> find_running(context& ctx) {
    const auto status = ctx.ask("GET", "/v1/status");
    if (!status) {
        ctx.fail(status.error());
        return {};
    }
    const json::value* operation = member(*status, "operation");
    if (operation == nullptr)
        return {};
    return running_operation{text_of(*operation, "kind"), text_of(*operation, "id")};
}

} // namespace

result<json::value> try_operation(context& ctx, const std::string& verb, const json::object& body,
                                  listeners heard) {
    const auto started = ctx.ask("POST", "/v1/migrations/" + verb, json::serialize(body));
    if (!started)
        return started.error();
    return follow_to_success(ctx, text_of(*started, "kind"), text_of(*started, "id"),
                             std::move(heard));
}

std::optional<json::value> run_operation(context& ctx, const std::string& verb,
                                         const json::object& body, listeners heard) {
    auto last = try_operation(ctx, verb, body, std::move(heard));
    if (last.has_value())
        return std::move(*last);
    ctx.fail(last.error());
    return {};
}

bool plans_nothing(const json::value& planned) {
    const json::value* steps = member(planned, "steps");
    const bool some = steps != nullptr && steps->is_array() && !steps->get_array().empty();
    return !some && texts_of(planned, "forget").empty();
}

bool follow_running(context& ctx) {
    const auto running = find_running(ctx);
    if (!running)
        return false;
    const auto last = follow_to_success(ctx, running->kind, running->id);
    if (last.has_error())
        ctx.fail(last.error());
    return true;
}

void cancel_running(context& ctx) {
    const auto running = find_running(ctx);
    if (!running) {
        if (ctx.exit == problems::exit_ok) {
            ctx.note("no operation is running");
            ctx.exit = problems::exit_no;
        }
        return;
    }
    const auto asked = ctx.ask("DELETE", "/v1/operations/" + running->id);
    if (!asked)
        return ctx.fail(asked.error());
    const auto last = follow(ctx, running->kind, running->id, true);
    if (last.has_error())
        return ctx.fail(last.error());
    const std::string outcome = text_of(*last, "outcome");
    ctx.show({{"operation", running->id}, {"kind", running->kind}, {"outcome", outcome}},
             outcome == "cancelled" ? "Cancelled the " + running->kind + " (" + running->id + ").\n"
                                    : "The " + running->kind + " (" + running->id +
                                          ") had already ended: " + outcome + ".\n");
    if (outcome != "cancelled")
        ctx.exit = problems::exit_no;
}

} // namespace headspace::ctl
