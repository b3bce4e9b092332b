// Keeps the events that library code hands to its sink, so that a test can read the log.
#pragma once

#include "base/event.hpp"

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace headspace::test {

class log_capture {
public:
    /// May outlive this object.
    [[nodiscard]] event_sink sink() {
        return [events = events_](log_event event) {
            events->push_back(std::move(event));
        };
    }
    [[nodiscard]] const std::vector<log_event>& events() const { return *events_; }
    [[nodiscard]] std::size_t count(std::string_view name) const {
        return static_cast<std::size_t>(std::count_if(
            events_->begin(), events_->end(), [&](const log_event& e) { return e.name == name; }));
    }
    /// Names in order, for comparing a whole story.
    [[nodiscard]] std::vector<std::string> names() const {
        std::vector<std::string> all;
        for (const log_event& e : *events_)
            all.push_back(e.name);
        return all;
    }
    /// Everything that would be written, for searching.
    [[nodiscard]] std::string text() const {
        std::string all;
        for (const log_event& e : *events_) {
            all += e.name + ": " + e.message;
            for (const auto& [field, value] : e.fields)
                all += " " + field + "=" + value;
            all += "\n";
        }
        return all;
    }
    void clear() { events_->clear(); }

private:
    std::shared_ptr<std::vector<log_event>> events_ = std::make_shared<std::vector<log_event>>();
};

} // namespace headspace::test
