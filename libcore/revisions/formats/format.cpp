#include "revisions/formats/format.hpp"

#include "revisions/formats/names.hpp"

#include <array>
#include <utility>

namespace headspace::revisions {

namespace {

constexpr std::array<std::pair<directory_format, std::string_view>, 7> names{
    {{directory_format::automatic, "auto"},
     {directory_format::native, "native"},
     {directory_format::dbmate, "dbmate"},
     {directory_format::golang_migrate, "golang-migrate"},
     {directory_format::goose, "goose"},
     {directory_format::flyway, "flyway"},
     {directory_format::diesel, "diesel"}}};

} // namespace

std::string_view to_string(directory_format f) noexcept {
    for (const auto& [format, name] : names)
        if (format == f)
            return name;
    return "";
}

std::optional<directory_format> parse_format(std::string_view text) {
    for (const auto& [format, name] : names)
        if (name == text)
            return format;
    return {};
}

std::string_view foreign_file::name() const {
    const std::string_view all = path;
    return all.substr(all.rfind('/') + 1);
}

std::string_view foreign_file::folder() const {
    const std::size_t slash = path.rfind('/');
    return slash == std::string::npos ? std::string_view()
                                      : std::string_view(path).substr(0, slash);
}

bool is_text(std::string_view path) {
    const std::string_view name = path.substr(path.rfind('/') + 1);
    return name.ends_with(".sql") || name.ends_with(".sql.conf") || name == "metadata.toml" ||
           golang_migrate_name(name).has_value();
}

bool is_repeatable(std::string_view revision) {
    return revision.starts_with("R__");
}

foreign_reading read_foreign(directory_format format, const std::vector<foreign_file>& files) {
    switch (format) {
    case directory_format::dbmate:
        return read_dbmate(files);
    case directory_format::golang_migrate:
        return read_golang_migrate(files);
    case directory_format::goose:
        return read_goose(files);
    case directory_format::flyway:
        return read_flyway(files);
    case directory_format::diesel:
        return read_diesel(files);
    case directory_format::automatic:
    case directory_format::native:
        break;
    }
    return {};
}

} // namespace headspace::revisions
