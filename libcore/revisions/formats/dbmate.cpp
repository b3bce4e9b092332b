// dbmate: our own format is a superset of it, so its files are read by the same parser. What is
// different: files lie in the directory itself, their names say the order, options that nobody
// knows are legal.
#include "base/text.hpp"
#include "revisions/formats/names.hpp"
#include "revisions/formats/native_text.hpp"
#include "revisions/graph.hpp"

#include <algorithm>

namespace headspace::revisions {

namespace {

bool is_ours(std::string_view option) {
    return option.starts_with("transaction:") || option.starts_with("lock_timeout:");
}

/// A directive line without the options that only dbmate accepts; any other line as it is.
std::string plain_directive(const std::string& line) {
    if (!line.starts_with("--"))
        return line;
    const std::string_view body = trim(std::string_view(line).substr(2));
    if (!body.starts_with("migrate:up") && !body.starts_with("migrate:down"))
        return line;
    std::string kept;
    bool dropped = false;
    std::size_t n = 0;
    for (const std::string& word : split(std::string(body), ' ')) {
        if (word.empty())
            continue;
        if (n++ == 0 || is_ours(word))
            kept += (kept.empty() ? "-- " : " ") + word;
        else
            dropped = true;
    }
    return dropped ? kept : line;
}

std::string without_unknown_options(const std::string& text) {
    std::vector<std::string> lines = split(text, '\n');
    for (std::string& line : lines)
        line = plain_directive(line);
    return join(lines, "\n");
}

/// In the order of names, where that is not the one of the numbers.
void chain(std::vector<script>& scripts) {
    const bool stated = std::any_of(scripts.begin(), scripts.end(),
                                    [](const script& s) { return s.stated_parents.has_value(); });
    const bool numeric =
        std::is_sorted(scripts.begin(), scripts.end(), [](const script& a, const script& b) {
            return version_less(a.revision, b.revision);
        });
    if (stated || numeric)
        return;
    for (std::size_t i = 0; i < scripts.size(); ++i) {
        scripts[i].stated_parents.emplace();
        if (i > 0)
            scripts[i].stated_parents->push_back(scripts[i - 1].revision);
    }
}

} // namespace

foreign_reading read_dbmate(const std::vector<foreign_file>& files) {
    foreign_reading out;
    std::vector<const foreign_file*> ordered;
    for (const foreign_file& file : files)
        if (file.folder().empty() && dbmate_version(file.path))
            ordered.push_back(&file);
    std::sort(ordered.begin(), ordered.end(),
              [](const foreign_file* a, const foreign_file* b) { return a->path < b->path; });
    for (const foreign_file* file : ordered) {
        auto s = parse_script("./" + file->path, without_unknown_options(normalised(file->bytes)));
        if (!s) {
            out.problems.push_back(s.error());
            continue;
        }
        s->revision = *dbmate_version(file->path);
        out.scripts.push_back(std::move(*s));
    }
    chain(out.scripts);
    return out;
}

} // namespace headspace::revisions
