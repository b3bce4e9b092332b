#include "ctl/render_url.hpp"

#include "ctl/table.hpp"

#include <boost/json.hpp>

namespace headspace::ctl {

namespace json = boost::json;

namespace {

void add(table& rows, const std::string& word, const std::vector<std::string>& lines) {
    for (const std::string& line : lines)
        rows.row({word, line});
}

} // namespace

std::string render_url(const config::url_explanation& url, const style& look) {
    table values({{.head = ""},
                  {.head = "", .when = narrow::cut},
                  {.head = "", .when = narrow::wrap, .least = 20}});
    for (const config::url_value& one : url.values)
        values.row(
            {one.name, one.value.empty() ? "-" : one.value, look.paint(tone::faint, one.source)});
    values.row({"sslmode", url.tls.mode, look.paint(tone::faint, url.tls.source)});
    table words({{.head = ""}, {.head = "", .when = narrow::wrap}});
    words.row({"TLS", url.tls.means});
    add(words, "read as", url.changes);
    add(words, look.paint(tone::bad, "warning"), url.warnings);
    add(words, "note", url.hints);
    return url.masked + "\n\n" + values.text(look.width) + "\n" + words.text(look.width);
}

json::value url_json(const config::url_explanation& url) {
    json::array values;
    for (const config::url_value& one : url.values)
        values.push_back(
            json::object{{"name", one.name}, {"value", one.value}, {"source", one.source}});
    return {
        {"masked", url.masked},
        {"values", std::move(values)},
        {"tls", {{"sslmode", url.tls.mode}, {"source", url.tls.source}, {"means", url.tls.means}}},
        {"changes", string_array(url.changes)},
        {"warnings", string_array(url.warnings)},
        {"hints", string_array(url.hints)}};
}

} // namespace headspace::ctl
