#include "log/sinks.hpp"

#include "log/record.hpp"

#include <climits>
#include <spdlog/sinks/base_sink.h>
#include <systemd/sd-journal.h>

#include <cstdio>
#include <mutex>
#include <poll.h>
#include <string>
#include <sys/uio.h>
#include <unistd.h>
#include <vector>

namespace headspace::log {

namespace {

log_event event_of(const spdlog::details::log_msg& message) {
    log_event event = decode({message.payload.data(), message.payload.size()});
    event.level = static_cast<log_level>(message.level);
    return event;
}

class stderr_sink final : public spdlog::sinks::base_sink<std::mutex> {
public:
    explicit stderr_sink(format how) : json_(how == format::json), colour_(::isatty(2) == 1) {}

private:
    void sink_it_(const spdlog::details::log_msg& message) override {
        const log_event event = event_of(message);
        std::string line =
            json_ ? json_line(event, message.time) : text_line(event, message.time, colour_);
        line += '\n';
        // One write a line, so that lines of other processes on the same stderr do not mix in.
        [[maybe_unused]] const auto written = ::write(2, line.data(), line.size());
    }
    void flush_() override {}

    bool json_;
    bool colour_;
};

class journal_sink final : public spdlog::sinks::base_sink<std::mutex> {
private:
    void sink_it_(const spdlog::details::log_msg& message) override {
        const log_event event = event_of(message);
        std::vector<std::string> fields = journal_fields(event);
        std::vector<iovec> parts;
        parts.reserve(fields.size());
        for (std::string& field : fields)
            parts.push_back({field.data(), field.size()});
        // A journal that does not answer is no reason to fail: there is nobody left to tell.
        ::sd_journal_sendv(parts.data(), static_cast<int>(parts.size()));
    }
    void flush_() override {}
};

} // namespace

bool is_taken_at_once(format where, const log_event& event, wall_time at) {
    if (where == format::journal)
        return false;
    // poll(2): a pipe that is writable takes PIPE_BUF bytes.
    const std::string line =
        where == format::json ? json_line(event, at) : text_line(event, at, true);
    pollfd stream{2, POLLOUT, 0};
    return line.size() < PIPE_BUF && ::poll(&stream, 1, 0) == 1 && (stream.revents & POLLOUT) != 0;
}

spdlog::sink_ptr make_sink(format where) {
    if (where == format::journal)
        return std::make_shared<journal_sink>();
    return std::make_shared<stderr_sink>(where);
}

} // namespace headspace::log
