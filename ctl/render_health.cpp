#include "ctl/render.hpp"

#include <boost/json.hpp>

namespace headspace::ctl {

namespace json = boost::json;

namespace {

std::string with_error(const json::value& answer, const style& look) {
    std::string out = look.word(text_of(answer, "database"));
    if (const std::string reason = text_of(answer, "database_error"); !reason.empty())
        out += "\n" + reason;
    if (const std::string stale = stale_primaries(answer); !stale.empty())
        out += "\n" + stale;
    return out;
}

std::string since(const json::value& answer) {
    const std::string at = text_of(answer, "since");
    return at.empty() ? at : " since " + at;
}

} // namespace

std::string render_health(const json::value& health, const style& look) {
    sheet out;
    out.row("status", look.word(text_of(health, "status")) + since(health));
    out.row("database", with_error(health, look));
    if (const json::value* checks = member(health, "checks")) {
        out.row("pool", look.word(text_of(*checks, "pool")));
        std::string migrations = look.word(text_of(*checks, "migrations"));
        if (const std::string progress = text_of(*checks, "progress"); !progress.empty())
            migrations += " " + progress;
        out.row("migrations", std::move(migrations));
    }
    out.row("version", text_of(health, "version"));
    return out.text(look.width);
}

std::string render_health_db(const json::value& answer, const style& look) {
    sheet out;
    out.row("database", with_error(answer, look));
    if (const auto latency = number_of(answer, "latency_ms"))
        out.row("latency", format_seconds(*latency / 1000));
    if (const std::string server = text_of(answer, "server_version"); !server.empty())
        out.row("server", "PostgreSQL " + server);
    out.row("role", text_of(answer, "role"));
    return out.text(look.width);
}

} // namespace headspace::ctl
