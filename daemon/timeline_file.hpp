// The highest timeline that was seen of each cluster, in a file that outlives the process and the
// machine's reboot: a primary of yesterday is refused, too, by a daemon that starts while the
// present one is away. The text is pure; reading and writing are short file operations.
#pragma once

#include "base/error.hpp"
#include "base/event.hpp"
#include "io/asio.hpp"
#include "io/blocking.hpp"
#include "pg/timelines.hpp"

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace headspace::daemon {

/// Lines that say nothing are passed over: a person may edit the file.
[[nodiscard]] std::vector<pg::server_identity> parse_timelines(std::string_view text);
/// `text` with `is`, unless it knows a higher timeline of that cluster. Of many clusters those that
/// changed last are kept.
[[nodiscard]] std::string with_timeline(std::string_view text, const pg::server_identity& is);

/// Reads, adds and writes, while no other daemon does; makes the folder. Blocks.
[[nodiscard]] result<void> keep_timeline(const std::filesystem::path& file,
                                         const pg::server_identity& is);

class timeline_keeper {
public:
    timeline_keeper(asio::any_io_executor executor, std::filesystem::path file, event_sink events)
        : executor_(std::move(executor)), file_(std::move(file)), events_(std::move(events)) {}
    timeline_keeper(const timeline_keeper&) = delete;
    timeline_keeper& operator=(const timeline_keeper&) = delete;

    /// Tells `seen` what was kept; from now on what it sees is kept, on a thread. A file that
    /// cannot be read or written is a warning.
    void attach(pg::timelines& seen);

private:
    asio::awaitable<void> keep(pg::server_identity is);
    void complain(const std::string& why) const;

    asio::any_io_executor executor_;
    std::filesystem::path file_;
    event_sink events_;
    io::blocking thread_{1};
};

} // namespace headspace::daemon
