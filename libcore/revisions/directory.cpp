#include "revisions/directory.hpp"

#include "revisions/files.hpp"
#include "revisions/formats/detect.hpp"
#include "revisions/names.hpp"

#include <algorithm>
#include <cerrno>
#include <system_error>

namespace headspace::revisions {

namespace fs = std::filesystem;

namespace {

bool is_migration_name(std::string_view name) {
    return !name.starts_with('.') && !name.starts_with('#') && name.ends_with(".sql");
}

error no_directory(const fs::path& path, std::string what) {
    error e = make_error(errc::no_migrations_directory, error_class::refuse, std::move(what),
                         "make one with `headspacectl db init`, or name another: -d, "
                         "HEADSPACE_MIGRATIONS, or migrations.directory of the daemon");
    e.file = path.string();
    return e;
}

error nothing_in(const fs::path& path) {
    return no_directory(path, path.string() + " holds neither versions/ nor " +
                                  std::string(sum_file_name) + ": it is no migrations directory");
}

/// Names in the folder that are migrations, sorted; none when there is no such folder.
result<std::vector<std::string>> migration_names(const fs::path& folder) {
    std::vector<std::string> names;
    std::error_code ec;
    fs::directory_iterator entry(folder, ec);
    if (ec == std::errc::no_such_file_or_directory)
        return names;
    for (; !ec && entry != fs::directory_iterator{}; entry.increment(ec)) {
        std::string name = entry->path().filename().string();
        if (is_migration_name(name))
            names.push_back(std::move(name));
    }
    if (ec)
        return folder_error("read", folder, ec.value());
    std::sort(names.begin(), names.end());
    return names;
}

std::vector<script> read_scripts(const fs::path& versions, const std::vector<std::string>& names,
                                 std::vector<error>& problems) {
    std::vector<script> scripts;
    for (const std::string& name : names) {
        const result<std::string> text = read_whole_file(versions / name, shown_file(name));
        result<script> s = text ? parse_script(name, *text) : result<script>(text.error());
        if (s) {
            scripts.push_back(std::move(*s));
            continue;
        }
        problems.push_back(s.error());
        // A place holder, so that its children are not reported as orphans as well.
        if (const auto parts = parse_file_name(name)) {
            script broken;
            broken.revision = parts->revision;
            broken.file = name;
            scripts.push_back(std::move(broken));
        }
    }
    return scripts;
}

void read_sum(directory& d) {
    std::error_code ec;
    const fs::path file = d.path / sum_file_name;
    if (!fs::exists(file, ec) && !ec)
        return;
    const result<std::string> text = read_whole_file(file, sum_file_name);
    if (!text) {
        d.sum_problem = text.error();
        return;
    }
    result<std::vector<sum_line>> lines = parse_sum(*text);
    if (lines)
        d.sum = std::move(*lines);
    else
        d.sum_problem = lines.error();
}

/// The files of another tool's directory, without what begins with a dot; those that no format
/// reads have no bytes.
result<std::vector<foreign_file>> foreign_files(const fs::path& path,
                                                std::vector<error>& problems) {
    std::vector<foreign_file> files;
    std::error_code ec;
    fs::recursive_directory_iterator entry(path, ec);
    for (; !ec && entry != fs::recursive_directory_iterator{}; entry.increment(ec)) {
        std::error_code ignored;
        if (entry->path().filename().string().starts_with('.')) {
            entry.disable_recursion_pending();
            continue;
        }
        if (entry->is_directory(ignored))
            continue;
        foreign_file file{entry->path().lexically_relative(path).generic_string(), {}};
        if (is_text(file.path)) {
            auto bytes = read_whole_file(entry->path(), file.path);
            if (bytes)
                file.bytes = std::move(*bytes);
            else
                problems.push_back(bytes.error());
        }
        files.push_back(std::move(file));
    }
    if (ec)
        return folder_error("read", path, ec.value());
    std::sort(files.begin(), files.end(),
              [](const foreign_file& a, const foreign_file& b) { return a.path < b.path; });
    return files;
}

result<directory> read_foreign_directory(const fs::path& path, directory_format format) {
    directory d;
    d.path = path;
    const auto files = foreign_files(path, d.problems);
    if (!files)
        return files.error();
    if (format == directory_format::automatic) {
        const auto detected = detect(*files, path.string());
        if (!detected)
            return detected.error();
        format = *detected;
    }
    if (format == directory_format::automatic)
        return nothing_in(path);
    d.format = format;
    foreign_reading read = read_foreign(format, *files);
    d.problems.insert(d.problems.end(), read.problems.begin(), read.problems.end());
    d.notes = std::move(read.notes);
    if (!d.problems.empty())
        return d;
    graph_report report = build_graph(std::move(read.scripts));
    d.problems = std::move(report.problems);
    d.graph = std::move(report.graph);
    d.repeatables = std::move(read.repeatables);
    d.baseline = std::move(read.baseline);
    d.baseline_for = std::move(read.baseline_for);
    d.baseline_version = std::move(read.baseline_version);
    return d;
}

/// Alembic keeps its Python in versions/ too.
bool is_alembic(const fs::path& versions, const std::vector<std::string>& names) {
    std::error_code ec;
    if (!names.empty())
        return false;
    for (fs::directory_iterator entry(versions, ec); !ec && entry != fs::directory_iterator{};
         entry.increment(ec))
        if (entry->path().extension() == ".py")
            return true;
    return false;
}

} // namespace

const script* directory::find(std::string_view revision) const {
    const auto found = std::find_if(repeatables.begin(), repeatables.end(),
                                    [&](const script& s) { return s.revision == revision; });
    return found == repeatables.end() ? graph.find(revision) : &*found;
}

result<void> check_writable(const directory& d) {
    if (d.is_native())
        return {};
    error e = make_error(
        errc::conflict_here, error_class::refuse,
        d.path.string() + " holds migrations of " + std::string(to_string(d.format)) +
            ": headspace reads them, but does not write any",
        "`headspacectl db import " + d.path.string() + " -d NEW` writes them in its own format");
    e.file = d.path.string();
    return e;
}

bool directory::covered(std::string_view file) const {
    return sum && std::none_of(sum_differences.begin(), sum_differences.end(),
                               [&](const sum_difference& d) { return d.file == file; });
}

error directory::first_problem() const {
    error e = problems.front();
    if (problems.size() > 1) {
        const std::string more = std::to_string(problems.size() - 1) + " more problem" +
                                 (problems.size() > 2 ? "s" : "") +
                                 ": `headspacectl db history` lists all";
        e.hint += (e.hint.empty() ? "" : "; ") + more;
    }
    return e;
}

result<directory> read_directory(const fs::path& path, directory_format format) {
    std::error_code ec;
    const fs::file_status facts = fs::status(path, ec);
    if (facts.type() == fs::file_type::not_found)
        return no_directory(path, "there is no migrations directory " + path.string());
    if (ec)
        return folder_error("read", path, ec.value());
    if (facts.type() != fs::file_type::directory)
        return folder_error("read", path, ENOTDIR);

    const fs::path versions = path / "versions";
    const bool has_sum = fs::exists(path / sum_file_name, ec);
    const bool initialised = has_sum || (!ec && fs::exists(versions, ec));
    if (ec)
        return folder_error("read", path, ec.value());
    if (format == directory_format::automatic)
        format = initialised ? directory_format::native : directory_format::automatic;
    if (format != directory_format::native)
        return read_foreign_directory(path, format);
    if (!initialised)
        return nothing_in(path);
    const auto names = migration_names(versions);
    if (!names)
        return names.error();
    if (!has_sum && is_alembic(versions, *names))
        return read_foreign_directory(path, directory_format::automatic);

    directory d;
    d.path = path;
    graph_report report = build_graph(read_scripts(versions, *names, d.problems));
    d.problems.insert(d.problems.end(), report.problems.begin(), report.problems.end());
    if (!d.problems.empty())
        return d;
    d.graph = std::move(report.graph);
    read_sum(d);
    if (d.sum)
        d.sum_differences = compare_sum(*d.sum, d.graph.scripts());
    return d;
}

result<std::vector<schema_file>> read_schema(const fs::path& path) {
    const fs::path schema = path / "schema";
    std::vector<fs::path> paths;
    std::error_code ec;
    fs::recursive_directory_iterator entry(schema, ec);
    if (ec == std::errc::no_such_file_or_directory)
        return std::vector<schema_file>{};
    for (; !ec && entry != fs::recursive_directory_iterator{}; entry.increment(ec)) {
        const std::string name = entry->path().filename().string();
        std::error_code ignored;
        if (entry->is_directory(ignored)) {
            if (name.starts_with('.'))
                entry.disable_recursion_pending();
        } else if (is_migration_name(name)) {
            paths.push_back(entry->path());
        }
    }
    if (ec)
        return folder_error("read", schema, ec.value());
    std::sort(paths.begin(), paths.end());
    std::vector<schema_file> files;
    for (const fs::path& file : paths) {
        const std::string shown = file.lexically_relative(path).generic_string();
        const result<std::string> text = read_whole_file(file, shown);
        if (!text)
            return text.error();
        files.push_back({shown, normalised(*text)});
    }
    return files;
}

} // namespace headspace::revisions
