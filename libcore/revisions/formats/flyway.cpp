// Flyway: V (versioned), U (its undo), R (repeatable) and B (baseline) files, in folders too, in
// the numeric order of their version's parts. FILE.sql.conf may say executeInTransaction and
// placeholderReplacement. What Flyway puts in for ${...} is known to it alone: refused by name.
// Source: ResourceNameParser and MigrationVersion of flyway/flyway.
#include "base/text.hpp"
#include "revisions/formats/names.hpp"
#include "revisions/formats/native_text.hpp"
#include "revisions/graph.hpp"
#include "revisions/lexer.hpp"

#include <algorithm>
#include <map>

namespace headspace::revisions {

namespace {

struct named {
    const foreign_file* file = nullptr;
    flyway_file_name name;
};

struct by_number {
    bool operator()(const std::string& a, const std::string& b) const {
        return !same_version(a, b) && version_less(a, b);
    }
};

using by_version = std::map<std::string, named, by_number>;

struct sorted_files {
    by_version versioned;
    by_version undo;
    by_version baselines;
    std::map<std::string, named> repeatables;            // by description
    std::map<std::string, const foreign_file*> settings; // of the file that they are for
};

struct file_settings {
    std::optional<bool> transaction;
    bool placeholders = true;
};

result<file_settings> read_settings(const foreign_file* file) {
    file_settings out;
    if (!file)
        return out;
    const auto values = read_key_values(*file);
    if (!values)
        return values.error();
    for (const key_value& one : *values) {
        if (one.key == "encoding" && to_lower(one.value) == "utf-8")
            continue;
        if (one.key != "executeInTransaction" && one.key != "placeholderReplacement")
            return malformed(file->path, one.line,
                             "headspaced does not know " + one.key + " = " + one.value,
                             "it knows executeInTransaction, placeholderReplacement and "
                             "encoding = UTF-8");
        const auto value = read_bool(one, file->path);
        if (!value)
            return value.error();
        if (one.key == "executeInTransaction")
            out.transaction = *value;
        else
            out.placeholders = *value;
    }
    return out;
}

std::optional<error> placeholder_in(const foreign_half& half) {
    std::uint32_t line = 0;
    for (const std::string& text : split(half.text, '\n')) {
        ++line;
        const std::size_t begin = text.find("${");
        const std::size_t end = begin == std::string::npos ? begin : text.find('}', begin);
        if (end == std::string::npos)
            continue;
        return malformed(half.path, line,
                         "Flyway's placeholder " + text.substr(begin, end - begin + 1),
                         "write the value itself; where it is no placeholder, say "
                         "placeholderReplacement=false in " +
                             half.path + ".conf");
    }
    return {};
}

result<foreign_half> half_of(const named& which, const sorted_files& all) {
    auto half = whole_file(*which.file);
    if (!half)
        return half.error();
    const auto found = all.settings.find(which.file->path);
    const auto settings = read_settings(found == all.settings.end() ? nullptr : found->second);
    if (!settings)
        return settings.error();
    half->transaction = settings->transaction;
    if (settings->placeholders)
        if (auto problem = placeholder_in(*half))
            return *problem;
    return half;
}

result<script> script_of(const std::string& revision, const named& up, const named* down,
                         const sorted_files& all) {
    foreign_revision out;
    out.revision = revision;
    out.description = up.name.description;
    auto half = half_of(up, all);
    if (!half)
        return half.error();
    out.up = std::move(*half);
    if (down) {
        auto undo = half_of(*down, all);
        if (!undo)
            return undo.error();
        out.down = std::move(*undo);
    }
    return to_script(std::move(out));
}

void add_version(by_version& to, const named& which, foreign_reading& out) {
    const auto [place, fresh] = to.emplace(which.name.version, which);
    if (!fresh)
        out.problems.push_back(
            same_version_twice(which.file->path, place->second.file->path,
                               std::string(1, which.name.prefix) + which.name.version));
}

void sort_file(const foreign_file& file, sorted_files& all, foreign_reading& out) {
    constexpr std::string_view settings = ".conf";
    if (file.path.ends_with(".sql.conf")) {
        all.settings.emplace(file.path.substr(0, file.path.size() - settings.size()), &file);
        return;
    }
    std::string wrong;
    const auto name = flyway_name(file.name(), &wrong);
    if (!wrong.empty()) {
        error e = make_error(errc::malformed_file, error_class::refuse, file.path + ": " + wrong,
                             "a name is V1_2__what_it_does.sql or R__what_it_does.sql");
        e.file = file.path;
        out.problems.push_back(std::move(e));
        return;
    }
    if (!name) {
        if (file.path.ends_with(".sql"))
            out.notes.push_back(file.path + " is none of Flyway's migrations and is not run; its "
                                            "callbacks are not run either");
        return;
    }
    const named which{&file, *name};
    switch (name->prefix) {
    case 'V':
        return add_version(all.versioned, which, out);
    case 'U':
        return add_version(all.undo, which, out);
    case 'B':
        return add_version(all.baselines, which, out);
    default:
        break;
    }
    const auto [place, fresh] = all.repeatables.emplace(name->description, which);
    if (!fresh)
        out.problems.push_back(
            same_version_twice(file.path, place->second.file->path, "R " + name->description));
}

/// The newest baseline: a revision like others where nothing that it replaces is left.
void read_baseline(const sorted_files& all, foreign_reading& out) {
    if (all.baselines.empty())
        return;
    const auto& [version, which] = *all.baselines.rbegin();
    out.baseline_version = version;
    auto s = script_of(version, which, nullptr, all);
    if (!s) {
        out.problems.push_back(s.error());
        return;
    }
    const auto after = all.versioned.upper_bound(version);
    if (after == all.versioned.begin()) {
        out.scripts.push_back(std::move(*s));
        return;
    }
    out.baseline_for = std::prev(after)->first;
    out.baseline = std::move(*s);
}

void check_undo(const sorted_files& all, foreign_reading& out) {
    for (const auto& [version, which] : all.undo) {
        const bool replaced =
            !out.baseline_version.empty() && !version_less(out.baseline_version, version);
        if (!all.versioned.contains(version) && !replaced)
            out.problems.push_back(malformed(which.file->path, 1,
                                             "there is no V" + version + " that it could undo",
                                             "delete it, or restore the file of the version"));
    }
}

} // namespace

foreign_reading read_flyway(const std::vector<foreign_file>& files) {
    foreign_reading out;
    sorted_files all;
    for (const foreign_file& file : files)
        sort_file(file, all, out);
    const auto add = [&](std::vector<script>& to, result<script> s) {
        if (s)
            to.push_back(std::move(*s));
        else
            out.problems.push_back(s.error());
    };
    for (const auto& [version, which] : all.versioned) {
        const auto undo = all.undo.find(version);
        add(out.scripts,
            script_of(version, which, undo == all.undo.end() ? nullptr : &undo->second, all));
    }
    read_baseline(all, out);
    check_undo(all, out);
    for (const auto& [description, which] : all.repeatables)
        add(out.repeatables, script_of("R__" + description, which, nullptr, all));
    return out;
}

} // namespace headspace::revisions
