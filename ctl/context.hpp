// What every command of headspacectl works with: the options given before it, the daemon, and where
// its output goes. Commands set `exit`; data goes to `out`, everything else to `err`.
#pragma once

#include "admin/client.hpp"
#include "base/error.hpp"
#include "base/time.hpp"
#include "ctl/program.hpp"
#include "ctl/render.hpp"
#include "ctl/screen.hpp"
#include "problems/problems.hpp"

#include <boost/json/value.hpp>

#include <functional>
#include <iosfwd>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace headspace::ctl {

/// Every delay of headspacectl, in one place.
struct timing {
    duration request_timeout = std::chrono::seconds(10);    // of one request, unless --timeout
    duration wait_timeout = std::chrono::seconds(30);       // of `wait`, unless --timeout
    duration wait_poll = std::chrono::milliseconds(250);    // between two looks of `wait`
    duration directory_lookup = std::chrono::seconds(2);    // of the daemon's migrations directory
    duration watch_interval = std::chrono::seconds(2);      // of --watch without a number
    duration probe_timeout = std::chrono::minutes(2);       // of `doctor`, unless --timeout
    duration top_interval = std::chrono::seconds(2);        // of `top`, unless --interval
    duration top_shortest = std::chrono::milliseconds(100); // the least that --interval may be
    duration top_timeout = std::chrono::seconds(2);         // of one answer for it
    duration lint_before_upgrade = std::chrono::seconds(1); // longest for the parser, once
};

struct global_options {
    bool json = false;
    bool no_color = false;
    std::string socket;
    std::string instance;
    std::string config;
    std::string timeout;   // as given, "" for the default
    std::string directory; // db -d/--directory, "" when not given
};

struct context {
    std::ostream& out;
    std::ostream& err;
    bool out_is_terminal = false;
    bool err_is_terminal = false;
    bool color = false;      // of `out`; settled before a command runs
    bool err_color = false;  // of `err`
    std::size_t columns = 0; // of the terminal that `out` is; 0: nothing is cut or broken
    global_options options = {};
    timing times = {};
    std::optional<duration> timeout = {}; // --timeout, parsed

    /// Opens the way to the daemon; called at the first request only, so that commands that need no
    /// daemon run without one.
    std::function<result<std::unique_ptr<admin::caller>>(const global_options&)> connect = {};
    std::function<time_point()> now = {};
    /// Waits; false: stop (a signal, or a test that has seen enough).
    std::function<bool(duration)> pause = {};
    /// Asks the person at the terminal; nothing when there is none.
    std::function<std::optional<bool>(const std::string& question)> confirm = {};
    /// One line of standard input, "" at its end.
    std::function<std::string()> first_line_of_input = {};
    /// The terminal as a whole, for `top`; given back when it is destroyed.
    std::function<std::unique_ptr<screen>()> open_screen = {};
    /// A variable of the environment, "" when it is not set.
    std::function<std::string(const char*)> environment = {};
    /// Runs another program, as ctl::run_program does; empty: none is run.
    std::function<result<program_outcome>(const std::vector<std::string>& argv, duration limit)>
        run_program = {};
    std::string systemd_folder = "/run/systemd/system"; // there where systemd runs, sd_booted(3)

    int exit = problems::exit_ok;
    std::unique_ptr<admin::caller> daemon = nullptr;

    /// The daemon, connected to if that is still to be done.
    result<admin::caller*> reach();
    /// One request. An HTTP error is a reply; look with `problem_of`.
    result<admin::reply> send(admin::call what);
    /// One request whose answer must be JSON with a status below 300 or `also`: the value, or what
    /// went wrong, rebuilt from application/problem+json.
    result<boost::json::value> ask(std::string method, std::string target, std::string body = {},
                                   int also = 0);

    /// How `out` is written to.
    [[nodiscard]] style look() const { return {color, out_is_terminal ? columns : 0}; }

    /// Says what went wrong (with --json as one problem object) on `err` and sets `exit`.
    void fail(const error& e);
    /// "headspacectl: TEXT" on `err`, for warnings and notes.
    void note(std::string_view text);
    /// With --json the value as one line on `out`, else `text`.
    void show(const boost::json::value& value, const std::string& text);
};

/// An error as the daemon's problem object tells it; daemon_unreachable for a reply that is none.
[[nodiscard]] error problem_of(const admin::reply& answer);

} // namespace headspace::ctl
