#include "base/text.hpp"
#include "ctl/render.hpp"
#include "ctl/table.hpp"

#include <boost/json.hpp>

namespace headspace::ctl {

namespace json = boost::json;

std::string render_config(const json::value& config, const style& look) {
    std::string out = text_of(config, "masked") + "\n";
    const std::string file = text_of(config, "file");
    out += look.paint(tone::faint, file.empty() ? "no configuration file" : file) + "\n";
    const json::value* values = member(config, "values");
    if (values == nullptr || !values->is_array())
        return out;
    // A long value moves its own source to the right, not everybody's.
    constexpr std::size_t usual = 40;
    table rows({{.head = ""},
                {.head = "", .when = narrow::cut, .most = usual},
                {.head = "", .when = narrow::cut}});
    for (const json::value& one : values->get_array())
        rows.row({text_of(one, "key"), text_of(one, "value"),
                  look.paint(tone::faint, text_of(one, "source"))});
    return out + rows.text(look.width);
}

std::string render_reload(const json::value& answer, const style& look) {
    sheet out;
    const auto changed = texts_of(answer, "changed");
    const auto restart = texts_of(answer, "needs_restart");
    if (changed.empty() && restart.empty())
        return "reloaded: nothing changed\n";
    out.row("changed", join(changed, ", "));
    out.row("needs a restart", join(restart, ", "));
    return out.text(look.width);
}

} // namespace headspace::ctl
