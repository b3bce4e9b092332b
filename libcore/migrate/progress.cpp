#include "migrate/progress.hpp"

#include "base/text.hpp"

namespace headspace::migrate {

std::string_view to_string(direction d) noexcept {
    switch (d) {
    case direction::upgrade:
        return "upgrade";
    case direction::downgrade:
        return "downgrade";
    case direction::stamp:
        return "stamp";
    case direction::adopt:
        return "adopt";
    }
    return "";
}

std::string_view to_string(progress_kind kind) noexcept {
    switch (kind) {
    case progress_kind::planned:
        return "planned";
    case progress_kind::warning:
        return "warning";
    case progress_kind::waiting_for_lock:
        return "waiting_for_lock";
    case progress_kind::started:
        return "started";
    case progress_kind::statement:
        return "statement";
    case progress_kind::applied:
        return "applied";
    case progress_kind::reverted:
        return "reverted";
    case progress_kind::stamped:
        return "stamped";
    case progress_kind::failed:
        return "failed";
    }
    return "";
}

std::string lock_holder::text() const {
    std::vector<std::string> known;
    for (const std::string& part : {application_name, user, client_addr})
        if (!part.empty())
            known.push_back(part);
    if (!since.empty())
        known.push_back("since " + since);
    std::string out = "pid " + std::to_string(pid);
    if (!known.empty())
        out += " (" + join(known, ", ") + ")";
    return out;
}

} // namespace headspace::migrate
