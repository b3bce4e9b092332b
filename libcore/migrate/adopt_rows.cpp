#include "migrate/adopt_rows.hpp"

#include "base/text.hpp"
#include "migrate/plan_checks.hpp"
#include "migrate/sql_text.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <span>

namespace headspace::migrate {

using revisions::revision_set;
using revisions::same_version;
using revisions::script;
using revisions::version_less;

namespace {

constexpr std::array<std::pair<foreign_tool, std::string_view>, 13> tool_names{
    {{foreign_tool::golang_migrate, "golang-migrate"},
     {foreign_tool::goose, "goose"},
     {foreign_tool::dbmate, "dbmate"},
     {foreign_tool::flyway, "flyway"},
     {foreign_tool::diesel, "diesel"},
     {foreign_tool::alembic, "alembic"},
     {foreign_tool::prisma, "prisma"},
     {foreign_tool::sqlx, "sqlx"},
     {foreign_tool::rails, "rails"},
     {foreign_tool::atlas, "atlas"},
     {foreign_tool::liquibase, "liquibase"},
     {foreign_tool::django, "django"},
     {foreign_tool::ecto, "ecto"}}};

// What the tools call their tables when nobody says otherwise.
constexpr std::array<std::string_view, 7> usual_names{
    "schema_migrations", "goose_db_version",  "flyway_schema_history",     "schema_version",
    "alembic_version",   "django_migrations", "__diesel_schema_migrations"};

using columns = std::vector<std::string_view>;

bool has_exactly(const table_shape& table, const columns& wanted) {
    return std::equal(table.columns.begin(), table.columns.end(), wanted.begin(), wanted.end());
}

bool has_all(const table_shape& table, const columns& wanted) {
    return std::all_of(wanted.begin(), wanted.end(), [&](std::string_view one) {
        return std::find(table.columns.begin(), table.columns.end(), one) != table.columns.end();
    });
}

/// Whose table it is by its shape; Rails' is dbmate's and told apart by its neighbour.
std::optional<foreign_tool> tool_of(const table_shape& table) {
    if (has_exactly(table, {"version bigint", "dirty boolean"}))
        return foreign_tool::golang_migrate;
    if (has_all(table, {"version_id bigint", "is_applied boolean"}))
        return foreign_tool::goose;
    if (has_all(table, {"installed_rank integer", "version character varying",
                        "script character varying", "checksum integer", "success boolean"}))
        return foreign_tool::flyway;
    if (has_exactly(table, {"version_num character varying"}))
        return foreign_tool::alembic;
    if (table.name == "__diesel_schema_migrations" && has_all(table, {"version character varying"}))
        return foreign_tool::diesel;
    if (table.name.ends_with("schema_migrations") &&
        has_exactly(table, {"version character varying"}))
        return foreign_tool::dbmate;
    if (table.name == "_prisma_migrations" && has_all(table, {"migration_name character varying"}))
        return foreign_tool::prisma;
    if (table.name == "_sqlx_migrations" && has_all(table, {"version bigint", "checksum bytea"}))
        return foreign_tool::sqlx;
    if (table.name == "atlas_schema_revisions" && has_all(table, {"version character varying"}))
        return foreign_tool::atlas;
    if (to_lower(table.name) == "databasechangelog")
        return foreign_tool::liquibase;
    if (table.name == "django_migrations" &&
        has_all(table, {"app character varying", "name character varying",
                        "applied timestamp with time zone"}))
        return foreign_tool::django;
    if (has_exactly(table, {"version bigint", "inserted_at timestamp without time zone"}))
        return foreign_tool::ecto;
    return {};
}

error refuse_adoption(std::string message, std::string hint) {
    return make_error(errc::conflict_here, error_class::refuse, std::move(message),
                      std::move(hint));
}

std::string listed(const std::vector<bookkeeping>& all) {
    std::string out;
    for (const bookkeeping& one : all)
        out += (out.empty() ? "" : ", ") + one.text();
    return out;
}

bool is_meant(const bookkeeping& one, std::string_view from) {
    return from == to_string(one.tool) || from == one.table || from == one.schema + "." + one.table;
}

std::string_view text(const foreign_row& row, std::size_t column) {
    return column < row.size() && row[column] ? std::string_view(*row[column]) : std::string_view();
}

bool yes(const foreign_row& row, std::size_t column) {
    return text(row, column) == "true" || text(row, column) == "t";
}

/// What the rows come to, whichever tool wrote them.
struct account {
    const bookkeeping& which;
    const revisions::directory& files;
    std::vector<std::string> applied; // versions as the rows say them
    std::vector<std::string> up_to;   // and these with everything before them
    std::vector<std::string> repeatables;
    std::vector<std::string> notes;

    [[nodiscard]] const script* find(std::string_view version) const {
        for (const script& s : files.graph.scripts())
            if (same_version(s.revision, version))
                return &s;
        return nullptr;
    }
    /// A baseline of the directory holds it, so that it needs no file.
    [[nodiscard]] bool in_baseline(std::string_view version) const {
        return !files.baseline_version.empty() && !version_less(files.baseline_version, version);
    }
};

result<void> read_golang_migrate(account& all, const std::vector<foreign_row>& rows) {
    if (rows.size() > 1)
        return refuse_adoption(all.which.text() + " has " + std::to_string(rows.size()) +
                                   " rows, and golang-migrate writes one",
                               "the table may be another tool's (Hasura's?)");
    if (rows.empty())
        return {};
    const std::string version(text(rows.front(), 0));
    if (yes(rows.front(), 1))
        return refuse_adoption(all.which.text() + " says that version " + version +
                                   " is dirty: it failed half-way",
                               "repair the schema by hand and clear the mark with that tool "
                               "(migrate force VERSION), then adopt");
    if (version != "-1")
        all.up_to.push_back(version);
    return {};
}

/// The newest row of a version decides; version 0 is the table's own.
result<void> read_goose(account& all, const std::vector<foreign_row>& rows) {
    std::map<std::string, bool> state;
    for (const foreign_row& row : rows)
        state[std::string(text(row, 0))] = yes(row, 1);
    for (const auto& [version, applied] : state)
        if (applied && version != "0")
            all.applied.push_back(version);
    return {};
}

result<void> read_versions(account& all, const std::vector<foreign_row>& rows) {
    for (const foreign_row& row : rows)
        all.applied.emplace_back(text(row, 0));
    return {};
}

/// The up half as its file has it: the section's own text has lost the blanks at its end.
std::string_view file_text(const script& s) {
    std::string_view text = s.text;
    const auto line_after = [&](std::string_view directive) {
        const std::size_t at = std::min(text.find(directive), text.size());
        return std::min(text.find('\n', at + 1), text.size());
    };
    text.remove_prefix(line_after("\n-- migrate:up"));
    return text.substr(0, s.down ? text.find("\n-- migrate:down") : text.npos);
}

/// A CRC of 0 is noted where there is no text, as for a class.
bool is_other_text(const script& s, std::string_view checksum) {
    return !checksum.empty() && checksum != "0" &&
           checksum != std::to_string(flyway_checksum(file_text(s)));
}

/// Flyway refuses to go on in these cases; what ran is not to be seen any more.
void note_other_texts(account& all, const std::map<std::string, std::string>& versions) {
    constexpr std::size_t shown = 5;
    std::size_t count = 0;
    for (const auto& [version, checksum] : versions) {
        const script* s = all.in_baseline(version) ? nullptr : all.find(version);
        if (s != nullptr && is_other_text(*s, checksum) && ++count <= shown)
            all.notes.push_back(revisions::shown_file(s->file) +
                                " is not the text that Flyway has applied (its checksum was " +
                                checksum + "): it is recorded as it is now");
    }
    if (count > shown)
        all.notes.push_back("and " + std::to_string(count - shown) + " more such files");
}

/// Columns: version, description, type, script, checksum, success.
result<void> read_flyway(account& all, const std::vector<foreign_row>& rows) {
    std::map<std::string, std::string> versions;    // and their checksums
    std::map<std::string, std::string> repeatables; // description, checksum of the last run
    for (const foreign_row& row : rows) {
        const std::string version(text(row, 0));
        const std::string type(text(row, 2));
        if (!yes(row, 5))
            return refuse_adoption(all.which.text() + " says that " + std::string(text(row, 3)) +
                                       " failed",
                                   "repair the schema by hand and the row with `flyway repair`, "
                                   "then adopt");
        if (type == "SCHEMA")
            continue;
        if (version.empty() && type != "DELETE")
            repeatables[std::string(text(row, 1))] = std::string(text(row, 4));
        else if (type == "BASELINE" || type == "SQL_BASELINE")
            all.up_to.push_back(version);
        else if (type.starts_with("UNDO") || type == "DELETE")
            versions.erase(version);
        else
            versions[version] = type == "SQL" ? text(row, 4) : "";
    }
    for (const auto& [version, checksum] : versions)
        all.applied.push_back(version);
    note_other_texts(all, versions);
    for (const script& s : all.files.repeatables) {
        const auto row = repeatables.find(s.revision.substr(3));
        if (row == repeatables.end())
            continue;
        if (!is_other_text(s, row->second))
            all.repeatables.push_back(s.revision);
        else
            all.notes.push_back(revisions::shown_file(s.file) +
                                " is not the text that was applied last: it is pending");
    }
    return {};
}

error alembic(const bookkeeping& which, const std::vector<foreign_row>& rows) {
    std::vector<std::string> versions;
    for (const foreign_row& row : rows)
        versions.emplace_back(text(row, 0));
    return refuse_adoption(which.text() + " is at " +
                               (versions.empty() ? "base" : join(versions, ", ")) +
                               ": Alembic's revisions are Python, which headspaced cannot run",
                           "`headspacectl db pull` writes the schema as it is now as the first "
                           "revision and stamps it");
}

result<void> read_rows(account& all, const std::vector<foreign_row>& rows) {
    switch (all.which.tool) {
    case foreign_tool::golang_migrate:
        return read_golang_migrate(all, rows);
    case foreign_tool::goose:
        return read_goose(all, rows);
    case foreign_tool::dbmate:
    case foreign_tool::diesel:
        return read_versions(all, rows);
    case foreign_tool::flyway:
        return read_flyway(all, rows);
    case foreign_tool::alembic:
        return alembic(all.which, rows);
    case foreign_tool::prisma:
    case foreign_tool::sqlx:
    case foreign_tool::rails:
    case foreign_tool::atlas:
    case foreign_tool::liquibase:
    case foreign_tool::django:
    case foreign_tool::ecto:
        break;
    }
    return {};
}

std::string some_of(const std::vector<std::string>& versions) {
    constexpr std::size_t shown = 5;
    const std::size_t n = std::min(shown, versions.size());
    return join(std::span(versions).first(n), ", ") +
           (versions.size() > n ? " and " + std::to_string(versions.size() - n) + " more" : "");
}

/// The revisions of the directory that the versions are.
result<revision_set> match(const account& all) {
    revision_set found;
    std::vector<std::string> missing;
    bool baseline = false;
    for (const std::string& version : all.applied) {
        if (const script* s = all.find(version))
            found.insert(s->revision);
        else if (all.in_baseline(version))
            baseline = true;
        else
            missing.push_back(version);
    }
    for (const std::string& version : all.up_to) {
        const script* s = all.find(version);
        if (all.which.tool == foreign_tool::golang_migrate) {
            if (s == nullptr)
                missing.push_back(version);
            else
                found.merge(all.files.graph.ancestors({s->revision}));
            continue;
        }
        for (const script& before : all.files.graph.scripts())
            if (!version_less(version, before.revision) || same_version(version, before.revision))
                found.insert(before.revision);
    }
    if (baseline) {
        const script* s = all.find(all.files.baseline_version);
        const bool complete =
            std::any_of(all.applied.begin(), all.applied.end(), [&](const auto& v) {
                return !version_less(v, all.files.baseline_version);
            });
        if (s != nullptr && complete)
            found.insert(s->revision);
        else if (s != nullptr)
            missing.push_back(all.files.baseline_version + " in full");
    }
    if (missing.empty())
        return found;
    return refuse_adoption(all.which.text() + " says that " + some_of(missing) +
                               (missing.size() == 1 ? " is" : " are") + " applied, and " +
                               all.files.path.string() + " has no such file",
                           "use the directory that this database was migrated with");
}

} // namespace

std::string_view to_string(foreign_tool tool) noexcept {
    for (const auto& [one, name] : tool_names)
        if (one == tool)
            return name;
    return "";
}

std::string bookkeeping::text() const {
    return std::string(to_string(tool)) + " (" + schema + "." + table + ")";
}

std::vector<bookkeeping> recognise(const std::vector<table_shape>& tables) {
    std::vector<bookkeeping> found;
    for (const table_shape& table : tables) {
        auto tool = tool_of(table);
        if (!tool)
            continue;
        const bool of_rails = std::any_of(tables.begin(), tables.end(), [&](const auto& other) {
            return other.schema == table.schema && other.name == "ar_internal_metadata";
        });
        if (*tool == foreign_tool::dbmate && of_rails)
            tool = foreign_tool::rails;
        found.push_back({*tool, table.schema, table.name});
    }
    return found;
}

std::vector<std::string> misshapen(const std::vector<table_shape>& tables) {
    std::vector<std::string> out;
    for (const table_shape& table : tables)
        if (!tool_of(table) &&
            std::find(usual_names.begin(), usual_names.end(), table.name) != usual_names.end())
            out.push_back(table.schema + "." + table.name + " (" + join(table.columns, ", ") + ")");
    return out;
}

result<bookkeeping> choose(const std::vector<bookkeeping>& found, std::string_view from,
                           const std::vector<std::string>& strange) {
    std::vector<bookkeeping> meant;
    for (const bookkeeping& one : found)
        if (from.empty() || is_meant(one, from))
            meant.push_back(one);
    if (meant.empty() && from.empty())
        return refuse_adoption("no other tool's bookkeeping is in this database" +
                                   (strange.empty()
                                        ? std::string()
                                        : "; " + join(strange, ", ") +
                                              " is called like one, with columns of no version "
                                              "that is known"),
                               "known are the tables of golang-migrate, goose, dbmate, Flyway, "
                               "diesel and Alembic; `headspacectl db stamp REV` records by hand");
    if (meant.empty())
        return refuse_adoption("this database has no bookkeeping of " + std::string(from) +
                                   (found.empty() ? "" : "; it has that of " + listed(found)),
                               "--from takes a tool's name or SCHEMA.TABLE");
    if (meant.size() > 1)
        return refuse_adoption("several bookkeepings are in this database: " + listed(meant),
                               meant.front().tool == meant.back().tool
                                   ? "say which one: --from SCHEMA.TABLE"
                                   : "say which one: --from TOOL or --from SCHEMA.TABLE");
    const bookkeeping& one = meant.front();
    if (one.tool > foreign_tool::alembic)
        return refuse_adoption(
            "the bookkeeping of " + one.text() + " is not supported",
            "`headspacectl db pull` takes the schema over as it is, `headspacectl "
            "db stamp REV` records by hand");
    return one;
}

std::string rows_sql(const bookkeeping& which) {
    const std::string from =
        " FROM " + quote_identifier(which.schema) + "." + quote_identifier(which.table);
    switch (which.tool) {
    case foreign_tool::golang_migrate:
        return "SELECT version::text, dirty::text" + from;
    case foreign_tool::goose:
        return "SELECT version_id::text, is_applied::text" + from + " ORDER BY id";
    case foreign_tool::flyway:
        return "SELECT version, description, type, script, checksum::text, success::text" + from +
               " ORDER BY installed_rank";
    case foreign_tool::alembic:
        return "SELECT version_num" + from;
    default:
        return "SELECT version" + from + " ORDER BY version";
    }
}

result<adopted> judge(const bookkeeping& which, const std::vector<foreign_row>& rows,
                      const revisions::directory& files) {
    account all{which, files, {}, {}, {}, {}};
    if (auto read = read_rows(all, rows); read.has_error())
        return read.error();
    const auto applied = match(all);
    if (applied.has_error())
        return applied.error();
    adopted out;
    out.from = which;
    out.revisions = files.graph.ordered(*applied);
    out.repeatables = std::move(all.repeatables);
    out.notes = std::move(all.notes);
    for (const std::string& revision : files.graph.out_of_order(*applied))
        out.notes.push_back("revision " + revision + " is not applied although later ones are: " +
                            which.text() + " has no row of it");
    return out;
}

result<void> check_not_reverted(const adopted& what, const std::vector<reverted_here>& gone) {
    for (const std::string& revision : what.revisions)
        for (const reverted_here& one : gone)
            if (one.revision == revision)
                return refuse_adoption(
                    what.from.text() + " says that " + revision +
                        " is applied, and headspaced has reverted it at " + one.at +
                        ": nobody keeps that table up any more",
                    "headspacectl db upgrade applies it again; if it is applied indeed: "
                    "headspacectl db stamp " +
                        revision);
    return {};
}

plan plan_adoption(const adopted& what, const revisions::directory& files,
                   const ledger_state& ledger) {
    plan out;
    out.warnings = what.notes;
    const auto add = [&](const std::string& revision) {
        const auto row =
            std::find_if(ledger.rows.begin(), ledger.rows.end(),
                         [&](const ledger_row& one) { return one.revision == revision; });
        if (row == ledger.rows.end())
            out.steps.push_back(step_for(*files.find(revision), direction::stamp));
    };
    for (const std::string& revision : what.revisions)
        add(revision);
    for (const std::string& revision : what.repeatables)
        add(revision);
    return out;
}

std::int32_t flyway_checksum(std::string_view text) {
    std::uint32_t crc = 0xFFFFFFFFU;
    for (const char c : text) {
        if (c == '\n' || c == '\r')
            continue;
        crc ^= static_cast<unsigned char>(c);
        for (int bit = 0; bit < 8; ++bit)
            crc = (crc >> 1) ^ ((crc & 1U) != 0 ? 0xEDB88320U : 0U); // IEEE 802.3, reflected
    }
    return static_cast<std::int32_t>(~crc);
}

} // namespace headspace::migrate
