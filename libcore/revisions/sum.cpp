#include "revisions/sum.hpp"

#include "base/text.hpp"
#include "revisions/lexer.hpp"
#include "revisions/sha256.hpp"

#include <algorithm>
#include <map>
#include <set>

namespace headspace::revisions {

namespace {

constexpr std::string_view first_line = "headspace.sum 1";
constexpr std::string_view checksum_prefix = "sha256:";
constexpr std::string_view chain_prefix = "chain:";

std::string next_in_chain(std::string_view before, std::string_view file,
                          std::string_view checksum) {
    std::string link(before);
    link += ' ';
    link += file;
    link += ' ';
    link += checksum;
    link += '\n';
    return sha256_hex(link);
}

bool is_digest(std::string_view text) {
    return text.size() == 64 && std::all_of(text.begin(), text.end(), [](char c) {
               return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
           });
}

std::vector<const script*> by_version(const std::vector<script>& scripts) {
    std::vector<const script*> order;
    for (const script& s : scripts)
        order.push_back(&s);
    std::sort(order.begin(), order.end(), [](const script* a, const script* b) {
        return version_less(a->revision, b->revision);
    });
    return order;
}

/// "FILE sha256:HEX chain:HEX" from the right, since a file's name may hold blanks.
bool parse_line(std::string_view text, sum_line& line) {
    const std::size_t chain = text.rfind(' ');
    if (chain == std::string_view::npos || chain == 0)
        return false;
    const std::size_t checksum = text.rfind(' ', chain - 1);
    if (checksum == std::string_view::npos || checksum == 0)
        return false;
    const std::string_view second = text.substr(checksum + 1, chain - checksum - 1);
    const std::string_view third = text.substr(chain + 1);
    if (!second.starts_with(checksum_prefix) || !third.starts_with(chain_prefix))
        return false;
    line.file = text.substr(0, checksum);
    line.checksum = second.substr(checksum_prefix.size());
    line.chain = third.substr(chain_prefix.size());
    return is_digest(line.checksum) && is_digest(line.chain);
}

} // namespace

std::string sum_difference::text() const {
    std::string out = std::string(sum_file_name) + ":" + std::to_string(line) + ": " + file;
    switch (what) {
    case kind::added:
        return out + " is missing there";
    case kind::edited:
        return out + " was edited";
    case kind::removed:
        return out + " was removed";
    case kind::reordered:
        return out + " does not continue the lines before it";
    }
    return out;
}

std::string compute_sum(const std::vector<script>& scripts) {
    std::string out(first_line);
    out += '\n';
    std::string chain;
    for (const script* s : by_version(scripts)) {
        chain = next_in_chain(chain, s->file, s->checksum);
        out += s->file;
        out += ' ';
        out += checksum_prefix;
        out += s->checksum;
        out += ' ';
        out += chain_prefix;
        out += chain;
        out += '\n';
    }
    return out;
}

result<std::vector<sum_line>> parse_sum(std::string_view text) {
    const std::string lf = normalised(text);
    std::vector<std::string> lines = split(lf, '\n');
    if (lines.back().empty())
        lines.pop_back();
    const std::string hint = "write it anew with `headspacectl db hash`";
    if (lines.empty() || lines.front() != first_line)
        return malformed(sum_file_name, 1,
                         "the first line is not `" + std::string(first_line) + "`", hint);
    std::vector<sum_line> found;
    for (std::size_t i = 1; i < lines.size(); ++i) {
        const auto number = static_cast<std::uint32_t>(i + 1);
        const std::string_view line = lines[i];
        if (line.starts_with("<<<<<<<") || line.starts_with("=======") ||
            line.starts_with(">>>>>>>"))
            return malformed(
                sum_file_name, number, "a conflict that Git left",
                "two branches added revisions: look at `headspacectl db heads`, then " + hint);
        sum_line parsed;
        parsed.line = number;
        if (!parse_line(line, parsed))
            return malformed(sum_file_name, number, "not `FILE sha256:... chain:...`", hint);
        found.push_back(std::move(parsed));
    }
    return found;
}

std::vector<sum_difference> compare_sum(const std::vector<sum_line>& sum,
                                        const std::vector<script>& scripts) {
    std::vector<sum_difference> found;
    std::map<std::string_view, const script*> files;
    for (const script& s : scripts)
        files.emplace(s.file, &s);
    std::string chain;
    for (const sum_line& line : sum) {
        const auto file = files.find(line.file);
        if (file == files.end())
            found.push_back({sum_difference::kind::removed, line.file, line.line});
        else if (file->second->checksum != line.checksum)
            found.push_back({sum_difference::kind::edited, line.file, line.line});
        else if (next_in_chain(chain, line.file, line.checksum) != line.chain)
            found.push_back({sum_difference::kind::reordered, line.file, line.line});
        chain = line.chain;
    }
    std::set<std::string_view> listed;
    for (const sum_line& line : sum)
        listed.insert(line.file);
    for (const script* s : by_version(scripts)) {
        if (listed.contains(s->file))
            continue;
        std::uint32_t line = 2; // behind the last line of a file that comes before it
        for (const sum_line& known : sum)
            if (const auto file = files.find(known.file);
                file != files.end() && version_less(file->second->revision, s->revision))
                line = std::max(line, known.line + 1);
        found.push_back({sum_difference::kind::added, s->file, line});
    }
    std::stable_sort(found.begin(), found.end(),
                     [](const auto& a, const auto& b) { return a.line < b.line; });
    return found;
}

} // namespace headspace::revisions
