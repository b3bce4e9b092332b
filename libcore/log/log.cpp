#include "log/log.hpp"

#include "log/record.hpp"
#include "log/sinks.hpp"

#include <spdlog/logger.h>

#include <array>
#include <cstdlib>
#include <string>
#include <sys/stat.h>
#include <utility>

namespace headspace::log {

namespace {

bool stderr_is_the_journal() {
    const char* stream =
        std::getenv("JOURNAL_STREAM"); // NOLINT(concurrency-mt-unsafe): at start only
    struct stat info {};
    if (stream == nullptr || ::fstat(2, &info) != 0)
        return false;
    return std::to_string(info.st_dev) + ":" + std::to_string(info.st_ino) == stream;
}

} // namespace

format choose_format(std::string_view wanted) {
    if (wanted == "journal")
        return format::journal;
    if (wanted == "json")
        return format::json;
    if (wanted == "auto" && stderr_is_the_journal())
        return format::journal;
    return format::text;
}

bool parse_level(std::string_view word, log_level& level) {
    constexpr std::array<std::pair<std::string_view, log_level>, 7> words{{
        {"trace", log_level::trace},
        {"debug", log_level::debug},
        {"info", log_level::info},
        {"warning", log_level::warning},
        {"warn", log_level::warning},
        {"error", log_level::error},
        {"critical", log_level::critical},
    }};
    for (const auto& [name, value] : words) {
        if (name == word) {
            level = value;
            return true;
        }
    }
    return false;
}

class logger::impl {
public:
    impl(format where, log_level level) : logger_("headspaced", make_sink(where)) {
        set_level(level);
        logger_.set_error_handler([](const std::string&) {});
    }

    static spdlog::level::level_enum to_spdlog(log_level level) {
        // The enumerators agree: trace 0, debug 1, info 2, warn 3, err 4, critical 5.
        return static_cast<spdlog::level::level_enum>(level);
    }
    void set_level(log_level level) {
        level_ = level;
        logger_.set_level(to_spdlog(level));
    }

    spdlog::logger logger_;
    log_level level_ = log_level::info;
    std::vector<secret> secrets_;
};

logger::logger(format where, log_level level) : impl_(std::make_unique<impl>(where, level)) {}
logger::~logger() = default;

void logger::write(const log_event& event) {
    if (!impl_->logger_.should_log(impl::to_spdlog(event.level)))
        return;
    impl_->logger_.log(impl::to_spdlog(event.level), "{}", redact(encode(event), impl_->secrets_));
}

event_sink logger::sink() {
    return [this](const log_event& event) {
        write(event);
    };
}

std::string logger::redacted(std::string text) const {
    return redact(std::move(text), impl_->secrets_);
}

log_level logger::level() const noexcept {
    return impl_->level_;
}
void logger::set_level(log_level level) {
    impl_->set_level(level);
}
void logger::hide(std::vector<secret> secrets) {
    impl_->secrets_ = std::move(secrets);
}

} // namespace headspace::log
