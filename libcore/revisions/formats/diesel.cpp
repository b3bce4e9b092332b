// diesel and Hasura: a folder for each version with up.sql and, maybe, down.sql. The order is that
// of the digits, for names mix 2017-09-23-182408_x and 20170318181441_y. metadata.toml may say
// run_in_transaction = false.
#include "revisions/formats/names.hpp"
#include "revisions/formats/native_text.hpp"
#include "revisions/graph.hpp"
#include "revisions/lexer.hpp"

#include <algorithm>
#include <map>

namespace headspace::revisions {

namespace {

struct folder {
    const foreign_file* up = nullptr;
    const foreign_file* down = nullptr;
    const foreign_file* metadata = nullptr;
};

result<std::optional<bool>> transaction_of(const foreign_file* metadata) {
    if (!metadata)
        return std::optional<bool>();
    const auto settings = read_key_values(*metadata);
    if (!settings)
        return settings.error();
    std::optional<bool> says;
    for (const key_value& setting : *settings) {
        if (setting.key != "run_in_transaction")
            return malformed(metadata->path, setting.line, "unknown key '" + setting.key + "'",
                             "the only one known here is run_in_transaction");
        const auto value = read_bool(setting, metadata->path);
        if (!value)
            return value.error();
        says = *value;
    }
    return says;
}

result<script> script_of(const folder_name& name, const folder& files) {
    foreign_revision out;
    out.revision = name.version;
    out.description = name.description;
    const auto transaction = transaction_of(files.metadata);
    if (!transaction)
        return transaction.error();
    auto up = whole_file(*files.up);
    if (!up)
        return up.error();
    out.up = std::move(*up);
    out.up.transaction = *transaction;
    if (files.down) {
        auto down = whole_file(*files.down);
        if (!down)
            return down.error();
        out.down = std::move(*down);
        out.down->transaction = *transaction;
    }
    return to_script(std::move(out));
}

} // namespace

foreign_reading read_diesel(const std::vector<foreign_file>& files) {
    foreign_reading out;
    std::map<std::string, folder> folders;
    for (const foreign_file& file : files) {
        const std::string in(file.folder());
        if (in.find('/') != std::string::npos || !diesel_name(in))
            continue;
        if (file.name() == "up.sql")
            folders[in].up = &file;
        else if (file.name() == "down.sql")
            folders[in].down = &file;
        else if (file.name() == "metadata.toml")
            folders[in].metadata = &file;
    }
    std::vector<std::pair<std::string, std::string>> seen; // version, folder
    for (const auto& [in, found] : folders) {
        const folder_name name = *diesel_name(in);
        if (!found.up) {
            error e = make_error(errc::malformed_file, error_class::refuse,
                                 in + ": there is no up.sql in this folder",
                                 "write one, empty if it has nothing to do");
            e.file = in;
            out.problems.push_back(std::move(e));
            continue;
        }
        const auto twin = std::find_if(seen.begin(), seen.end(), [&](const auto& other) {
            return same_version(other.first, name.version);
        });
        if (twin != seen.end()) {
            out.problems.push_back(same_version_twice(in, twin->second, name.version));
            continue;
        }
        seen.emplace_back(name.version, in);
        auto s = script_of(name, found);
        if (s)
            out.scripts.push_back(std::move(*s));
        else
            out.problems.push_back(s.error());
    }
    return out;
}

} // namespace headspace::revisions
