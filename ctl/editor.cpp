#include "ctl/editor.hpp"

#include "ctl/context.hpp"

#include <array>
#include <cerrno>
#include <ostream>
#include <spawn.h>
#include <string>
#include <sys/wait.h>
#include <system_error>
#include <unistd.h>

namespace headspace::ctl {

namespace {

error failed(const std::string& editor, const std::string& why) {
    return make_error(errc::io_failed, error_class::refuse, "the editor (" + editor + ") " + why,
                      "VISUAL or EDITOR names it");
}

} // namespace

result<void> run_editor(context& ctx, const std::filesystem::path& file) {
    std::string editor = ctx.environment("VISUAL");
    if (editor.empty())
        editor = ctx.environment("EDITOR");
    if (editor.empty())
        return make_error(errc::usage, error_class::refuse,
                          "neither VISUAL nor EDITOR is set: there is no editor to open " +
                              file.string() + " with",
                          "EDITOR=vi headspacectl db edit ...");
    ctx.out.flush();
    std::string shell = "/bin/sh";
    std::string option = "-c";
    std::string script = editor + " \"$@\"";
    std::string name = "sh";
    std::string path = file.string();
    const std::array<char*, 6> argv{shell.data(), option.data(), script.data(),
                                    name.data(),  path.data(),   nullptr};
    pid_t child = -1;
    if (const int reason =
            ::posix_spawn(&child, shell.c_str(), nullptr, nullptr, argv.data(), environ);
        reason != 0)
        return failed(editor, "cannot be run: " + std::generic_category().message(reason));
    int status = 0;
    while (::waitpid(child, &status, 0) < 0)
        if (errno != EINTR)
            return failed(editor, "cannot be waited for");
    std::error_code ec;
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0 && std::filesystem::exists(file, ec))
        return {};
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return failed(editor, "left no " + file.string() + " behind");
    return failed(editor, WIFEXITED(status)
                              ? "ended with " + std::to_string(WEXITSTATUS(status))
                              : "was ended by signal " + std::to_string(WTERMSIG(status)));
}

} // namespace headspace::ctl
