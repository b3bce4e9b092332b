#include "schema/rename_path.hpp"

#include "base/text.hpp"

namespace headspace::schema {

namespace {

error unreadable(std::string_view text) {
    return make_error(errc::malformed_file, error_class::refuse,
                      "'" + std::string(text) + "' is no name of an object",
                      "write schema.table, schema.table.column or schema.function(types); names "
                      "with capital letters or blanks in double quotes");
}

} // namespace

result<written_path> parse_path(std::string_view text) {
    written_path path;
    const std::string_view all = trim(text);
    std::size_t at = 0;
    while (true) {
        std::string name;
        if (at < all.size() && all[at] == '"') {
            for (++at;; ++at) {
                if (at >= all.size())
                    return unreadable(text);
                if (all[at] == '"' && (at + 1 >= all.size() || all[at + 1] != '"'))
                    break;
                if (all[at] == '"')
                    ++at;
                name += all[at];
            }
            ++at;
        } else {
            while (at < all.size() && all[at] != '.' && all[at] != '(' && all[at] != '"')
                name += all[at++];
            name = to_lower(trim(name));
        }
        if (name.empty())
            return unreadable(text);
        path.names.push_back(std::move(name));
        if (at == all.size())
            return path;
        if (all[at] == '(') {
            if (!all.ends_with(')'))
                return unreadable(text);
            path.arguments = std::string(trim(all.substr(at + 1, all.size() - at - 2)));
            return path;
        }
        if (all[at] != '.')
            return unreadable(text);
        ++at;
    }
}

} // namespace headspace::schema
