// doctor: everything between a person and a migrated database, a line each. Asks the daemon where
// it answers, and runs headspaced --probe where it does not.
#include "base/temporary_folder.hpp"
#include "base/version.hpp"
#include "ctl/commands.hpp"
#include "ctl/context.hpp"
#include "ctl/doctor_findings.hpp"

#include <CLI/CLI.hpp>
#include <boost/json.hpp>

#include <array>
#include <cerrno>
#include <filesystem>
#include <grp.h>
#include <memory>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace headspace::ctl {

namespace {

namespace json = boost::json;
using problems::finding;
using problems::verdict;

std::string user_name(uid_t id) {
    std::array<char, 4096> buffer{};
    passwd entry{};
    passwd* found = nullptr;
    const bool known =
        ::getpwuid_r(id, &entry, buffer.data(), buffer.size(), &found) == 0 && found != nullptr;
    return known ? entry.pw_name : std::to_string(id);
}

std::string group_name(gid_t id) {
    std::array<char, 4096> buffer{};
    group entry{};
    group* found = nullptr;
    const bool known =
        ::getgrgid_r(id, &entry, buffer.data(), buffer.size(), &found) == 0 && found != nullptr;
    return known ? entry.gr_name : std::to_string(id);
}

std::optional<socket_file> look_at(const std::string& path) {
    struct stat info {};
    if (path.empty() || ::stat(path.c_str(), &info) != 0)
        return std::nullopt;
    return socket_file{path, info.st_mode & 0777U, user_name(info.st_uid), group_name(info.st_gid)};
}

class examination {
public:
    examination(context& ctx, std::string env_file) : ctx_(ctx), env_file_(std::move(env_file)) {}

    void run() {
        const bool answers = ask_daemon();
        ask_systemd();
        if (!answers || !probe_by_daemon())
            probe_by_program();
        if (auto one = judge_unit(unit(), unit_shown_))
            add(std::move(*one));
        ctx_.show(findings_json(all_), render_findings(all_, ctx_.look()));
        ctx_.exit =
            problems::worst_of(all_) >= verdict::warn ? problems::exit_no : problems::exit_ok;
    }

private:
    void add(finding one) { all_.push_back(std::move(one)); }

    /// The socket and who answers there; false when nobody does.
    bool ask_daemon() {
        const auto version = ctx_.ask("GET", "/v1/version");
        if (!version) {
            const error& e = version.error();
            const bool closed = e.code == make_error_code(errc::socket_permission);
            add({closed ? "socket" : "daemon", verdict::fail, e.message, e.hint});
            return false;
        }
        const std::string path = ctx_.daemon->where();
        add(judge_socket(path, look_at(path)));
        add(judge_versions(headspace::version, text_of(*version, "version")));
        if (const auto status = ctx_.ask("GET", "/v1/status"))
            for (finding& one : judge_status(*status))
                add(std::move(one));
        return true;
    }

    /// False when the daemon is too old for it, or does not let us.
    bool probe_by_daemon() {
        const auto before = ctx_.timeout;
        ctx_.timeout = before.value_or(ctx_.times.probe_timeout);
        const auto answer = ctx_.ask("POST", "/v1/probe");
        ctx_.timeout = before;
        if (!answer) {
            add({"probe", verdict::warn, "the daemon does not probe: " + answer.error().message,
                 answer.error().hint});
            return false;
        }
        return take(*answer);
    }

    void probe_by_program() {
        if (!ctx_.run_program)
            return;
        std::vector<std::string> argv{"headspaced", "--probe"};
        std::string file = ctx_.options.config;
        if (file.empty() && !ctx_.options.instance.empty())
            file = "/etc/headspace/" + ctx_.options.instance + ".toml";
        if (!file.empty())
            argv.insert(argv.end(), {"--config", file});
        if (!env_file_.empty())
            argv.insert(argv.end(), {"--env-file", env_file_});
        const auto credentials = hand_over_credentials();
        if (credentials)
            argv.insert(argv.begin(),
                        {"env", "CREDENTIALS_DIRECTORY=" + credentials->path().string()});
        const auto ran = ctx_.run_program(argv, ctx_.timeout.value_or(ctx_.times.probe_timeout));
        if (!ran)
            return add({"probe", verdict::fail, ran.error().message, ran.error().hint});
        boost::system::error_code ec;
        const json::value answer = json::parse(ran->out, ec);
        if (ec || !take(answer))
            add({"probe", verdict::fail,
                 "headspaced --probe ended with " + std::to_string(ran->status) + " and no answer" +
                     (ran->err.empty() ? "" : ": " + ran->err),
                 "are headspaced and headspacectl of the same version?"});
    }

    bool take(const json::value& answer) {
        auto some = read_findings(answer);
        if (!some)
            return false;
        if (without_credential_)
            excuse_authentication(*some, unit());
        if (const std::string target = text_of(answer, "target"); !target.empty())
            add({"target", verdict::ok, target});
        all_.insert(all_.end(), some->begin(), some->end());
        return true;
    }

    [[nodiscard]] std::string unit() const {
        return ctx_.options.instance.empty() ? "headspaced.service"
                                             : "headspaced@" + ctx_.options.instance + ".service";
    }

    /// Only where systemd runs.
    void ask_systemd() {
        std::error_code ec;
        if (!ctx_.run_program || !std::filesystem::exists(ctx_.systemd_folder, ec))
            return;
        const auto shown =
            ctx_.run_program({"systemctl", "show", unit(),
                              "--property=LoadState,ActiveState,SubState,Result,NRestarts,"
                              "ExecMainStatus,StatusText"},
                             ctx_.times.request_timeout);
        if (shown && shown->status == 0)
            unit_shown_ = shown->out;
    }

    /// What the unit would give the daemon, for a probe of the unit's configuration: links to those
    /// of the files that we may read. Nothing where there is none.
    std::optional<temporary_folder> hand_over_credentials() {
        if (!ctx_.options.config.empty() || !judge_unit(unit(), unit_shown_))
            return std::nullopt;
        const auto files = ctx_.run_program({"systemctl", "cat", "--no-pager", unit()},
                                            ctx_.times.request_timeout);
        if (!files || files->status != 0)
            return std::nullopt;
        std::vector<unit_credential> all = credentials_of(files->out, ctx_.options.instance);
        std::erase_if(all, [](const unit_credential& one) {
            return one.name != "database_password" && one.name != "database_url";
        });
        std::error_code ec;
        for (unit_credential& one : all) {
            // A folder that may not be looked into hides whether it is there.
            one.there = ::access(one.path.c_str(), F_OK) == 0 || errno == EACCES;
            one.readable = ::access(one.path.c_str(), R_OK) == 0;
            without_credential_ |= one.there && !one.readable;
        }
        for (finding& one : judge_credentials(unit(), all))
            add(std::move(one));
        std::erase_if(all, [](const unit_credential& one) { return !one.readable; });
        if (all.empty())
            return std::nullopt;
        auto folder = temporary_folder::make({}, "headspace-doctor-");
        if (folder.has_error())
            return std::nullopt;
        for (const unit_credential& one : all)
            std::filesystem::create_symlink(one.path, folder->path() / one.name, ec);
        return std::move(*folder);
    }

    context& ctx_;
    std::string env_file_;
    findings all_;
    std::string unit_shown_;          // by systemctl, "" without systemd
    bool without_credential_ = false; // the unit has one that we may not read
};

} // namespace

void register_doctor(CLI::App& app, context& ctx) {
    auto env_file = std::make_shared<std::string>();
    CLI::App* command = app.add_subcommand(
        "doctor", "Looks at everything between you and the database; exit 1 when something is "
                  "wrong. Works without the daemon, too");
    command
        ->add_option("--env-file", *env_file,
                     "Without the daemon: variables, beside those of the environment")
        ->type_name("FILE");
    command->callback([&ctx, env_file] { examination(ctx, *env_file).run(); });
}

} // namespace headspace::ctl
