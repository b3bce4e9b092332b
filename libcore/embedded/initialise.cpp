#include "embedded/initialise.hpp"

#include "base/text.hpp"
#include "embedded/find.hpp"
#include "embedded/server_settings.hpp"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <fstream>
#include <sys/stat.h>
#include <unistd.h>

namespace headspace::embedded {

namespace {

// What initdb complains about, without the story around it.
std::string complaint(const program_outcome& outcome) {
    std::vector<std::string> told;
    for (const std::string& line : outcome.lines)
        if (line.find("error:") != std::string::npos || line.find("FATAL:") != std::string::npos)
            told.push_back(line);
    if (told.empty() && !outcome.lines.empty())
        told.push_back(outcome.lines.back());
    return outcome.status.text() + (told.empty() ? "" : ": " + join(told, "; "));
}

result<void> write_as(const fs::path& file, const std::string& text,
                      const server_account& account) {
    std::ofstream out(file, std::ios::trunc);
    out << text;
    out.close();
    if (!out)
        return make_error(errc::io_failed, error_class::unavailable,
                          "cannot write " + file.string());
    return give_to(file, account);
}

void sync_file_system_of(const fs::path& folder) {
    const int fd = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return;
    ::syncfs(fd);
    ::close(fd);
}

asio::awaitable<result<void>> fill(fs::path folder, const new_cluster& made) {
    io::child_options options;
    options.argv = initdb_arguments(folder.string(), made.superuser);
    options.argv.insert(options.argv.begin(), made.with.bindir + "/initdb");
    options.environment = io::clean_environment();
    options.run_as = made.account;
    options.death_signal = SIGKILL;
    auto outcome = co_await run_program(std::move(options), made.limit);
    if (!outcome)
        co_return outcome.error();
    if (!outcome->status.success())
        co_return make_error(errc::database_unavailable, error_class::unavailable,
                             "initdb failed for " + folder.string() + ": " + complaint(*outcome),
                             made.account ? "PostgreSQL runs as the user " + made.account->name +
                                                ", who must be able to enter that folder"
                                          : "");
    const std::string server_user = made.account ? made.account->name : made.superuser;
    if (auto hba = write_as(folder / "pg_hba.conf", hba_file(), made.account); !hba)
        co_return hba.error();
    co_return write_as(folder / "pg_ident.conf", ident_file(made.superuser, server_user),
                       made.account);
}

} // namespace

asio::awaitable<result<void>> initialise(folder_lock& lock, new_cluster made) {
    const fs::path folder = lock.folder();
    remove_unfinished(folder);
    const fs::path unfinished = folder.string() + ".tmp-" + std::to_string(::getpid());
    if (::mkdir(unfinished.c_str(), 0700) != 0)
        co_return make_error(errc::io_failed, error_class::refuse,
                             "cannot make the folder " + unfinished.string() + ": " +
                                 std::error_code(errno, std::generic_category()).message(),
                             "set embedded.data_directory to a folder inside " + folder.string());
    auto done = give_to(unfinished, made.account);
    if (done)
        done = co_await fill(unfinished, made);
    if (done) {
        // initdb does not sync: once for all of it is faster, and it has to be on disk before it
        // counts as a cluster.
        if (!made.ephemeral)
            sync_file_system_of(unfinished);
        done = lock.replace_by(unfinished);
    }
    if (!done)
        remove_unfinished(folder);
    co_return done;
}

} // namespace headspace::embedded
