#include "daemon/dump.hpp"

#include "base/temporary_folder.hpp"
#include "daemon/dump_text.hpp"
#include "embedded/find.hpp"
#include "migrate/ledger.hpp"
#include "migrate/run_context.hpp"
#include "migrate/sql_text.hpp"
#include "pg/parameters.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <fstream>
#include <iterator>
#include <map>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace headspace::daemon {

namespace {

namespace fs = std::filesystem;

error io_error(const std::string& what, const fs::path& path, int reason) {
    return make_error(errc::io_failed, error_class::retry,
                      "cannot " + what + " " + path.string() + ": " +
                          std::generic_category().message(reason));
}

result<void> write_private(const fs::path& path, std::string text) {
    const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        return io_error("write", path, errno);
    const auto written = ::write(fd, text.data(), text.size());
    const int reason = errno;
    ::close(fd);
    const bool whole = written == static_cast<ssize_t>(text.size());
    wipe(text);
    if (!whole)
        return io_error("write", path, written < 0 ? reason : ENOSPC);
    return {};
}

class dump {
public:
    dump(dump_options options, std::shared_ptr<task_control> control)
        : options_(std::move(options)), control_(std::move(control)) {}

    asio::awaitable<result<boost::json::object>> run() {
        auto looked = co_await look_at_server();
        if (looked.has_error())
            co_return looked.error();
        auto program = co_await find_program();
        if (program.has_error())
            co_return program.error();
        auto folder = temporary_folder::make(options_.runtime_directory, "headspace-dump-");
        if (folder.has_error())
            co_return folder.error();
        auto told = co_await arguments(*program, folder->path());
        if (told.has_error())
            co_return told.error();
        auto ran = co_await run_program(std::move(*told));
        if (ran.has_error())
            co_return ran.error();
        std::ifstream in(folder->path() / "schema.sql", std::ios::binary);
        const std::string text{std::istreambuf_iterator<char>(in), {}};
        if (!in.good() && !in.eof())
            co_return io_error("read", folder->path() / "schema.sql", errno);
        co_return boost::json::object{{"text", schema_text(text, revisions_)}};
    }

private:
    /// Which server answers, its version, and what is applied there.
    asio::awaitable<result<void>> look_at_server() {
        auto opened = co_await migrate::open_session(options_.connector, options_.connect_timeout);
        if (opened.has_error())
            co_return opened.error();
        pg::session& session = **opened;
        facts_ = session.facts();
        const time_point until = clock::now() + options_.query_timeout;
        const auto view = co_await migrate::look_at(session, until);
        if (view.has_error())
            co_return view.error();
        const auto allowed = migrate::check_server(*view, true);
        if (allowed.has_error())
            co_return allowed.error();
        const auto ledger = co_await migrate::read_ledger(
            session, *view, migrate::stored_texts::of_unfinished, until);
        if (ledger.has_error())
            co_return ledger.error();
        for (const migrate::ledger_row& row : ledger->rows)
            if (row.state != migrate::row_state::partial)
                revisions_.push_back(row.revision);
        if (facts_.pooler)
            control_->warn("pg_dump goes through a connection pooler here; migrations.url can name "
                           "the server's direct address");
        session.close();
        co_return result<void>{};
    }

    asio::awaitable<result<embedded::found_program>> find_program() {
        auto host = embedded::read_host();
        if (host.has_error())
            co_return host.error();
        const auto found = co_await embedded::find_program(*host, options_.bindir, "pg_dump",
                                                           options_.query_timeout);
        co_return choose_pg_dump(found, facts_.version, facts_.version_text);
    }

    asio::awaitable<result<io::child_options>> arguments(embedded::found_program program,
                                                         fs::path folder) {
        io::child_options help;
        help.argv = {program.path, "--help"};
        help.environment = io::clean_environment();
        const auto said = co_await embedded::run_program(std::move(help), options_.query_timeout);
        dump_arguments what;
        if (said.has_value())
            for (const std::string& line : said->lines)
                what.knows_restrict_key |= line.find("--restrict-key") != std::string::npos;
        io::child_options out;
        out.environment = io::clean_environment();
        const config::host_entry host{facts_.host, "", facts_.port, true};
        const pg::endpoint where{facts_.host, facts_.address, facts_.port};
        auto values = pg::parameters_for(options_.connection, where,
                                         pg::sslmode_for(options_.connection, host), {})
                          .values;
        if (auto secrets = write_secrets(folder, values, out.environment); secrets.has_error())
            co_return secrets.error();
        what.program = program.path;
        what.connection = conninfo_text(values);
        what.file = (folder / "schema.sql").string();
        what.lock_timeout = options_.lock_timeout;
        out.argv = arguments_of(what);
        out.death_signal = SIGTERM;
        co_return out;
    }

    result<void> write_secrets(const fs::path& folder, std::map<std::string, std::string>& values,
                               std::vector<std::string>& environment) {
        std::optional<secret> password;
        if (options_.connection.reread_password)
            password = options_.connection.reread_password();
        if (!password)
            password = options_.connection.target.password;
        if (password && !password->empty()) {
            const fs::path file = folder / "password";
            environment.push_back("PGPASSFILE=" + file.string());
            if (auto written = write_private(file, password_line(password->reveal()));
                written.has_error())
                return written.error();
        } else if (const char* own = std::getenv("PGPASSFILE"); own != nullptr) {
            environment.push_back(std::string("PGPASSFILE=") + own);
        }
        const secret& key = options_.connection.target.sslpassword;
        if (key.empty())
            return {};
        const fs::path file = folder / "service";
        environment.push_back("PGSERVICEFILE=" + file.string());
        values["service"] = "headspace";
        return write_private(file, "[headspace]\nsslpassword=" + std::string(key.reveal()) + "\n");
    }

    asio::awaitable<result<void>> run_program(io::child_options told) {
        std::vector<std::string> said;
        told.on_line = [&said](std::string_view line) {
            said.emplace_back(line);
        };
        const auto executor = co_await asio::this_coro::executor;
        auto child = io::child_process::spawn(executor, std::move(told));
        if (child.has_error())
            co_return child.error();
        control_->on_cancel([&child] { child->signal(SIGTERM); });
        const auto ended = co_await child->wait_for(options_.dump_timeout);
        control_->on_cancel({});
        if (control_->cancelled())
            co_return make_error(errc::cancelled, error_class::refuse, "the dump was cancelled",
                                 "nothing was written");
        if (!ended)
            co_return make_error(errc::timed_out, error_class::retry,
                                 "pg_dump took longer than " +
                                     format_elapsed(options_.dump_timeout),
                                 "migrations.dump_timeout is the limit");
        if (!ended->success())
            co_return describe_dump_failure(said, ended->text());
        for (const std::string& line : said)
            control_->warn(migrate::blank_passwords(line));
        co_return result<void>{};
    }

    dump_options options_;
    std::shared_ptr<task_control> control_;
    pg::server_facts facts_;
    revisions::revision_list revisions_;
};

} // namespace

task dump_task(dump_options options) {
    return
        [options = std::move(options)](
            std::shared_ptr<task_control> control) -> asio::awaitable<result<boost::json::object>> {
            dump work(options, std::move(control));
            co_return co_await work.run();
        };
}

} // namespace headspace::daemon
