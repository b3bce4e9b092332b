#include "base/text.hpp"
#include "ctl/render.hpp"

#include <boost/json.hpp>

namespace headspace::ctl {

namespace json = boost::json;

namespace {

std::string joined(std::string first, const std::string& separator, const std::string& second) {
    return second.empty() ? first : first.empty() ? second : first + separator + second;
}

std::string database(const json::value& status, const style& look) {
    std::string out =
        joined(look.word(text_of(status, "database")), ", ", text_of(status, "target"));
    out = joined(std::move(out), "\n", text_of(status, "database_error"));
    return joined(std::move(out), "\n", stale_primaries(status));
}

std::string migrations(const json::value& m, const style& look) {
    std::string out = look.word(text_of(m, "state"));
    out = joined(std::move(out), " ", text_of(m, "progress"));
    const auto current = texts_of(m, "current");
    if (!current.empty())
        out += ", at " + join(current, ", ") + (current == texts_of(m, "heads") ? " (head)" : "");
    if (const auto pending = count_of(m, "pending"); pending > 0)
        out += ", " + std::to_string(pending) + " pending";
    return joined(std::move(out), "\n", text_of(m, "directory"));
}

std::string configuration(const json::value& status) {
    std::string out = text_of(status, "config_file");
    if (out.empty())
        out = "no file";
    const json::value* reload = member(status, "last_reload");
    if (reload == nullptr)
        return out;
    const json::value* ok = member(*reload, "ok");
    out += ok != nullptr && ok->is_bool() && ok->get_bool() ? "; reloaded " : "; reload refused ";
    return joined(out + text_of(*reload, "at"), "\n", text_of(*reload, "error"));
}

std::string daemon_line(const json::value& status, const style& look) {
    std::string out = look.word(text_of(status, "state"));
    out = joined(std::move(out), ", version ", text_of(status, "version"));
    out = joined(std::move(out), ", pid ", text_of(status, "pid"));
    if (const auto uptime = number_of(status, "uptime_s"))
        out += ", up " + format_seconds(*uptime);
    if (const auto crashes = count_of(status, "crashes"); crashes > 0)
        out += ", " + std::to_string(crashes) + (crashes == 1 ? " crash" : " crashes");
    return out;
}

} // namespace

std::string render_status(const json::value& status, const style& look) {
    sheet out;
    out.row("status",
            joined(look.word(text_of(status, "status")), " since ", text_of(status, "since")));
    out.row("daemon", daemon_line(status, look));
    out.row("database", database(status, look));
    if (const std::string version = text_of(status, "server_version"); !version.empty())
        out.row("server", joined("PostgreSQL " + version, ", ", text_of(status, "role")));
    if (const json::value* embedded = member(status, "embedded");
        embedded != nullptr && embedded->is_bool() && embedded->get_bool())
        out.row("embedded", "yes, a private cluster of this daemon");
    if (const json::value* pool = member(status, "pool"))
        out.row("pool", pool_summary(*pool, look));
    if (const json::value* m = member(status, "migrations"))
        out.row("migrations", migrations(*m, look));
    if (const json::value* operation = member(status, "operation"))
        out.row("operation", text_of(*operation, "kind") + " " + text_of(*operation, "id") + ", " +
                                 text_of(*operation, "state"));
    out.row("config", configuration(status));
    out.row("socket", text_of(status, "socket"));
    return out.text(look.width);
}

std::string render_version(const json::value& answer, const style& look) {
    sheet out;
    out.row("headspacectl", text_of(answer, "headspacectl"));
    if (const json::value* daemon = member(answer, "headspaced")) {
        out.row("headspaced", text_of(*daemon, "version"));
        out.row("extensions", join(texts_of(*daemon, "extensions"), ", "));
        // As libpq counts: 150014 is 15.14.
        if (const auto libpq = count_of(*daemon, "libpq"); libpq >= 100000)
            out.row("libpq", std::to_string(libpq / 10000) + "." + std::to_string(libpq % 10000));
        if (const std::string server = text_of(*daemon, "server_version"); !server.empty())
            out.row("server", "PostgreSQL " + server);
    }
    return out.text(look.width);
}

} // namespace headspace::ctl
