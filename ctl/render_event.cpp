#include "ctl/render_event.hpp"

#include <boost/json.hpp>

namespace headspace::ctl {

namespace {

tone tone_of(std::string_view level) {
    if (level == "warning" || level == "error" || level == "critical")
        return tone::bad;
    return level == "info" ? tone::good : tone::faint;
}

} // namespace

std::string harmless(std::string_view text) {
    std::string out;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        out += byte < 0x20 || byte == 0x7f ? ' ' : c;
    }
    return out;
}

std::string render_log_event(const boost::json::value& event, const style& look) {
    std::string time = text_of(event, "time");
    if (time.size() > 10 && time[10] == 'T')
        time[10] = ' ';
    std::string level = text_of(event, "level");
    const tone painted = tone_of(level);
    level.resize(std::max<std::size_t>(8, level.size() + 1), ' ');
    const std::string name = text_of(event, "event");
    return look.paint(tone::faint, time) + " " + look.paint(painted, harmless(level)) +
           harmless(text_of(event, "message")) +
           (name.empty() ? std::string() : look.paint(tone::faint, " (" + harmless(name) + ")"));
}

} // namespace headspace::ctl
