#include "revisions/import.hpp"

#include "base/text.hpp"
#include "revisions/files.hpp"
#include "revisions/names.hpp"

#include <algorithm>
#include <system_error>

namespace headspace::revisions {

namespace fs = std::filesystem;

namespace {

std::string name_of(const script& s, directory_format format) {
    const std::string old = shown_file(s.file);
    const auto parts = parse_file_name(old);
    const bool like_ours = format == directory_format::dbmate || format == directory_format::goose;
    if (like_ours && parts && parts->revision == s.revision)
        return old;
    return s.revision + "_" + slug_of(s.slug) + ".sql";
}

std::vector<std::string> sources_of(const script& s) {
    std::vector<std::string> out{shown_file(s.file)};
    if (s.down && !s.down->file.empty() && s.down->file != s.file)
        out.push_back(shown_file(s.down->file));
    return out;
}

/// The header goes below the message, which is the first comment.
std::string with_parents(const std::string& text, const revision_list& parents) {
    const std::string header =
        "-- headspace:parent " + (parents.empty() ? "base" : join(parents, ",")) + "\n";
    const bool message = text.starts_with("-- ") && !text.starts_with("-- migrate:");
    const std::size_t at = message ? text.find('\n') + 1 : 0;
    return text.substr(0, at) + header + text.substr(at);
}

/// Where the numbers alone would say something else, the files say who follows whom.
void state_parents(std::vector<imported_file>& files, const graph& wanted) {
    std::vector<script> read;
    for (const imported_file& file : files)
        if (auto s = parse_script(file.name, file.text))
            read.push_back(std::move(*s));
    const graph_report natural = build_graph(std::move(read));
    for (imported_file& file : files) {
        const script* is = natural.graph.find(file.revision);
        const revision_list& parents = wanted.find(file.revision)->parents;
        if (is == nullptr || is->parents != parents)
            file.text = with_parents(file.text, parents);
    }
}

void add_repeatables(native_files& out, const directory& d, wall_time now) {
    revision_list before = d.graph.heads();
    revision_set taken;
    for (const script& s : d.graph.scripts())
        taken.insert(s.revision);
    for (const script& s : d.repeatables) {
        const std::string revision = next_revision_id(now, before, taken);
        taken.insert(revision);
        out.files.push_back({sources_of(s), revision + "_" + slug_of(s.slug) + ".sql", revision,
                             with_parents(s.text, before)});
        out.notes.push_back(shown_file(s.file) +
                            " is an ordinary revision now: a change of it is a new revision");
        before = {revision};
    }
}

error in_the_way(const fs::path& path, std::string what, std::string hint) {
    error e = make_error(errc::conflict_here, error_class::refuse, path.string() + std::move(what),
                         std::move(hint));
    e.file = path.string();
    return e;
}

result<directory> read_source(const fs::path& from, directory_format format) {
    result<directory> d = read_directory(from, format);
    if (!d)
        return d;
    if (!d->problems.empty())
        return d->first_problem();
    if (d->is_native())
        return in_the_way(from, " is in headspace's own format already",
                          "import reads directories of dbmate, golang-migrate, goose, Flyway and "
                          "diesel");
    return d;
}

result<void> write_all(const std::vector<imported_file>& files, const fs::path& to) {
    const fs::path versions = to / "versions";
    std::vector<script> scripts;
    std::vector<fs::path> written;
    const auto undo = [&](const error& why) {
        std::error_code ignored;
        for (const fs::path& file : written)
            fs::remove(file, ignored);
        return why;
    };
    for (const imported_file& file : files) {
        auto s = parse_script(file.name, file.text);
        if (!s)
            return undo(s.error());
        scripts.push_back(std::move(*s));
        if (const auto done = write_whole_file(versions / file.name, file.text, when_there::refuse);
            !done)
            return undo(done.error());
        written.push_back(versions / file.name);
    }
    if (const auto sum =
            write_whole_file(to / sum_file_name, compute_sum(scripts), when_there::replace);
        !sum)
        return undo(sum.error());
    return {};
}

} // namespace

native_files in_native_format(const directory& d, wall_time now) {
    native_files out;
    out.notes = d.notes;
    for (const script& s : d.graph.scripts())
        out.files.push_back({sources_of(s), name_of(s, d.format), s.revision, s.text});
    state_parents(out.files, d.graph);
    if (d.baseline)
        out.notes.push_back(shown_file(d.baseline->file) +
                            " is left out: the versions that it replaces are there");
    add_repeatables(out, d, now);
    return out;
}

result<native_files> import_directory(const fs::path& from, directory_format format,
                                      const fs::path& to, wall_time now) {
    const result<directory> source = read_source(from, format);
    if (!source)
        return source.error();
    std::error_code ec;
    if (fs::exists(to, ec) && fs::equivalent(from, to, ec))
        return in_the_way(to, " is the folder that is read",
                          "name a new or an empty folder with -d");
    if (const auto made = init_directory(to); !made)
        return made.error();
    const result<folder_lock> lock = folder_lock::take(to);
    if (!lock)
        return lock.error();
    const result<directory> target = read_directory(to, directory_format::native);
    if (!target)
        return target.error();
    if (!target->problems.empty() || !target->graph.empty())
        return in_the_way(to, " has revisions already", "name a new or an empty folder with -d");
    native_files out = in_native_format(*source, now);
    if (const auto written = write_all(out.files, to); !written)
        return written.error();
    return out;
}

} // namespace headspace::revisions
