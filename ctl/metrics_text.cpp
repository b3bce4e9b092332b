#include "ctl/metrics_text.hpp"

#include <algorithm>

namespace headspace::ctl {

namespace {

std::string escaped(std::string_view value) {
    std::string out;
    for (const char c : value) {
        if (c == '\\' || c == '"')
            out += '\\';
        out += c == '\n' ? "\\n" : std::string(1, c);
    }
    return out;
}

} // namespace

std::string with_label(std::string_view page, std::string_view name, std::string_view value) {
    const std::string label = std::string(name) + "=\"" + escaped(value) + "\"";
    std::string out;
    while (!page.empty()) {
        const std::size_t end = std::min(page.find('\n'), page.size() - 1) + 1;
        const std::string_view line = page.substr(0, end);
        page.remove_prefix(end);
        const std::size_t split =
            line.starts_with('#') ? std::string_view::npos : line.find_first_of("{ ");
        if (split == std::string_view::npos) {
            out += line;
            continue;
        }
        const bool labelled = line[split] == '{';
        out.append(line.substr(0, split)).append("{").append(label);
        out += labelled ? ',' : '}';
        out += line.substr(labelled ? split + 1 : split);
    }
    return out;
}

std::string page_of_nobody() {
    return "# HELP headspace_up 1 while headspaced answers; headspacectl metrics --textfile writes "
           "0 when it does not.\n"
           "# TYPE headspace_up gauge\n"
           "headspace_up 0\n";
}

} // namespace headspace::ctl
