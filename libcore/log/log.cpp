#include "log/log.hpp"

#include "base/loose_thread.hpp"
#include "log/line_queue.hpp"
#include "log/record.hpp"
#include "log/sinks.hpp"

#include <spdlog/logger.h>

#include <array>
#include <condition_variable>
#include <cstdlib>
#include <exception>
#include <mutex>
#include <optional>
#include <string>
#include <sys/stat.h>
#include <thread>
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

namespace {

line_writer spdlog_writer(format where) {
    // spdlog's own asynchronous logger drops the oldest lines, which name the cause, and cannot be
    // flushed with a deadline: it is used as the synchronous one that it is by default.
    auto out = std::make_shared<spdlog::logger>("headspaced", make_sink(where));
    out->set_level(spdlog::level::trace);
    out->set_error_handler([](const std::string&) {});
    return [out](const log_event& event, wall_time at) {
        // The enumerators agree: trace 0, debug 1, info 2, warn 3, err 4, critical 5.
        out->log(at, spdlog::source_loc{}, static_cast<spdlog::level::level_enum>(event.level),
                 encode(event));
    };
}

/// What the logger and its thread share. The thread may be inside of a write that never returns, so
/// it holds this by itself and is left behind when the time is over.
struct shared_state {
    explicit shared_state(line_writer w, std::size_t limit) : writer(std::move(w)), queue(limit) {}

    void run() {
        std::unique_lock lock(mutex);
        for (;;) {
            wake.wait(lock, [this] { return stop || !queue.empty(); });
            std::optional<line> next = queue.take(std::chrono::system_clock::now());
            if (!next)
                return;
            busy = true;
            lock.unlock();
            log_event event = decode(next->record);
            event.level = next->level;
            try {
                writer(event, next->at);
            } catch (...) { // NOLINT(bugprone-empty-catch): there is nobody left to tell
            }
            lock.lock();
            busy = false;
            if (queue.empty())
                idle.notify_all();
        }
    }

    const line_writer writer;
    std::mutex mutex;
    std::condition_variable wake;
    std::condition_variable idle;
    line_queue queue;
    bool busy = false;
    bool stop = false;
};

logger* of_uncaught_exceptions = nullptr;

void say_and_abort() {
    std::string what = "without an exception";
    try {
        if (const auto thrown = std::current_exception())
            std::rethrow_exception(thrown);
    } catch (const std::exception& e) {
        what = e.what();
    } catch (...) {
        what = "of an unknown type";
    }
    of_uncaught_exceptions->write(
        {log_level::critical, "terminated", "an exception that nobody caught: " + what, {}});
    std::abort();
}

} // namespace

class logger::impl {
public:
    /// Whether the writer would take this one without waiting; empty: nobody knows.
    using line_check = std::function<bool(const log_event& event, wall_time at)>;

    impl(line_writer writer, log_level level, limits bounds, line_check at_once)
        : bounds_(bounds), level_(level), at_once_(std::move(at_once)),
          shared_(std::make_shared<shared_state>(std::move(writer), bounds.buffer)),
          thread_([shared = shared_, loose = loose_thread()] { shared->run(); }) {}

    ~impl() {
        const bool written = flush();
        {
            const std::lock_guard lock(shared_->mutex);
            shared_->stop = true;
        }
        shared_->wake.notify_all();
        if (written)
            thread_.join();
        else
            thread_.detach();
    }

    /// While nothing waits the thread does nothing, and what need not wait takes the short way: it
    /// is written when the call returns, also if the process dies next.
    bool write_now(const line& l) {
        if (!at_once_)
            return false;
        {
            const std::lock_guard lock(shared_->mutex);
            if (!shared_->queue.empty() || shared_->busy)
                return false;
        }
        log_event event = decode(l.record);
        event.level = l.level;
        if (!at_once_(event, l.at))
            return false;
        shared_->writer(event, l.at);
        return true;
    }

    void push(line l) {
        {
            const std::lock_guard lock(shared_->mutex);
            (void)shared_->queue.push(std::move(l));
        }
        shared_->wake.notify_one();
    }

    bool flush() noexcept {
        std::unique_lock lock(shared_->mutex);
        return shared_->idle.wait_for(lock, bounds_.flush_timeout,
                                      [this] { return shared_->queue.empty() && !shared_->busy; });
    }

    limits bounds_;
    log_level level_;
    line_check at_once_;
    std::vector<secret> secrets_;
    std::shared_ptr<shared_state> shared_;
    std::thread thread_;
};

logger::logger(format where, log_level level, limits bounds)
    : impl_(std::make_unique<impl>(spdlog_writer(where), level, bounds,
                                   [where](const log_event& event, wall_time at) {
                                       return is_taken_at_once(where, event, at);
                                   })) {}
logger::logger(line_writer writer, log_level level, limits bounds)
    : impl_(std::make_unique<impl>(std::move(writer), level, bounds, nullptr)) {}
logger::~logger() = default;

void logger::write(const log_event& event) {
    if (event.level < impl_->level_)
        return;
    line l{event.level, std::chrono::system_clock::now(), redact(encode(event), impl_->secrets_)};
    if (impl_->write_now(l))
        return;
    impl_->push(std::move(l));
    if (event.level == log_level::critical)
        flush();
}

event_sink logger::sink() {
    return [this](const log_event& event) {
        write(event);
    };
}

bool logger::flush() noexcept {
    return impl_->flush();
}

void logger::set_limits(limits bounds) {
    impl_->bounds_ = bounds;
    const std::lock_guard lock(impl_->shared_->mutex);
    impl_->shared_->queue.set_limit(bounds.buffer);
}

std::uint64_t logger::dropped() const noexcept {
    const std::lock_guard lock(impl_->shared_->mutex);
    return impl_->shared_->queue.dropped();
}

std::string logger::redacted(std::string text) const {
    return redact(std::move(text), impl_->secrets_);
}

log_level logger::level() const noexcept {
    return impl_->level_;
}
void logger::set_level(log_level level) {
    impl_->level_ = level;
}
void logger::hide(std::vector<secret> secrets) {
    impl_->secrets_ = std::move(secrets);
}

void log_uncaught_exceptions(logger& to) {
    of_uncaught_exceptions = &to;
    std::set_terminate(say_and_abort);
}

} // namespace headspace::log
