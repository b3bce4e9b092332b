#include "revisions/formats/detect.hpp"

#include "base/text.hpp"
#include "revisions/formats/names.hpp"

#include <algorithm>
#include <array>

namespace headspace::revisions {

namespace {

struct evidence {
    std::size_t files = 0;
    std::string first;

    void add(const std::string& path) {
        if (files++ == 0)
            first = path;
    }
    [[nodiscard]] std::string text() const {
        return std::to_string(files) + (files == 1 ? " file (" : " files (") + first +
               (files == 1 ? ")" : ", ...)");
    }
};

struct findings {
    std::array<evidence, 7> of_format; // by directory_format
    evidence alembic;
    evidence prisma;
    evidence atlas;
    evidence liquibase;
    evidence sqitch;
    evidence plain; // SQL without any mark

    evidence& of(directory_format f) { return of_format.at(static_cast<std::size_t>(f)); }
};

bool has_line(std::string_view text, std::string_view mark) {
    for (std::size_t begin = 0; begin < text.size();) {
        const std::size_t end = std::min(text.find('\n', begin), text.size());
        const std::string_view line = text.substr(begin, end - begin);
        if (line.starts_with("--") && to_lower(trim(line.substr(2))).starts_with(mark))
            return true;
        begin = end + 1;
    }
    return false;
}

void look_at_sql(const foreign_file& file, findings& found) {
    const bool goose = has_line(file.bytes, "+goose");
    const bool dbmate = has_line(file.bytes, "migrate:up");
    if (goose && goose_name(file.path))
        found.of(directory_format::goose).add(file.path);
    if (dbmate && dbmate_version(file.path))
        found.of(directory_format::dbmate).add(file.path);
    if (has_line(file.bytes, "liquibase formatted sql"))
        found.liquibase.add(file.path);
    else if (!goose && !dbmate)
        found.plain.add(file.path);
}

void look_at(const foreign_file& file, findings& found) {
    const std::string_view folder = file.folder();
    const std::string_view name = file.name();
    if (flyway_name(name))
        return found.of(directory_format::flyway).add(file.path);
    if (folder == "versions" && name.ends_with(".py"))
        return found.alembic.add(file.path);
    if (folder.find('/') != std::string_view::npos)
        return;
    if (!folder.empty()) {
        if (!diesel_name(folder))
            return;
        if (name == "up.sql")
            found.of(directory_format::diesel).add(file.path);
        else if (name == "migration.sql")
            found.prisma.add(file.path);
        return;
    }
    if (name == "atlas.sum")
        found.atlas.add(file.path);
    else if (name == "sqitch.plan")
        found.sqitch.add(file.path);
    else if (golang_migrate_name(name))
        found.of(directory_format::golang_migrate).add(file.path);
    else if (const auto go = goose_name(name); go && go->is_go)
        found.of(directory_format::goose).add(file.path);
    else if (name.ends_with(".sql") && !name.starts_with('.'))
        look_at_sql(file, found);
}

error not_read(std::string_view directory, std::string_view tool, const evidence& seen,
               std::string hint) {
    error e = make_error(errc::malformed_file, error_class::refuse,
                         std::string(directory) + " holds migrations of " + std::string(tool) +
                             ", which headspace does not read: " + seen.text(),
                         std::move(hint));
    e.file = directory;
    return e;
}

error unclear(std::string_view directory, const std::string& what, std::string hint) {
    error e = make_error(errc::malformed_file, error_class::refuse,
                         std::string(directory) + ": " + what, std::move(hint));
    e.file = directory;
    return e;
}

} // namespace

result<directory_format> detect(const std::vector<foreign_file>& files,
                                std::string_view directory) {
    findings found;
    for (const foreign_file& file : files)
        look_at(file, found);
    std::vector<directory_format> formats;
    std::vector<std::string> listed;
    for (std::size_t i = 0; i < found.of_format.size(); ++i) {
        if (found.of_format.at(i).files == 0)
            continue;
        const auto format = static_cast<directory_format>(i);
        formats.push_back(format);
        listed.push_back(std::string(to_string(format)) + ": " + found.of_format.at(i).text());
    }
    if (formats.size() > 1)
        return unclear(directory, "migrations of several tools: " + join(listed, "; "),
                       "say which one is meant: migrations.format = \"" +
                           std::string(to_string(formats.front())) +
                           "\", or move the others elsewhere");
    if (formats.size() == 1)
        return formats.front();
    const std::string pull = "`headspacectl db pull` takes the schema over as it is";
    if (found.alembic.files > 0)
        return not_read(directory, "Alembic", found.alembic, "they are Python; " + pull);
    if (found.prisma.files > 0)
        return not_read(directory, "Prisma", found.prisma, pull);
    if (found.liquibase.files > 0)
        return not_read(directory, "Liquibase", found.liquibase, pull);
    if (found.sqitch.files > 0)
        return not_read(directory, "Sqitch", found.sqitch, pull);
    if (found.atlas.files > 0)
        return not_read(directory, "Atlas", found.atlas, pull);
    if (found.plain.files > 0)
        return unclear(directory,
                       "SQL in no format that is known: " + found.plain.text() +
                           " without `-- migrate:up` or any other tool's marks",
                       "known are dbmate, golang-migrate, goose, Flyway, diesel and what "
                       "`headspacectl db init` makes");
    return directory_format::automatic;
}

} // namespace headspace::revisions
