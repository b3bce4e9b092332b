#include "migrate/draft.hpp"

#include "base/text.hpp"
#include "revisions/declared.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <set>

namespace headspace::migrate {

namespace {

constexpr std::string_view last_file = "schema/99_later.sql";
constexpr std::size_t words_looked_at = 12;

std::string one_line(std::string text) {
    std::replace(text.begin(), text.end(), '\n', ' ');
    std::replace(text.begin(), text.end(), '\r', ' ');
    return text;
}

std::string with_marks(const schema::planned_statement& s) {
    std::string text;
    for (const std::string& warning : s.warnings)
        text += "-- note: " + one_line(warning) + "\n";
    if (!s.destructive.empty())
        text += "-- DESTRUCTIVE: " + one_line(s.destructive) + "\n";
    if (!s.silences.empty())
        text += "-- squawk-ignore " + one_line(s.silences) + "\n";
    return text + std::string(trim(s.sql)) + ";\n";
}

struct family {
    std::string_view word;
    std::string_view file;
};

// In the order in which a database is usually built.
constexpr auto families = std::to_array<family>({
    {"SCHEMA", "schema/10_schemas.sql"},
    {"EXTENSION", "schema/12_extensions.sql"},
    {"COLLATION", "schema/14_types.sql"},
    {"TYPE", "schema/14_types.sql"},
    {"DOMAIN", "schema/14_types.sql"},
    {"SEQUENCE", "schema/16_sequences.sql"},
    {"FOREIGN", "schema/18_foreign.sql"},
    {"SERVER", "schema/18_foreign.sql"},
    {"USER", "schema/18_foreign.sql"},
    {"TABLE", "schema/20_tables.sql"},
    {"INDEX", "schema/30_indexes.sql"},
    {"FUNCTION", "schema/40_functions.sql"},
    {"PROCEDURE", "schema/40_functions.sql"},
    {"AGGREGATE", "schema/40_functions.sql"},
    {"VIEW", "schema/50_views.sql"},
    {"MATERIALIZED", "schema/50_views.sql"},
    {"STATISTICS", "schema/55_statistics.sql"},
    {"RULE", "schema/65_rules.sql"},
    {"EVENT", "schema/70_triggers.sql"},
    {"TRIGGER", "schema/70_triggers.sql"},
    {"POLICY", "schema/75_policies.sql"},
    {"PUBLICATION", "schema/80_publications.sql"},
    {"SUBSCRIPTION", "schema/80_publications.sql"},
    {"DEFAULT", "schema/85_privileges.sql"},
});

} // namespace

std::vector<statement_group>
group_statements(const std::vector<schema::planned_statement>& statements) {
    std::vector<statement_group> groups;
    for (const schema::planned_statement& s : statements) {
        // One that cannot run in a transaction is alone: what follows may need its end.
        if (groups.empty() || !s.transactional || !groups.back().transaction)
            groups.push_back({s.transactional, {}});
        groups.back().statements.push_back(s);
    }
    return groups;
}

std::string render_statements(const std::vector<schema::planned_statement>& statements) {
    std::string text;
    for (const schema::planned_statement& s : statements)
        text += (text.empty() ? "" : "\n") + with_marks(s);
    return text;
}

std::string section_text(std::string_view directive, const std::string& sql, bool transaction) {
    return std::string(directive) + (transaction ? "\n" : " transaction:false\n") + sql;
}

std::string family_file(std::string_view sql) {
    std::vector<std::string> words = revisions::leading_words(sql, words_looked_at);
    if (words.empty())
        return std::string(last_file);
    if (words.front() == "COMMENT")
        return "schema/90_comments.sql";
    if (words.front() == "GRANT" || words.front() == "REVOKE")
        return "schema/85_privileges.sql";
    const bool alters = words.front() == "ALTER";
    const auto has = [&](std::string_view word) {
        return std::find(words.begin(), words.end(), word) != words.end();
    };
    if (alters && words.size() > 1 && words[1] == "TABLE" && has("FOREIGN") && has("KEY"))
        return "schema/60_foreign_keys.sql";
    if (alters && words.size() > 1 && words[1] == "SEQUENCE" && has("OWNED"))
        return "schema/25_sequence_owners.sql"; // it names a column
    // Between the verb and the object stand words like OR REPLACE, UNIQUE, UNLOGGED, CONSTRAINT.
    static const std::set<std::string, std::less<>> between{
        "OR", "REPLACE", "UNIQUE", "UNLOGGED", "CONSTRAINT", "RECURSIVE", "TEMPORARY", "ONLY"};
    std::size_t i = 1;
    while (i < words.size() && between.contains(words[i]))
        ++i;
    for (const family& f : families)
        if (i < words.size() && words[i] == f.word)
            return std::string(f.file);
    return std::string(last_file);
}

std::vector<revisions::schema_file>
pulled_files(const std::vector<schema::planned_statement>& statements,
             const std::vector<std::size_t>& late) {
    std::map<std::string, std::string> texts; // in the order of their names
    const auto add = [&](const std::string& file, const schema::planned_statement& s) {
        std::string& text = texts[file];
        text += (text.empty() ? "" : "\n") + std::string(trim(s.sql)) + ";\n";
    };
    const std::set<std::size_t> after(late.begin(), late.end());
    for (std::size_t i = 0; i < statements.size(); ++i)
        if (!after.contains(i))
            add(family_file(statements[i].sql), statements[i]);
    for (const std::size_t i : late)
        add(std::string(last_file), statements[i]);
    std::vector<revisions::schema_file> files;
    for (auto& [name, text] : texts)
        files.push_back({name, std::move(text)});
    return files;
}

} // namespace headspace::migrate
