#include "daemon/timeline_file.hpp"

#include "base/number.hpp"
#include "base/text.hpp"
#include "revisions/files.hpp"

#include <algorithm>
#include <utility>

namespace headspace::daemon {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t clusters_kept = 64;
constexpr std::string_view heading =
    "# The highest timeline that was seen of each cluster: system identifier, timeline.\n"
    "# headspaced(8), \"A failover\", says when to remove a line.\n";

std::string line_of(const pg::server_identity& is) {
    return is.system + " " + std::to_string(is.timeline) + "\n";
}

result<std::string> read(const fs::path& file) {
    std::error_code ec;
    if (!fs::exists(file, ec)) // or not to be seen: then it cannot be written either
        return std::string();
    return revisions::read_whole_file(file, file.string());
}

} // namespace

std::vector<pg::server_identity> parse_timelines(std::string_view text) {
    std::vector<pg::server_identity> all;
    for (const std::string& line : split(text, '\n')) {
        const std::string_view words = trim(line);
        const std::size_t blank = words.find(' ');
        if (words.empty() || words.front() == '#' || blank == std::string_view::npos)
            continue;
        const auto timeline = number_in<std::uint32_t>(trim(words.substr(blank)));
        if (timeline > 0)
            all.push_back({std::string(words.substr(0, blank)), timeline});
    }
    return all;
}

std::string with_timeline(std::string_view text, const pg::server_identity& is) {
    pg::server_identity highest = is;
    std::vector<pg::server_identity> all = parse_timelines(text);
    std::erase_if(all, [&](const pg::server_identity& one) {
        if (one.system == is.system)
            highest.timeline = std::max(highest.timeline, one.timeline);
        return one.system == is.system;
    });
    all.push_back(highest);
    if (all.size() > clusters_kept)
        all.erase(all.begin(), all.end() - static_cast<std::ptrdiff_t>(clusters_kept));
    std::string out(heading);
    for (const pg::server_identity& one : all)
        out += line_of(one);
    return out;
}

result<void> keep_timeline(const fs::path& file, const pg::server_identity& is) {
    std::error_code ec;
    fs::create_directories(file.parent_path(), ec);
    const auto lock = revisions::folder_lock::take(file.parent_path());
    if (lock.has_error())
        return lock.error();
    const auto known = read(file);
    if (known.has_error())
        return known.error();
    return revisions::write_whole_file(file, with_timeline(*known, is),
                                       revisions::when_there::replace);
}

void timeline_keeper::attach(pg::timelines& seen) {
    const auto known = read(file_);
    if (known.has_error())
        complain(known.error().text());
    else
        for (const pg::server_identity& one : parse_timelines(*known))
            seen.recall(one);
    seen.kept_in(file_.string(), [this](const pg::server_identity& is) {
        asio::co_spawn(executor_, keep(is), asio::detached);
    });
}

asio::awaitable<void> timeline_keeper::keep(pg::server_identity is) {
    auto write = [file = file_, is = std::move(is)] {
        const auto kept = keep_timeline(file, is);
        return kept.has_error() ? kept.error().text() : std::string();
    };
    std::string what = "writing " + file_.string();
    const auto ran = co_await thread_.run(std::move(write), time_point::max(), std::move(what));
    if (ran.has_value() && !ran->empty())
        complain(*ran);
    else if (ran.has_error() && ran.error().code != errc::cancelled)
        complain(ran.error().text());
}

void timeline_keeper::complain(const std::string& why) const {
    events_({log_level::warning,
             "timelines_not_kept",
             "after a restart a primary of yesterday might be taken for the present one: " + why,
             {}});
}

} // namespace headspace::daemon
