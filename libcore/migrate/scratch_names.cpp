#include "migrate/scratch_names.hpp"

#include "migrate/sql_text.hpp"
#include "revisions/names.hpp"

#include <algorithm>
#include <charconv>

namespace headspace::migrate {

namespace {

constexpr std::size_t stamp_digits = 14;
constexpr std::size_t key_digits = 8;

std::string hex(std::uint32_t key) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string out(key_digits, '0');
    for (std::size_t i = key_digits; i-- > 0; key >>= 4U)
        out[i] = digits[key & 0xFU];
    return out;
}

bool is_digits(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

} // namespace

std::string scratch_name(const scratch_run& run, char which) {
    return std::string(scratch_prefix) + revisions::revision_id(run.created) + "_" + hex(run.key) +
           "_" + which;
}

std::optional<std::uint32_t> key_of_scratch(std::string_view name) {
    if (!name.starts_with(scratch_prefix))
        return {};
    name.remove_prefix(scratch_prefix.size());
    if (name.size() != stamp_digits + 1 + key_digits + 2 ||
        !is_digits(name.substr(0, stamp_digits)) || name[stamp_digits] != '_' ||
        name[stamp_digits + 1 + key_digits] != '_')
        return {};
    const std::string_view digits = name.substr(stamp_digits + 1, key_digits);
    std::uint32_t key = 0;
    const auto [end, wrong] =
        std::from_chars(digits.data(), digits.data() + digits.size(), key, 16);
    if (wrong != std::errc() || end != digits.data() + digits.size())
        return {};
    return key;
}

std::string scratch_comment(const scratch_run& run) {
    return "scratch database of headspaced, made " + format_utc(run.created) + " by process " +
           std::to_string(run.pid) + " on " + run.host +
           "; it is dropped when that run ends, or by the next one";
}

std::string locale_query(int server_version) {
    const std::string provider = server_version >= 150000 ? "datlocprovider::text" : "''";
    const std::string locale = server_version >= 170000   ? "datlocale"
                               : server_version >= 150000 ? "daticulocale"
                                                          : "''";
    const std::string rules = server_version >= 160000 ? "daticurules" : "''";
    return "SELECT pg_catalog.current_setting('server_version_num'), "
           "pg_catalog.pg_encoding_to_char(encoding), datcollate, datctype, " +
           provider + ", coalesce(" + locale + ", ''), coalesce(" + rules +
           ", '') FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database()";
}

std::string create_scratch_sql(std::string_view name, const database_locale& like) {
    std::string sql = "CREATE DATABASE " + quote_identifier(name) +
                      " TEMPLATE template0 ENCODING " + quote_literal(like.encoding) +
                      " LC_COLLATE " + quote_literal(like.collate) + " LC_CTYPE " +
                      quote_literal(like.ctype);
    if (like.provider == "i")
        sql += " LOCALE_PROVIDER icu ICU_LOCALE " + quote_literal(like.icu_locale);
    if (like.provider == "i" && !like.icu_rules.empty())
        sql += " ICU_RULES " + quote_literal(like.icu_rules);
    if (like.provider == "b")
        sql += " LOCALE_PROVIDER builtin BUILTIN_LOCALE " + quote_literal(like.icu_locale);
    return sql;
}

std::string drop_scratch_sql(std::string_view name) {
    return "DROP DATABASE IF EXISTS " + quote_identifier(name) + " WITH (FORCE)";
}

std::vector<std::string> orphans_of(const std::vector<std::string>& names,
                                    const std::set<std::uint32_t>& held) {
    std::vector<std::string> out;
    for (const std::string& name : names)
        if (const auto key = key_of_scratch(name); key && !held.contains(*key))
            out.push_back(name);
    return out;
}

std::string scratch_list_query() {
    return "SELECT d.datname, pg_catalog.pg_get_userbyid(d.datdba), "
           "pg_catalog.pg_has_role(d.datdba, 'USAGE') FROM pg_catalog.pg_database d "
           "WHERE pg_catalog.starts_with(d.datname::text, '" +
           std::string(scratch_prefix) + "') ORDER BY 1";
}

std::string held_keys_query() {
    return "SELECT objid::bigint FROM pg_catalog.pg_locks WHERE locktype = 'advisory' AND objsubid "
           "= 2 AND granted AND classid = " +
           std::to_string(scratch_lock_space);
}

} // namespace headspace::migrate
