#include "base/text.hpp"
#include "ctl/render.hpp"

#include <boost/json.hpp>

#include <algorithm>

namespace headspace::ctl {

namespace json = boost::json;

std::string render_config(const json::value& config, const style& look) {
    std::string out = text_of(config, "masked") + "\n";
    const std::string file = text_of(config, "file");
    out += look.paint(tone::faint, file.empty() ? "no configuration file" : file) + "\n";
    const json::value* values = member(config, "values");
    if (values == nullptr || !values->is_array())
        return out;
    std::size_t keys = 0;
    std::size_t widest = 0;
    for (const json::value& one : values->get_array()) {
        keys = std::max(keys, text_of(one, "key").size());
        // A long value moves its own source to the right, not everybody's.
        if (const auto size = text_of(one, "value").size(); size <= 40)
            widest = std::max(widest, size);
    }
    for (const json::value& one : values->get_array()) {
        const std::string key = text_of(one, "key");
        const std::string value = text_of(one, "value");
        out += key + std::string(keys - key.size() + 2, ' ') + value;
        out.append(value.size() < widest ? widest - value.size() + 2 : 2, ' ');
        out += look.paint(tone::faint, text_of(one, "source")) + "\n";
    }
    return out;
}

std::string render_reload(const json::value& answer) {
    sheet out;
    const auto changed = texts_of(answer, "changed");
    const auto restart = texts_of(answer, "needs_restart");
    if (changed.empty() && restart.empty())
        return "reloaded: nothing changed\n";
    out.row("changed", join(changed, ", "));
    out.row("needs a restart", join(restart, ", "));
    return out.text();
}

} // namespace headspace::ctl
