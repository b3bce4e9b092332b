#include "ctl/lint_render.hpp"

#include "base/text.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <array>

namespace headspace::ctl {

using lint::finding;
using lint::severity;

namespace {

tone tone_of(severity level) {
    return level >= severity::warning ? tone::bad : tone::faint;
}

std::string_view github_word(severity level) {
    switch (level) {
    case severity::error:
        return "error";
    case severity::warning:
        return "warning";
    default:
        return "notice";
    }
}

/// What would end a workflow command, or a property of one, is percent-encoded.
std::string escaped(std::string_view text, bool property) {
    std::string out;
    for (const char c : text) {
        if (c == '%')
            out += "%25";
        else if (c == '\r')
            out += "%0D";
        else if (c == '\n')
            out += "%0A";
        else if (property && c == ':')
            out += "%3A";
        else if (property && c == ',')
            out += "%2C";
        else
            out += c;
    }
    return out;
}

std::string count(std::size_t n, std::string_view word) {
    return std::to_string(n) + " " + std::string(word) + (n == 1 ? "" : "s");
}

} // namespace

std::string render_finding(const finding& f, const style& look) {
    std::string text = f.file + ":" + std::to_string(f.line) + ":" + std::to_string(f.column) +
                       ": " + look.paint(tone_of(f.level), lint::name_of(f.level)) + " " + f.rule +
                       ": " + f.message() + "\n";
    if (!f.remedy.empty())
        text += "    " + f.remedy + "\n";
    return text;
}

std::string render_count(std::span<const finding> findings, std::size_t files) {
    std::vector<std::string> parts;
    for (const auto& [level, word] :
         {std::pair(severity::error, "error"), std::pair(severity::warning, "warning"),
          std::pair(severity::info, "hint"), std::pair(severity::note, "note")}) {
        const auto n =
            std::count_if(findings.begin(), findings.end(),
                          [level = level](const finding& f) { return f.level == level; });
        if (n > 0)
            parts.push_back(count(static_cast<std::size_t>(n), word));
    }
    return (parts.empty() ? "nothing found" : join(parts, ", ")) + " in " + count(files, "file") +
           "\n";
}

boost::json::array findings_json(std::span<const finding> findings) {
    boost::json::array list;
    for (const finding& f : findings)
        list.push_back(boost::json::object{{"file", f.file},
                                           {"line", f.line},
                                           {"column", f.column},
                                           {"severity", lint::name_of(f.level)},
                                           {"rule", f.rule},
                                           {"message", f.message()},
                                           {"remedy", f.remedy},
                                           {"revision", f.revision},
                                           {"direction", f.down ? "down" : "up"}});
    return list;
}

std::string render_github(const finding& f) {
    const std::string message = f.message() + (f.remedy.empty() ? "" : "\n" + f.remedy);
    return "::" + std::string(github_word(f.level)) + " file=" + escaped(f.file, true) +
           ",line=" + std::to_string(f.line) + ",col=" + std::to_string(f.column) +
           ",title=" + escaped(f.rule, true) + "::" + escaped(message, false) + "\n";
}

std::string render_github(const error& e) {
    std::string where;
    if (!e.file.empty())
        where = " file=" + escaped(e.file, true) +
                (e.line > 0 ? ",line=" + std::to_string(e.line) : "");
    return "::error" + where +
           "::" + escaped(e.message + (e.hint.empty() ? "" : "\n" + e.hint), false) + "\n";
}

std::string render_rules(std::span<const lint::rule_summary> rules) {
    std::size_t width = 0;
    for (const lint::rule_summary& one : rules)
        width = std::max(width, one.name.size());
    std::string text;
    for (const lint::rule_summary& one : rules) {
        std::string level(lint::name_of(one.level));
        if (one.on_request)
            level = "on request";
        text += std::string(one.name) + std::string(width + 2 - one.name.size(), ' ') + level +
                std::string(12 - level.size(), ' ') + std::string(one.why) + "\n";
    }
    return text;
}

} // namespace headspace::ctl
