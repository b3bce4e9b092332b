#include "ctl/doctor_findings.hpp"

#include "base/text.hpp"
#include "ctl/table.hpp"

#include <boost/json.hpp>

#include <map>

namespace headspace::ctl {

namespace json = boost::json;
using problems::finding;
using problems::verdict;

namespace {

constexpr unsigned group_writes = 0020;
constexpr unsigned others_write = 0002;

std::string octal(unsigned mode) {
    std::string out = "0000";
    for (std::size_t place = 4; place-- > 1; mode >>= 3U)
        out[place] = static_cast<char>('0' + (mode & 7U));
    return out;
}

std::string who_may(const socket_file& file) {
    if ((file.mode & others_write) != 0)
        return "everybody may use it";
    if ((file.mode & group_writes) != 0)
        return file.owner + " and the group " + file.group + " may use it";
    return "only " + file.owner + " and root may use it";
}

std::optional<verdict> verdict_of(const std::string& text) {
    for (const verdict one : {verdict::ok, verdict::skipped, verdict::warn, verdict::fail})
        if (problems::to_string(one) == text)
            return one;
    return std::nullopt;
}

/// What a server said must not steer the terminal.
std::string printable(std::string text) {
    for (char& c : text)
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F)
            c = c == '\n' ? ' ' : '?';
    return text;
}

tone tone_of(verdict how) {
    switch (how) {
    case verdict::ok:
        return tone::good;
    case verdict::skipped:
        return tone::faint;
    case verdict::warn:
        return tone::plain;
    case verdict::fail:
        break;
    }
    return tone::bad;
}

std::map<std::string, std::string, std::less<>> properties(std::string_view shown) {
    std::map<std::string, std::string, std::less<>> out;
    for (const std::string& line : split(shown, '\n'))
        if (const auto equals = line.find('='); equals != std::string::npos)
            out[line.substr(0, equals)] = line.substr(equals + 1);
    return out;
}

} // namespace

finding judge_socket(const std::string& path, const std::optional<socket_file>& file) {
    if (!file)
        return {"socket", verdict::ok, path};
    finding out{"socket", verdict::ok,
                path + " (mode " + octal(file->mode) + ", " + file->owner + ":" + file->group +
                    "): " + who_may(*file)};
    if ((file->mode & others_write) != 0) {
        out.how = verdict::warn;
        out.remedy = "set admin.mode = \"0660\", and admin.group to who may";
    }
    return out;
}

finding judge_versions(std::string_view ours, const std::string& theirs) {
    if (theirs == ours)
        return {"daemon", verdict::ok, "headspaced " + theirs + " answers"};
    return {"daemon", verdict::warn,
            "headspaced is " + (theirs.empty() ? "of an unknown version" : theirs) +
                ", headspacectl is " + std::string(ours),
            "systemctl restart headspaced, if it was upgraded without"};
}

findings judge_status(const json::value& status) {
    findings out;
    const json::value* reload = member(status, "last_reload");
    const json::value* ok = reload == nullptr ? nullptr : member(*reload, "ok");
    if (ok != nullptr && ok->is_bool() && !ok->get_bool())
        out.push_back({"configuration", verdict::warn,
                       "the last reload was refused, the old configuration is in force: " +
                           text_of(*reload, "error"),
                       "headspaced --check-config, then headspacectl reload"});
    if (const std::string stale = stale_primaries(status); !stale.empty())
        out.push_back({"failover", verdict::warn, stale,
                       "rebuild it as a standby or take it out of the hosts; headspaced(8), "
                       "\"A failover\""});
    if (const auto crashes = count_of(status, "crashes"); crashes > 0)
        out.push_back({"daemon", verdict::warn,
                       "crashed " + std::to_string(crashes) + (crashes == 1 ? " time" : " times") +
                           " since " + text_of(status, "started"),
                       "journalctl -u headspaced"});
    return out;
}

std::optional<finding> judge_unit(const std::string& unit, std::string_view shown) {
    const auto all = properties(shown);
    const auto value = [&](std::string_view key) {
        const auto found = all.find(key);
        return found == all.end() ? std::string() : found->second;
    };
    if (value("LoadState") != "loaded")
        return std::nullopt;
    const std::string state = value("ActiveState");
    finding out{"systemd", verdict::ok, unit + " is " + state};
    if (const std::string sub = value("SubState"); !sub.empty())
        out.text += " (" + sub + ")";
    if (const std::string said = value("StatusText"); !said.empty())
        out.text += ": " + said;
    const std::string restarts = value("NRestarts");
    if (!restarts.empty() && restarts != "0")
        out.text += "; restarted " + restarts + " times";
    if (state == "failed") {
        out.how = verdict::fail;
        const std::string status = value("ExecMainStatus");
        out.text += "; result " + value("Result") + ", exit status " + status;
        out.remedy = status == "78" ? "headspaced --check-config, then systemctl restart " + unit
                                    : "journalctl -u " + unit + ", then systemctl restart " + unit;
    } else if (state != "active") {
        out.how = verdict::warn;
        out.remedy = "systemctl start " + unit;
    }
    return out;
}

std::vector<unit_credential> credentials_of(std::string_view files, const std::string& instance) {
    constexpr std::string_view key = "LoadCredential=";
    std::vector<unit_credential> out;
    for (const std::string& line : split(files, '\n')) {
        if (!line.starts_with(key))
            continue;
        std::string value(trim(std::string_view(line).substr(key.size())));
        if (value.empty()) // begins anew
            out.clear();
        for (const std::string_view specifier : {"%i", "%I"})
            if (const auto at = value.find(specifier); at != std::string::npos)
                value.replace(at, specifier.size(), instance);
        const auto colon = value.find(':');
        if (colon == std::string::npos)
            continue;
        const std::string name = value.substr(0, colon);
        std::erase_if(out, [&](const unit_credential& one) { return one.name == name; });
        if (value.compare(colon + 1, 1, "/") == 0)
            out.push_back({name, value.substr(colon + 1)});
    }
    return out;
}

findings judge_credentials(const std::string& unit, const std::vector<unit_credential>& all) {
    findings out;
    for (const unit_credential& one : all) {
        finding f{"credential", verdict::ok, one.name + " from " + one.path + ", as " + unit};
        if (!one.there)
            f.text = unit + " would take " + one.name + " from " + one.path +
                     ", which is not there: no password of its own";
        else if (!one.readable) {
            f.how = verdict::warn;
            f.text = unit + " takes " + one.name + " from " + one.path +
                     ", which you may not read: what follows was asked without it";
            f.remedy = "sudo headspacectl doctor, or systemctl start " + unit;
        }
        out.push_back(std::move(f));
    }
    return out;
}

void excuse_authentication(findings& found, const std::string& unit) {
    for (finding& one : found)
        if (one.sqlstate == "28P01" && one.how == verdict::fail) {
            one.how = verdict::warn;
            one.text += "; asked without the credential of " + unit;
            one.remedy = "sudo headspacectl doctor asks with it";
        }
}

std::optional<findings> read_findings(const json::value& answer) {
    const json::value* checks = member(answer, "checks");
    if (checks == nullptr || !checks->is_array())
        return std::nullopt;
    findings out;
    for (const json::value& one : checks->get_array()) {
        const auto how = verdict_of(text_of(one, "status"));
        if (!how)
            return std::nullopt;
        out.push_back({text_of(one, "name"), *how, text_of(one, "text"), text_of(one, "remedy"),
                       text_of(one, "sqlstate")});
    }
    return out;
}

std::string render_findings(const findings& all, const style& look) {
    table rows({{.head = ""}, {.head = ""}, {.head = "", .when = narrow::wrap, .least = 30}});
    std::size_t warned = 0;
    std::size_t failed = 0;
    for (const finding& one : all) {
        warned += one.how == verdict::warn ? 1U : 0U;
        failed += one.how == verdict::fail ? 1U : 0U;
        rows.row({look.paint(tone_of(one.how), problems::to_string(one.how)), one.name,
                  printable(one.text)});
        if (!one.remedy.empty())
            rows.row({"", "", "-> " + printable(one.remedy)});
    }
    const std::string sum = warned + failed == 0
                                ? "nothing is wrong"
                                : std::to_string(failed) + " failed, " + std::to_string(warned) +
                                      (warned == 1 ? " warning" : " warnings");
    return rows.text(look.width) + sum + "\n";
}

json::value findings_json(const findings& all) {
    json::array checks;
    for (const finding& one : all) {
        json::object out{
            {"name", one.name}, {"status", problems::to_string(one.how)}, {"text", one.text}};
        if (!one.remedy.empty())
            out["remedy"] = one.remedy;
        if (!one.sqlstate.empty())
            out["sqlstate"] = one.sqlstate;
        checks.push_back(std::move(out));
    }
    const verdict worst = problems::worst_of(all);
    return {{"status", problems::to_string(worst == verdict::skipped ? verdict::ok : worst)},
            {"checks", std::move(checks)}};
}

} // namespace headspace::ctl
