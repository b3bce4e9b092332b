// Where log events end up: the journal with fields, text or JSON lines on stderr.
#pragma once

#include "base/event.hpp"
#include "base/secret.hpp"

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

/// One for the whole daemon. Not thread-safe but for write(); a failing sink never throws into the
/// caller.
class logger {
public:
    logger(format where, log_level level);
    ~logger();
    logger(const logger&) = delete;
    logger& operator=(const logger&) = delete;

    void write(const log_event& event);
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

} // namespace headspace::log
