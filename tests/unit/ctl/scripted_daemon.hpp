// A daemon made of answers, and a context around it: commands run without a process or a socket.
#pragma once

#include "ctl/app.hpp"

#include <deque>
#include <map>
#include <optional>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

namespace headspace::ctl::testing {

struct scripted_answer {
    int status = 200;
    std::string body;
    std::string type = "application/json";
    errc failure{}; // instead of an answer
};

/// The answers of each "METHOD target", in turn; the last one again and again.
using script = std::map<std::string, std::deque<scripted_answer>>;

class scripted_daemon final : public admin::caller {
public:
    scripted_daemon(script& answers, std::vector<admin::call>& asked)
        : answers_(answers), asked_(asked) {}

    result<admin::reply> send(const admin::call& what) override {
        asked_.push_back(what);
        const auto found = answers_.find(what.method + " " + what.target);
        if (found == answers_.end())
            return make_error(errc::daemon_unreachable, error_class::retry,
                              "no answer for " + what.method + " " + what.target);
        const scripted_answer answer = found->second.front();
        if (found->second.size() > 1)
            found->second.pop_front();
        if (answer.failure != errc{})
            return make_error(answer.failure, error_class::retry, "scripted failure", "do this");
        admin::reply out;
        out.status = answer.status;
        out.content_type = answer.type;
        out.body = answer.body;
        return out;
    }
    result<admin::reply> follow(const admin::call& what, duration,
                                const std::function<bool(std::string_view)>& on_line) override {
        auto answer = send(what);
        if (!answer || answer->content_type != "application/x-ndjson")
            return answer;
        std::istringstream lines(std::exchange(answer->body, {}));
        for (std::string line; std::getline(lines, line);)
            if (!on_line(line))
                break;
        return answer;
    }
    [[nodiscard]] std::string where() const override { return "/run/scripted.sock"; }

private:
    script& answers_;
    std::vector<admin::call>& asked_;
};

/// One run of headspacectl and all that can be seen of it.
struct invocation {
    script answers;
    std::map<std::string, std::string> variables;
    bool terminal = false;
    bool err_terminal = false;
    std::size_t columns = 0; // of the terminal
    std::string input;       // the first line of standard input
    /// What other programs print, by their name; a program that is not here is not installed.
    std::map<std::string, ctl::program_outcome> programs;
    std::vector<std::vector<std::string>> ran;
    bool systemd = false;
    errc no_daemon{};                  // connecting fails so
    std::optional<bool> confirms = {}; // what a person answers; nothing: there is nobody
    int pauses = 1'000'000;            // how often pause() goes on
    std::function<std::unique_ptr<screen>()> open_screen = {};

    int exit = -1;
    std::string out;
    std::string err;
    std::vector<admin::call> asked;
    duration waited{};

    invocation& run(std::vector<std::string> arguments) {
        std::ostringstream out_stream;
        std::ostringstream err_stream;
        context ctx{out_stream, err_stream};
        ctx.out_is_terminal = terminal;
        ctx.err_is_terminal = err_terminal;
        ctx.columns = columns;
        ctx.confirm = [this](const std::string&) {
            return confirms;
        };
        ctx.first_line_of_input = [this] {
            return input;
        };
        ctx.systemd_folder = systemd ? "/" : "/nonexistent";
        ctx.run_program = [this](const std::vector<std::string>& argv,
                                 duration) -> result<ctl::program_outcome> {
            ran.push_back(argv);
            const auto found = programs.find(argv.front());
            if (found == programs.end())
                return make_error(errc::io_failed, error_class::refuse,
                                  argv.front() + " was not found", "install it");
            return found->second;
        };
        ctx.connect = [this](const global_options&) -> result<std::unique_ptr<admin::caller>> {
            if (no_daemon != errc{})
                return make_error(no_daemon, error_class::refuse, "scripted refusal", "do this");
            return std::unique_ptr<admin::caller>(
                std::make_unique<scripted_daemon>(answers, asked));
        };
        ctx.now = [this] {
            return time_point{} + waited;
        };
        ctx.pause = [this](duration d) {
            waited += d;
            return pauses-- > 0;
        };
        ctx.open_screen = open_screen;
        ctx.environment = [this](const char* name) {
            const auto found = variables.find(name);
            return found == variables.end() ? std::string() : found->second;
        };
        exit = ctl::run(std::move(arguments), ctx);
        out = out_stream.str();
        err = err_stream.str();
        return *this;
    }
};

} // namespace headspace::ctl::testing
