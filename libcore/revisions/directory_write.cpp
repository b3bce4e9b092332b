#include "base/text.hpp"
#include "revisions/directory.hpp"
#include "revisions/files.hpp"
#include "revisions/names.hpp"

#include <algorithm>
#include <system_error>

namespace headspace::revisions {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view readme =
    R"(# Migrations

`versions/` holds one file for each revision, `schema/` the tables as they should be, and
`headspace.sum` a line for each revision so that Git shows when two branches add one.

    headspacectl db revision -m "add table accounts"   # writes a file in versions/: fill it in
    headspacectl db upgrade                            # applies what is pending
    headspacectl db downgrade                          # reverts the last one
    headspacectl db history                            # lists all
    headspacectl db hash                               # after a change by hand: headspace.sum anew
)";

result<bool> make_folder(const fs::path& path, created& made) {
    std::error_code ec;
    const bool is_new = fs::create_directories(path, ec);
    if (ec)
        return folder_error("make", path, ec.value());
    if (is_new)
        made.paths.push_back(path);
    return is_new;
}

result<void> make_file(const fs::path& path, std::string_view text, created& made) {
    std::error_code ec;
    if (fs::exists(path, ec))
        return {};
    const result<void> written = write_whole_file(path, text, when_there::refuse);
    if (written)
        made.paths.push_back(path);
    return written;
}

/// Something of somebody else's: files, but nothing that a migrations directory has.
bool is_foreign(const fs::path& path) {
    std::error_code ec;
    for (const char* ours : {"versions", "schema", "headspace.sum"})
        if (fs::exists(path / ours, ec))
            return false;
    for (fs::directory_iterator entry(path, ec); !ec && entry != fs::directory_iterator{};
         entry.increment(ec)) {
        const std::string name = entry->path().filename().string();
        if (!name.starts_with('.') && !to_lower(name).starts_with("readme"))
            return true;
    }
    return false;
}

result<directory> read_sound(const fs::path& path) {
    result<directory> d = read_directory(path);
    if (d && !d->problems.empty())
        return d->first_problem();
    if (d)
        if (const auto writable = check_writable(*d); !writable)
            return writable.error();
    return d;
}

} // namespace

result<created> init_directory(const fs::path& path) {
    std::error_code ec;
    if (fs::exists(path, ec) && !fs::is_directory(path, ec))
        return make_error(errc::conflict_here, error_class::refuse,
                          path.string() + " exists and is not a directory",
                          "name another place with -d");
    if (is_foreign(path))
        return make_error(errc::conflict_here, error_class::refuse,
                          path.string() + " holds something else already",
                          "name an empty or a new folder with -d");
    created made;
    if (const auto top = make_folder(path, made); !top)
        return top.error();
    const result<bool> fresh = make_folder(path / "versions", made);
    if (!fresh)
        return fresh.error();
    if (const auto schema = make_folder(path / "schema", made); !schema)
        return schema.error();
    if (!fs::exists(path / sum_file_name, ec)) {
        const result<directory> d = read_sound(path);
        if (!d)
            return d.error();
        if (const auto sum = make_file(path / sum_file_name, compute_sum(d->graph.scripts()), made);
            !sum)
            return sum.error();
    }
    if (*fresh)
        if (const auto file = make_file(path / "README.md", readme, made); !file)
            return file.error();
    return made;
}

std::string revision_text(const new_revision& what) {
    const auto part = [](std::string_view directive, std::string_view sql, bool transaction) {
        const std::string_view body = trim(sql);
        return std::string(directive) + (transaction ? "\n" : " transaction:false\n") +
               (body.empty() ? std::string("\n") : "\n" + std::string(body) + "\n\n");
    };
    std::string text = "-- " + what.message + "\n-- headspace:parent " +
                       (what.parents.empty() ? "base" : join(what.parents, ",")) + "\n\n" +
                       part("-- migrate:up", what.up, what.transaction) + "\n" +
                       part("-- migrate:down", what.down, what.down_transaction);
    while (text.ends_with("\n\n"))
        text.pop_back();
    return text;
}

result<written> write_revision(const fs::path& path, const new_revision& what, wall_time now) {
    const result<std::string> message = checked_message(what.message);
    if (!message)
        return message.error();
    if (const result<directory> before = read_sound(path); !before)
        return before.error();
    const fs::path versions = path / "versions";
    created ignored;
    if (const auto folder = make_folder(versions, ignored); !folder)
        return folder.error();
    const result<folder_lock> lock = folder_lock::take(path);
    if (!lock)
        return lock.error();
    const result<directory> d = read_sound(path); // again: another writer may just have finished
    if (!d)
        return d.error();
    for (const std::string& parent : what.parents)
        if (!d->graph.contains(parent))
            return make_error(errc::unknown_revision, error_class::refuse,
                              "Can't locate revision identified by '" + parent + "'");

    revision_set taken;
    std::vector<script> scripts = d->graph.scripts();
    for (const script& s : scripts)
        taken.insert(s.revision);
    written done;
    done.revision = next_revision_id(now, what.parents, taken);
    const std::string name = done.revision + "_" + slug_of(*message) + ".sql";
    new_revision named = what;
    named.message = *message;
    const std::string text = revision_text(named);
    result<script> fresh = parse_script(name, text);
    if (!fresh)
        return fresh.error();
    scripts.push_back(std::move(*fresh));

    done.file = versions / name;
    if (const auto file = write_whole_file(done.file, text, when_there::refuse); !file)
        return file.error();
    if (const auto sum =
            write_whole_file(path / sum_file_name, compute_sum(scripts), when_there::replace);
        !sum) {
        std::error_code ignored_too;
        fs::remove(done.file, ignored_too);
        return sum.error();
    }
    done.rewritten = d->sum_differences;
    return done;
}

result<sum_update> write_sum(const fs::path& path) {
    result<directory> d = read_sound(path);
    if (!d)
        return d.error();
    const result<folder_lock> lock = folder_lock::take(path);
    if (!lock)
        return lock.error();
    d = read_sound(path);
    if (!d)
        return d.error();
    const std::string text = compute_sum(d->graph.scripts());
    sum_update done;
    done.files = d->graph.scripts().size();
    done.damaged = d->sum_problem;
    done.differences = d->sum ? d->sum_differences : compare_sum({}, d->graph.scripts());
    std::error_code ec;
    done.changed =
        !fs::exists(path / sum_file_name, ec) || done.damaged || !done.differences.empty();
    if (done.changed)
        if (const auto sum = write_whole_file(path / sum_file_name, text, when_there::replace);
            !sum)
            return sum.error();
    return done;
}

} // namespace headspace::revisions
