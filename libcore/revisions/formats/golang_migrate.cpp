// golang-migrate: NUMBER_name.up.EXT and NUMBER_name.down.EXT side by side, in numeric order. An
// empty file does nothing; a version without a down file cannot be reverted. sqlx's reversible
// migrations look the same.
#include "revisions/formats/names.hpp"
#include "revisions/formats/native_text.hpp"
#include "revisions/graph.hpp"

#include <map>

namespace headspace::revisions {

namespace {

struct by_number {
    bool operator()(const std::string& a, const std::string& b) const {
        return !same_version(a, b) && version_less(a, b);
    }
};

struct pair {
    const foreign_file* up = nullptr;
    const foreign_file* down = nullptr;
    pair_name name;
};

result<script> script_of(const pair& files) {
    foreign_revision out;
    out.revision = files.name.version;
    out.description = files.name.description;
    auto up = whole_file(*files.up);
    if (!up)
        return up.error();
    out.up = std::move(*up);
    if (files.down) {
        auto down = whole_file(*files.down);
        if (!down)
            return down.error();
        out.down = std::move(*down);
    }
    return to_script(std::move(out));
}

} // namespace

foreign_reading read_golang_migrate(const std::vector<foreign_file>& files) {
    foreign_reading out;
    std::map<std::string, pair, by_number> pairs;
    for (const foreign_file& file : files) {
        const auto name = golang_migrate_name(file.path); // nothing in folders
        if (!name || !file.folder().empty())
            continue;
        pair& both = pairs[name->version];
        const foreign_file*& side = name->side == pair_side::up ? both.up : both.down;
        if (side) {
            out.problems.push_back(same_version_twice(file.path, side->path, name->version));
            continue;
        }
        side = &file;
        if (name->side == pair_side::up || !both.up)
            both.name = *name;
    }
    for (const auto& [version, both] : pairs) {
        if (!both.up) {
            error e =
                make_error(errc::malformed_file, error_class::refuse,
                           both.down->path + ": version " + version + " has no up file",
                           "write " + version + "_NAME.up.sql, empty if it has nothing to do");
            e.file = both.down->path;
            out.problems.push_back(std::move(e));
            continue;
        }
        auto s = script_of(both);
        if (s)
            out.scripts.push_back(std::move(*s));
        else
            out.problems.push_back(s.error());
    }
    return out;
}

} // namespace headspace::revisions
