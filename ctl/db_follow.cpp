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

std::string farewell_text(const context& ctx, const std::string& verb, const std::string& id) {
    return "\nheadspacectl: the " + verb +
           " goes on in headspaced. To follow it: curl --unix-socket " + ctx.daemon->where() +
           " -H 'Accept: application/x-ndjson' http://localhost/v1/operations/" + id +
           "\n  to cancel it: the same with -X DELETE; afterwards: headspacectl db status\n";
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

std::string planned_line(const json::value& event) {
    const auto forget = texts_of(event, "forget");
    if (!forget.empty())
        return "No longer recorded as applied: " + join(forget, ", ");
    const json::value* steps = member(event, "steps");
    const json::value* dry_run = member(event, "dry_run");
    if (dry_run && steps && steps->is_array() && !steps->get_array().empty()) {
        std::string lines;
        for (const json::value& step : steps->get_array())
            lines += (lines.empty() ? "Would " : "\nWould ") + text_of(step, "action") + " " +
                     text_of(step, "revision") + ", " + text_of(step, "message");
        return lines;
    }
    const bool nothing = steps != nullptr && steps->is_array() && steps->get_array().empty();
    return nothing ? "Nothing to do." : "";
}

std::string position(const json::value& event) {
    return "[" + std::to_string(count_of(event, "step")) + "/" +
           std::to_string(count_of(event, "steps")) + "] ";
}

/// Shows the events of one operation as they come.
class viewer {
public:
    explicit viewer(context& ctx) : ctx_(ctx) {}

    bool take(std::string_view line) {
        boost::system::error_code ec;
        const json::value event = json::parse(line, ec);
        if (ec)
            return true; // a newer daemon may say what we do not understand
        if (ctx_.options.json)
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
        const event_text text = render_event(event);
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
    void clear() {
        if (shown_)
            ctx_.err << "\r\033[K" << std::flush;
        shown_ = false;
    }

    context& ctx_;
    std::optional<json::value> last_;
    bool shown_ = false;
};

} // namespace

event_text render_event(const json::value& event) {
    const std::string kind = text_of(event, "event");
    event_text out;
    if (kind == "started")
        out.line =
            "Running " + text_of(event, "action") + " " +
            (text_of(event, "action") == "downgrade"
                 ? text_of(event, "revision") + " -> " + join(texts_of(event, "parents"), ", ")
                 : join(texts_of(event, "parents"), ", ") + " -> " + text_of(event, "revision")) +
            ", " + text_of(event, "message");
    else if (kind == "stamped")
        out.line = "Running stamp_revision " + join(texts_of(event, "parents"), ", ") + " -> " +
                   text_of(event, "revision");
    else if (kind == "warning" || kind == "waiting_for_lock")
        out.note = text_of(event, "text");
    else if (kind == "planned")
        out.line = planned_line(event);
    else if (kind == "statement")
        out.progress = position(event) + text_of(event, "revision") + ": statement " +
                       std::to_string(count_of(event, "statement")) + " of " +
                       std::to_string(count_of(event, "statements"));
    return out;
}

void run_operation(context& ctx, const std::string& verb, const json::object& body) {
    const auto started = ctx.ask("POST", "/v1/migrations/" + verb, json::serialize(body));
    if (!started)
        return ctx.fail(started.error());
    const std::string id = text_of(*started, "id");
    const interrupt_notice notice(farewell_text(ctx, verb, id));
    viewer view(ctx);
    admin::call what;
    what.target = "/v1/operations/" + id;
    what.timeout = ctx.timeout.value_or(ctx.times.request_timeout);
    const auto followed = ctx.daemon->follow(
        what, duration::zero(), [&view](std::string_view line) { return view.take(line); });
    if (view.last()) {
        if (text_of(*view.last(), "outcome") != "succeeded")
            ctx.fail(problem_in(*view.last()));
        return;
    }
    if (followed && followed->status != 200)
        return ctx.fail(problem_of(*followed));
    error lost = followed ? make_error(errc::daemon_unreachable, error_class::unavailable,
                                       "headspaced went away while the " + verb + " ran")
                          : followed.error();
    lost.hint = "what was applied is recorded: headspacectl db status";
    ctx.fail(lost);
}

} // namespace headspace::ctl
