// From the daemon's JSON to what a person reads. Pure: values in, text out. A member that is
// missing or null leaves its line out, so that another version's answer still shows.
#pragma once

#include <boost/json/value.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace headspace::ctl {

/// What a word means to the reader; becomes a colour on a terminal.
enum class tone { plain, good, bad, faint };

struct style {
    bool color = false;
    std::size_t width = 0; // of the terminal; 0: not a terminal, nothing is cut or broken
    [[nodiscard]] std::string paint(tone t, std::string_view text) const;
    /// Painted by what the word says: connected, ok, current, ... good; down, failed, ... bad.
    [[nodiscard]] std::string word(std::string_view text) const;
};

/// A unified diff with its colours; a last line without a newline gets one.
[[nodiscard]] std::string paint_diff(std::string_view diff, const style& look);

/// Labels in one column, values in the next; a value of several lines, or one that is broken to fit
/// the terminal, stays in its column.
class sheet {
public:
    void row(std::string label, std::string value);
    [[nodiscard]] std::string text(std::size_t width) const;

private:
    std::vector<std::pair<std::string, std::string>> rows_;
};

/// The member or nothing; also nothing for null and for a value that is no object.
[[nodiscard]] const boost::json::value* member(const boost::json::value& value,
                                               std::string_view key);
[[nodiscard]] std::string text_of(const boost::json::value& value, std::string_view key);
[[nodiscard]] std::optional<double> number_of(const boost::json::value& value,
                                              std::string_view key);
/// 0 when it is missing.
[[nodiscard]] std::uint64_t count_of(const boost::json::value& value, std::string_view key);
/// The strings of an array; empty when it is missing.
[[nodiscard]] std::vector<std::string> texts_of(const boost::json::value& value,
                                                std::string_view key);
/// The other way round: a list of texts as JSON.
[[nodiscard]] boost::json::array string_array(const std::vector<std::string>& all);
/// A line for each host that the answer says is refused as a stale primary, or "".
[[nodiscard]] std::string stale_primaries(const boost::json::value& answer);
/// "0.35 ms", "12 ms", "3.2 s", "4 min 10 s".
[[nodiscard]] std::string format_seconds(double seconds);

[[nodiscard]] std::string render_health(const boost::json::value& health, const style& look);
[[nodiscard]] std::string render_health_db(const boost::json::value& answer, const style& look);
[[nodiscard]] std::string render_status(const boost::json::value& status, const style& look);
[[nodiscard]] std::string render_pool(const boost::json::value& pool, const style& look);
/// "up: 3 of 10 connections (2 idle, 1 leased), 0 waiting".
[[nodiscard]] std::string pool_summary(const boost::json::value& pool, const style& look);
[[nodiscard]] std::string render_config(const boost::json::value& config, const style& look);
[[nodiscard]] std::string render_reload(const boost::json::value& answer, const style& look);
/// `answer` is {"headspacectl": ..., "headspaced": the daemon's answer or null}.
[[nodiscard]] std::string render_version(const boost::json::value& answer, const style& look);

} // namespace headspace::ctl
