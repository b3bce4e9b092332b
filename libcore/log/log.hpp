// Where log events end up: the journal with fields, text or JSON lines on stderr. A thread of its
// own writes them, so that a journal or a pipe that does not read costs lines and not the event
// loop.
#pragma once

#include "base/event.hpp"
#include "base/secret.hpp"
#include "base/time.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace headspace::log {

enum class format { journal, text, json };

/// `wanted` is log.format. auto: the journal when stderr is connected to it (JOURNAL_STREAM names
/// stderr's device and inode), else text on a terminal, else text without colours.
format choose_format(std::string_view wanted);

/// "warning" and "warn" to a level; nothing for a word that is none.
bool parse_level(std::string_view word, log_level& level);

/// The daemon fills it from config::log_settings.
struct limits {
    std::size_t buffer = 1024 * 1024; // bytes of lines that may wait for their reader
    duration flush_timeout = std::chrono::seconds(2); // at the end, and at a critical event
};

/// Writes one line, however long that takes.
using line_writer = std::function<void(const log_event& event, wall_time at)>;

/// One for the whole daemon. Used by one thread; a failing sink never throws into the caller.
class logger {
public:
    logger(format where, log_level level, limits bounds = {});
    logger(line_writer writer, log_level level, limits bounds = {});
    /// Waits for what is still to be written, at most flush_timeout.
    ~logger();
    logger(const logger&) = delete;
    logger& operator=(const logger&) = delete;

    /// Returns at once; a critical event is written before it does (at most flush_timeout).
    void write(const log_event& event);
    /// Waits until everything is written; false when that takes longer than flush_timeout.
    bool flush() noexcept;
    void set_limits(limits bounds);
    /// Lines that were lost since the start, because nobody read them in time.
    [[nodiscard]] std::uint64_t dropped() const noexcept;
    [[nodiscard]] event_sink sink();

    [[nodiscard]] log_level level() const noexcept;
    void set_level(log_level level);
    /// The secrets that must not appear in any line; replaces the earlier list.
    void hide(std::vector<secret> secrets);
    /// `text` without them.
    [[nodiscard]] std::string redacted(std::string text) const;

private:
    class impl;
    std::unique_ptr<impl> impl_;
};

/// An exception that nobody caught says so in the log before the process aborts. `logger` must live
/// until the end.
void log_uncaught_exceptions(logger& to);

} // namespace headspace::log
