#include "embedded/locate.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <charconv>

namespace headspace::embedded {

namespace {

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

std::optional<int> leading_number(std::string_view text) {
    int number = 0;
    const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (ec != std::errc{} || end == text.data() || number <= 0)
        return std::nullopt;
    return number;
}

// The run of digits, or the single other character, that `text` begins with.
std::string_view piece(std::string_view text) {
    std::size_t n = 0;
    while (n < text.size() && is_digit(text[n]))
        ++n;
    return text.substr(0, std::max<std::size_t>(n, 1));
}

// < 0: `a` is older. Numbers have no leading zeros in these paths, so the longer one is greater.
int compare_versions(std::string_view a, std::string_view b) {
    while (!a.empty() && !b.empty()) {
        const std::string_view pa = piece(a);
        const std::string_view pb = piece(b);
        if (is_digit(pa[0]) && is_digit(pb[0]) && pa.size() != pb.size())
            return pa.size() < pb.size() ? -1 : 1;
        if (pa != pb)
            return pa < pb ? -1 : 1;
        a.remove_prefix(pa.size());
        b.remove_prefix(pb.size());
    }
    return static_cast<int>(a.size()) - static_cast<int>(b.size());
}

std::string described(const programs& p) {
    return "PostgreSQL " + std::to_string(p.major) + " (" + p.bindir + ")";
}

error none_found(const std::vector<programs>& found, const std::string& configured) {
    std::string what = "no PostgreSQL programs to run an embedded database with";
    if (!configured.empty())
        what += " in embedded.bindir " + configured;
    else if (!found.empty())
        what += ": " + described(found.front()) + " is older than " + std::to_string(oldest_major);
    return make_error(errc::database_unavailable, error_class::unavailable, std::move(what),
                      "apt install postgresql-15, or set embedded.bindir, or DATABASE_URL to use "
                      "another server");
}

error other_version(const programs& have, int data_major, const std::string& data_directory) {
    const std::string major = std::to_string(data_major);
    return make_error(errc::config_invalid, error_class::refuse,
                      data_directory + " holds data of PostgreSQL " + major + ", and only " +
                          described(have) + " is here; nothing was changed",
                      "either install the programs of that version (apt install postgresql-" +
                          major +
                          "), or set embedded.data_directory to a new folder and move the "
                          "data with pg_dump or pg_upgrade");
}

} // namespace

std::optional<int> major_of_version(std::string_view output) {
    constexpr std::string_view marker = "(PostgreSQL) ";
    const auto at = output.find(marker);
    if (at == std::string_view::npos)
        return std::nullopt;
    return leading_number(output.substr(at + marker.size()));
}

std::optional<int> major_of_data(std::string_view pg_version) {
    return leading_number(trim(pg_version));
}

std::vector<std::string> newest_first(std::vector<std::string> folders) {
    std::stable_sort(folders.begin(), folders.end(),
                     [](const auto& a, const auto& b) { return compare_versions(a, b) > 0; });
    return folders;
}

std::vector<std::string> search_order(const search& s) {
    if (!s.configured.empty())
        return {s.configured};
    std::vector<std::string> all{s.pg_bindir, s.pg_config};
    for (const auto& folders :
         {newest_first(s.debian), newest_first(s.red_hat), split(s.path, ':')})
        all.insert(all.end(), folders.begin(), folders.end());
    std::vector<std::string> once;
    for (std::string& folder : all)
        if (folder.starts_with('/') && std::find(once.begin(), once.end(), folder) == once.end())
            once.push_back(std::move(folder));
    return once;
}

result<programs> choose(const std::vector<programs>& found, std::optional<int> data_major,
                        const std::string& data_directory, const std::string& configured) {
    std::vector<programs> usable;
    std::copy_if(found.begin(), found.end(), std::back_inserter(usable),
                 [](const programs& p) { return p.major >= oldest_major; });
    if (usable.empty())
        return none_found(found, configured);
    if (!data_major)
        return usable.front();
    const auto same = std::find_if(usable.begin(), usable.end(),
                                   [&](const programs& p) { return p.major == *data_major; });
    if (same == usable.end())
        return other_version(usable.front(), *data_major, data_directory);
    return *same;
}

} // namespace headspace::embedded
