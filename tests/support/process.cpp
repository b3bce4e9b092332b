#include "support/process.hpp"

#include "support/temp_directory.hpp"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <fstream>
#include <grp.h>
#include <pwd.h>
#include <stdexcept>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

namespace headspace::test {

namespace {

struct identity {
    bool change = false;
    uid_t uid = 0;
    gid_t gid = 0;
};

identity identity_of(const std::string& user) {
    if (user.empty())
        return {};
    const passwd* entry = getpwnam(user.c_str());
    if (entry == nullptr)
        throw std::runtime_error("there is no user '" + user + "' to run the child as");
    return {true, entry->pw_uid, entry->pw_gid};
}

bool is_excluded(const std::string& variable, const std::vector<std::string>& patterns) {
    const std::string name = variable.substr(0, variable.find('='));
    return std::any_of(patterns.begin(), patterns.end(), [&](const std::string& pattern) {
        return pattern.ends_with('*') ? name.starts_with(pattern.substr(0, pattern.size() - 1))
                                      : name == pattern;
    });
}

std::vector<std::string> environment_for(const process_options& options) {
    std::vector<std::string> all;
    for (char** variable = environ; *variable != nullptr; ++variable)
        if (!is_excluded(*variable, options.without) &&
            !options.environment.contains(
                std::string(*variable).substr(0, std::string(*variable).find('='))))
            all.emplace_back(*variable);
    for (const auto& [name, value] : options.environment)
        all.push_back(name + "=" + value);
    return all;
}

std::vector<char*> pointers(std::vector<std::string>& strings) {
    std::vector<char*> all;
    for (std::string& s : strings)
        all.push_back(s.data());
    all.push_back(nullptr);
    return all;
}

// Only calls that are safe between fork and exec.
[[noreturn]] void become(char* const* argv, char* const* envp, const char* directory, int output,
                         const identity& who, int death_signal, pid_t parent) {
    signal(SIGPIPE, SIG_DFL);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, nullptr);
    const int input = open("/dev/null", O_RDONLY);
    bool ok = dup2(input, 0) == 0 && dup2(output, 1) == 1 && dup2(output, 2) == 2;
    if (who.change && geteuid() == 0)
        ok = ok && setgroups(0, nullptr) == 0 && setgid(who.gid) == 0 && setuid(who.uid) == 0;
    ok = ok && prctl(PR_SET_PDEATHSIG, death_signal) == 0 && getppid() == parent;
    ok = ok && (*directory == '\0' || chdir(directory) == 0);
    if (ok)
        execvpe(argv[0], argv, envp);
    const char* reason = strerrordesc_np(errno);
    [[maybe_unused]] auto a = write(2, argv[0], std::strlen(argv[0]));
    [[maybe_unused]] auto b = write(2, ": cannot start: ", 16);
    [[maybe_unused]] auto c = write(2, reason, std::strlen(reason));
    _exit(127);
}

} // namespace

pid_t spawn(const std::vector<std::string>& argv, const process_options& options) {
    const identity who = identity_of(options.user);
    std::vector<std::string> arguments = argv;
    std::vector<std::string> variables = environment_for(options);
    const auto argument_pointers = pointers(arguments);
    const auto variable_pointers = pointers(variables);
    const std::string output_name = options.output.empty() ? "/dev/null" : options.output.string();
    const int output = open(output_name.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    if (output < 0)
        throw std::runtime_error("cannot open " + output_name);
    const pid_t parent = getpid();
    const pid_t child = fork();
    if (child == 0)
        become(argument_pointers.data(), variable_pointers.data(), options.directory.c_str(),
               output, who, options.death_signal, parent);
    close(output);
    if (child < 0)
        throw std::runtime_error("cannot fork");
    return child;
}

std::optional<int> wait_for(pid_t child, duration limit) {
    int status = 0;
    const bool ended = eventually([&] { return waitpid(child, &status, WNOHANG) != 0; }, limit);
    return ended ? std::optional(status) : std::nullopt;
}

process_outcome run(const std::vector<std::string>& argv, process_options options, duration limit) {
    const temp_directory scratch;
    options.output = scratch.path() / "output";
    const pid_t child = spawn(argv, options);
    const auto status = wait_for(child, limit);
    if (!status) {
        kill(child, SIGKILL);
        wait_for(child, std::chrono::seconds(5));
        throw std::runtime_error(argv.front() + " did not end in time");
    }
    return {WIFEXITED(*status) ? WEXITSTATUS(*status) : 128 + WTERMSIG(*status),
            read_file(options.output)};
}

std::vector<pid_t> children_of(pid_t parent) {
    std::vector<pid_t> found;
    for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
        const std::string name = entry.path().filename();
        if (name.find_first_not_of("0123456789") != std::string::npos)
            continue;
        std::ifstream stat(entry.path() / "stat");
        std::string text;
        std::getline(stat, text);
        const auto after_name = text.rfind(')');
        if (after_name == std::string::npos || after_name + 4 > text.size())
            continue;
        if (std::strtol(text.c_str() + after_name + 4, nullptr, 10) == parent)
            found.push_back(static_cast<pid_t>(std::stol(name)));
    }
    return found;
}

bool is_running(pid_t process) {
    std::ifstream stat("/proc/" + std::to_string(process) + "/stat");
    std::string text;
    std::getline(stat, text);
    const auto after_name = text.rfind(')');
    return after_name != std::string::npos && after_name + 2 < text.size() &&
           text[after_name + 2] != 'Z' && text[after_name + 2] != 'X';
}

void pause_briefly() {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
}

} // namespace headspace::test
