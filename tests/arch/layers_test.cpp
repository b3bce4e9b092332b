// Reads the source tree and fails when an include points the wrong way, or when a file that decides
// does I/O.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <string>
#include <vector>

namespace fs = std::filesystem;

namespace {

const fs::path root = HEADSPACE_SOURCE_DIR;

// What each module may include directly, besides itself. The reasons are in libcore/README.md.
const std::map<std::string, std::set<std::string>> may_use{
    {"base", {}},
    {"problems", {"base"}},
    {"metrics", {"base"}},
    {"revisions", {"base", "problems"}},
    {"lint", {"base", "problems", "revisions"}},
    {"config", {"base", "problems"}},
    {"log", {"base", "problems"}},
    {"sd", {"base", "problems", "io"}},
    {"io", {"base", "problems"}},
    {"embedded", {"base", "problems", "config", "log", "io"}},
    {"pg", {"base", "problems", "config", "log", "io", "metrics"}},
    {"pool", {"base", "problems", "config", "log", "io", "metrics", "pg"}},
    {"health", {"base", "problems", "config", "log", "io", "metrics", "pg", "pool"}},
    {"schema", {"base", "problems", "config", "log", "io", "metrics", "pg", "pool"}},
    {"migrate",
     {"base", "problems", "config", "log", "io", "metrics", "pg", "pool", "health", "schema",
      "revisions"}},
    {"admin", {"base", "problems", "io", "metrics"}},
    {"daemon",
     {"base", "problems", "metrics", "revisions", "config", "log", "sd", "io", "embedded", "pg",
      "pool", "health", "schema", "migrate", "admin"}},
    {"ctl", {"base", "problems", "config", "revisions", "lint", "admin"}},
};

// Files that decide: no Asio, no libpq, no libsystemd, no clock, no randomness.
const std::vector<std::string> pure{
    "libcore/base/",
    "libcore/problems/",
    "libcore/metrics/",
    "libcore/revisions/formats/",
    "libcore/revisions/declared",
    "libcore/revisions/lexer",
    "libcore/revisions/names",
    "libcore/revisions/sha256",
    "libcore/revisions/splitter",
    "libcore/revisions/statement",
    "libcore/revisions/script",
    "libcore/revisions/graph",
    "libcore/revisions/sum",
    "libcore/revisions/ledger_text",
    "libcore/revisions/lock_class",
    "libcore/revisions/offline_script",
    "libcore/revisions/own_schema",
    "libcore/revisions/target",
    "libcore/revisions/text_diff",
    "libcore/lint/comments",
    "libcore/lint/expressions",
    "libcore/lint/fact",
    "libcore/lint/rules",
    "libcore/lint/simplify",
    "libcore/lint/situation",
    "libcore/lint/tree",
    "libcore/lint/types",
    "libcore/config/conninfo",
    "libcore/config/settings",
    "libcore/config/validate",
    "libcore/config/combine",
    "libcore/config/dotenv",
    "libcore/config/explain_url",
    "libcore/config/load",
    "libcore/config/print",
    "libcore/embedded/locate",
    "libcore/embedded/server_settings",
    "libcore/log/event_ids",
    "libcore/log/line_queue",
    "libcore/log/record",
    "libcore/pg/attempts",
    "libcore/pg/sqlstate",
    "libcore/pg/timelines",
    "libcore/pool/actions",
    "libcore/pool/pool_settings",
    "libcore/pool/recycler",
    "libcore/pool/sizing",
    "libcore/pool/slots",
    "libcore/pool/pool_core",
    "libcore/pool/breaker",
    "libcore/pool/waiters",
    "libcore/pool/snapshot",
    "libcore/health/report",
    "libcore/schema/clauses",
    "libcore/schema/conversion",
    "libcore/schema/diff",
    "libcore/schema/clauses",
    "libcore/schema/conversion",
    "libcore/schema/foreign",
    "libcore/schema/types",
    "libcore/schema/fact",
    "libcore/schema/graph",
    "libcore/schema/link",
    "libcore/schema/online",
    "libcore/schema/parents",
    "libcore/schema/plan",
    "libcore/schema/privileges",
    "libcore/schema/quote",
    "libcore/schema/rename",
    "libcore/schema/rules",
    "libcore/migrate/activity",
    "libcore/migrate/batches",
    "libcore/migrate/check_json",
    "libcore/migrate/edited",
    "libcore/migrate/findings",
    "libcore/migrate/ledger_row",
    "libcore/migrate/ledger_sql",
    "libcore/migrate/plan",
    "libcore/migrate/adopt_rows",
    "libcore/migrate/progress",
    "libcore/migrate/draft",
    "libcore/migrate/generate_json",
    "libcore/migrate/json_members",
    "libcore/migrate/scratch_names",
    "libcore/migrate/seed_sql",
    "libcore/migrate/snapshot",
    "libcore/migrate/sql_text",
    "libcore/admin/router",
    "libcore/admin/socket_path",
    "ctl/db_status",
    "ctl/doctor_findings",
    "ctl/lint_render",
    "ctl/metrics_text",
    "ctl/render",
    "ctl/table",
    "ctl/top_view",
    "daemon/budget",
    "daemon/history",
    "daemon/dump_text",
    "daemon/lifecycle",
    "daemon/probe_facts",
    "daemon/probe_judge",
    "daemon/metrics_page",
    "daemon/run_view",
    "daemon/upgrade_policy",
    "daemon/upgrade_retry",
};

bool is_source(const fs::path& file) {
    return file.extension() == ".cpp" || file.extension() == ".hpp";
}

std::vector<fs::path> sources(const fs::path& folder) {
    std::vector<fs::path> found;
    if (fs::exists(folder))
        for (const auto& entry : fs::recursive_directory_iterator(folder))
            if (entry.is_regular_file() && is_source(entry.path()))
                found.push_back(entry.path());
    std::sort(found.begin(), found.end());
    return found;
}

std::vector<std::string> includes(const fs::path& file, char open) {
    static const std::regex quoted("^\\s*#\\s*include\\s*\"([^\"]+)\"");
    static const std::regex angled("^\\s*#\\s*include\\s*<([^>]+)>");
    std::vector<std::string> found;
    std::ifstream in(file);
    for (std::string line; std::getline(in, line);) {
        std::smatch match;
        if (std::regex_search(line, match, open == '"' ? quoted : angled))
            found.push_back(match[1]);
    }
    return found;
}

std::string text_of(const fs::path& file) {
    std::ifstream in(file);
    return {std::istreambuf_iterator<char>(in), {}};
}

std::string module_of(const fs::path& file) {
    const fs::path relative = fs::relative(file, root);
    auto part = relative.begin();
    return *part == "libcore" ? (++part)->string() : part->string();
}

std::vector<fs::path> product() {
    std::vector<fs::path> all;
    for (const char* folder : {"libcore", "daemon", "ctl"}) {
        const auto some = sources(root / folder);
        all.insert(all.end(), some.begin(), some.end());
    }
    return all;
}

} // namespace

TEST(architecture, includes_point_only_to_modules_that_the_table_allows) {
    ASSERT_FALSE(product().empty());
    for (const fs::path& file : product()) {
        const std::string module = module_of(file);
        ASSERT_TRUE(may_use.contains(module)) << file << ": module '" << module << "' has no rule";
        for (const std::string& include : includes(file, '"')) {
            const std::string used = include.substr(0, include.find('/'));
            EXPECT_TRUE(used == module || may_use.at(module).contains(used))
                << file << " includes " << include << ": '" << module << "' may not use '" << used
                << "'";
        }
    }
}

TEST(architecture, files_that_decide_do_no_io_and_read_no_clock) {
    static const std::regex forbidden_include(
        "^(boost/asio|boost/beast|libpq|systemd/|spdlog|random$|thread$)");
    static const std::regex forbidden_text(
        "clock::now\\(|system_clock::now\\(|\\bPQ[a-z][A-Za-z]+\\(|random_device");
    for (const fs::path& file : product()) {
        const std::string name = fs::relative(file, root).string();
        if (name == "libcore/base/jitter.hpp" ||
            std::none_of(pure.begin(), pure.end(),
                         [&](const std::string& p) { return name.starts_with(p); }))
            continue;
        for (const std::string& include : includes(file, '<'))
            EXPECT_FALSE(std::regex_search(include, forbidden_include))
                << name << " includes <" << include << ">";
        for (const std::string& include : includes(file, '"'))
            EXPECT_NE(include, "io/asio.hpp") << name;
        EXPECT_FALSE(std::regex_search(text_of(file), forbidden_text))
            << name << " reads a clock or calls libpq";
    }
}

TEST(architecture, libpq_is_called_only_in_pg) {
    static const std::regex call("\\bPQ[a-z][A-Za-z]+\\(");
    for (const fs::path& file : product())
        EXPECT_TRUE(module_of(file) == "pg" || !std::regex_search(text_of(file), call)) << file;
}

TEST(architecture, heavy_headers_stay_out_of_headers) {
    static const std::regex heavy("^(boost/beast|toml\\+\\+|CLI/)");
    for (const fs::path& file : product())
        for (const std::string& include : includes(file, '<'))
            EXPECT_TRUE(file.extension() != ".hpp" || !std::regex_search(include, heavy))
                << file << " includes <" << include << ">";
}

TEST(architecture, asio_is_waited_on_only_in_drivers) {
    static const std::set<std::string> drivers{"io",       "sd",    "pg",    "pool",
                                               "embedded", "admin", "daemon"};
    for (const fs::path& file : product())
        EXPECT_TRUE(drivers.contains(module_of(file)) ||
                    text_of(file).find("async_wait") == std::string::npos)
            << file;
}

TEST(architecture, every_module_has_its_rule_in_the_readme) {
    const std::string readme = text_of(root / "libcore/README.md");
    for (const auto& entry : fs::directory_iterator(root / "libcore"))
        EXPECT_TRUE(!entry.is_directory() || readme.find("**" + entry.path().filename().string() +
                                                         "**") != std::string::npos)
            << entry.path().filename() << " is not described in libcore/README.md";
}

TEST(architecture, main_functions_stay_small) {
    for (const char* name : {"daemon/main.cpp", "ctl/main.cpp"}) {
        const std::string text = text_of(root / name);
        EXPECT_LT(std::count(text.begin(), text.end(), '\n'), 80) << name;
    }
}
