#include "ctl/app.hpp"
#include "ctl/db_model.hpp"

#include <cstdlib>
#include <iostream>
#include <sys/ioctl.h>
#include <thread>
#include <unistd.h>

int main(int argc, char** argv) {
    using namespace headspace;
    ctl::context ctx{std::cout, std::cerr};
    ctx.out_is_terminal = ::isatty(STDOUT_FILENO) == 1;
    ctx.err_is_terminal = ::isatty(STDERR_FILENO) == 1;
    winsize size{};
    if (ctx.out_is_terminal && ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0)
        ctx.columns = size.ws_col;
    ctx.connect = ctl::connect_to_daemon;
    ctx.now = [] {
        return clock::now();
    };
    ctx.pause = [](duration d) {
        std::cout.flush();
        std::this_thread::sleep_for(d);
        return std::cout.good();
    };
    ctx.confirm = [](const std::string& question) -> std::optional<bool> {
        if (::isatty(STDIN_FILENO) != 1 || ::isatty(STDERR_FILENO) != 1)
            return {};
        std::cout.flush();
        std::cerr << question << " [y/N] " << std::flush;
        std::string answer;
        std::getline(std::cin, answer);
        return answer == "y" || answer == "Y" || answer == "yes";
    };
    ctx.environment = [](const char* name) -> std::string {
        const char* value = std::getenv(name);
        return value == nullptr ? "" : value;
    };
    ctx.run_program = ctl::run_program;
    ctx.open_screen = ctl::open_terminal_screen;
    ctx.first_line_of_input = [] {
        std::string line;
        std::getline(std::cin, line);
        return line;
    };
    try {
        std::vector<std::string> arguments(argv + 1, argv + argc);
        ctl::blank_url_arguments(argc, argv);
        return ctl::run(std::move(arguments), ctx);
    } catch (const std::exception& e) {
        std::cerr << "headspacectl: " << e.what() << '\n';
        return problems::exit_no;
    }
}
