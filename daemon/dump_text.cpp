#include "daemon/dump_text.hpp"

#include "base/text.hpp"
#include "migrate/sql_text.hpp"

#include <algorithm>
#include <chrono>

namespace headspace::daemon {

namespace {

constexpr int version_step = 10000; // 150020 is 15

/// Whether a literal that begins in this line goes on in the next one.
bool leaves_quote_open(std::string_view line) {
    return std::count(line.begin(), line.end(), '\'') % 2 != 0;
}

/// Walks through a dump and takes the passwords out of CREATE USER MAPPING ... OPTIONS.
class mapping_filter {
public:
    std::string operator()(std::string_view line) {
        if (hiding_) {
            hiding_ = !leaves_quote_open(line); // an even number of quotes: still inside
            return hiding_ ? std::string() : close(line);
        }
        if (line.starts_with("CREATE USER MAPPING "))
            inside_ = true;
        std::string out = std::string(line) + "\n";
        if (inside_ && is_password(line)) {
            out = std::string(line.substr(0, line.find('\''))) + "'***'";
            hiding_ = leaves_quote_open(line);
            out += hiding_ ? "" : close(line);
        }
        if (line.ends_with(';'))
            inside_ = false;
        return out;
    }

private:
    static bool is_password(std::string_view line) {
        const std::string option = to_lower(trim(line));
        for (const char* name : {"password ", "\"password\" ", "passwd ", "sslpassword "})
            if (option.starts_with(name))
                return true;
        return false;
    }
    static std::string close(std::string_view line) { return line.ends_with(',') ? ",\n" : "\n"; }
    bool inside_ = false;
    bool hiding_ = false;
};

} // namespace

result<embedded::found_program> choose_pg_dump(const std::vector<embedded::found_program>& found,
                                               int server, const std::string& server_text) {
    if (found.empty())
        return make_error(errc::config_invalid, error_class::refuse,
                          "there is no pg_dump on the machine of headspaced",
                          "install the PostgreSQL client programs, or set embedded.bindir to the "
                          "folder they are in");
    const int major = server / version_step;
    const embedded::found_program* best = nullptr;
    for (const embedded::found_program& one : found)
        if (one.major >= major && (best == nullptr || one.major < best->major))
            best = &one;
    if (best != nullptr)
        return *best;
    const auto newest = std::max_element(
        found.begin(), found.end(), [](const auto& a, const auto& b) { return a.major < b.major; });
    return make_error(errc::unsupported_server, error_class::refuse,
                      newest->path + " is " + newest->version + ", older than the server (" +
                          server_text + "): it would not know all that is there",
                      "install the client programs of PostgreSQL " + std::to_string(major) +
                          ", or set embedded.bindir to their folder");
}

std::string conninfo_text(const std::map<std::string, std::string>& values) {
    std::string out;
    for (const auto& [keyword, value] : values) {
        out += (out.empty() ? "" : " ") + keyword + "='";
        for (const char c : value) {
            if (c == '\'' || c == '\\')
                out += '\\';
            out += c;
        }
        out += '\'';
    }
    return out;
}

std::vector<std::string> arguments_of(const dump_arguments& what) {
    std::vector<std::string> out{
        what.program,         "--schema-only", "--no-owner",      "--no-privileges",
        "--no-subscriptions", "--no-password", "--encoding=UTF8", "--exclude-schema=headspace",
        "--file=" + what.file};
    if (what.lock_timeout > duration::zero())
        out.push_back(
            "--lock-wait-timeout=" +
            std::to_string(
                std::chrono::duration_cast<std::chrono::milliseconds>(what.lock_timeout).count()));
    // Random without it, and the file would never be the same twice.
    if (what.knows_restrict_key)
        out.emplace_back("--restrict-key=headspace");
    out.push_back("--dbname=" + what.connection);
    return out;
}

std::string password_line(std::string_view password) {
    std::string out = "*:*:*:*:";
    for (const char c : password) {
        if (c == ':' || c == '\\')
            out += '\\';
        out += c;
    }
    return out + "\n";
}

std::string schema_text(std::string_view dumped, revisions::revision_list revisions) {
    std::string out = "-- Written by `headspacectl db dump`: the schema without owners, privileges "
                      "and data.\n--\n";
    mapping_filter without_passwords;
    for (const std::string& line : split(dumped, '\n'))
        if (!line.starts_with("-- Dumped from database version ") &&
            !line.starts_with("-- Dumped by pg_dump version "))
            out += without_passwords(line);
    while (out.ends_with("\n\n"))
        out.pop_back();
    std::sort(revisions.begin(), revisions.end(), revisions::version_less);
    out += "\n--\n-- Applied revisions\n--\n";
    for (const std::string& revision : revisions)
        out += "-- " + revision + "\n";
    return out;
}

error describe_dump_failure(const std::vector<std::string>& said, const std::string& how_it_ended) {
    constexpr std::string_view prefix = "pg_dump: error: ";
    const auto first = std::find_if(said.begin(), said.end(), [&](const std::string& line) {
        return line.starts_with(prefix);
    });
    std::string what = how_it_ended;
    if (first != said.end()) {
        what = first->substr(prefix.size());
        for (auto line = first + 1; line != said.end() && line->starts_with('\t'); ++line)
            what += " " + std::string(trim(*line));
    } else if (!said.empty()) {
        what += ": " + said.back();
    }
    const bool unreachable = what.find("connection to server") == 0;
    return make_error(unreachable ? errc::database_unavailable : errc::query_failed,
                      unreachable ? error_class::retry : error_class::refuse,
                      "pg_dump: " + migrate::blank_passwords(what),
                      unreachable ? "" : "nothing was written");
}

} // namespace headspace::daemon
