#include "bench/other_tools.hpp"

#include "bench/seconds_of.hpp"
#include "support/temp_cluster.hpp"
#include "support/temp_directory.hpp"

namespace headspace::bench {

namespace {

// Debian's modules belong to Debian's interpreter, whatever comes first in PATH.
constexpr const char* python = "/usr/bin/python3";

test::process_options alone(const std::filesystem::path& folder) {
    test::process_options how;
    how.directory = folder;
    how.environment = {{"HOME", folder.string()}};
    how.without = {"PG*", "PYTHON*", "SQITCH_*"};
    return how;
}

// The first line that `argv` prints; nothing when it cannot be run.
std::optional<std::string> first_line_of(const std::vector<std::string>& argv) {
    test::process_options how;
    how.without = {"PYTHON*"};
    const test::process_outcome said = test::run(argv, how);
    if (said.exit_status != 0)
        return std::nullopt;
    return said.output.substr(0, said.output.find('\n'));
}

} // namespace

std::optional<std::string> alembic_environment::version() {
    return first_line_of({python, "-c", "import alembic, psycopg2; print(alembic.__version__)"});
}

alembic_environment::alembic_environment(std::filesystem::path folder,
                                         const std::vector<std::string>& statements)
    : folder_(std::move(folder)) {
    const auto scripts = folder_ / "alembic";
    std::filesystem::create_directories(scripts / "versions");
    test::write_file(folder_ / "alembic.ini", "[alembic]\nscript_location = %(here)s/alembic\n");
    test::write_file(scripts / "env.py", R"(import os

from alembic import context
from sqlalchemy import create_engine, pool

engine = create_engine(os.environ["BENCH_URL"], poolclass=pool.NullPool)
with engine.connect() as connection:
    context.configure(
        connection=connection,
        transaction_per_migration=os.environ["BENCH_TRANSACTION_EACH"] == "yes",
    )
    with context.begin_transaction():
        context.run_migrations()
)");
    std::string parent = "None";
    for (std::size_t i = 0; i < statements.size(); ++i) {
        const std::string revision = "r" + std::to_string(i);
        test::write_file(scripts / "versions" / (revision + "_r.py"),
                         "\"\"\"r\"\"\"\nfrom alembic import op\n\nrevision = \"" + revision +
                             "\"\ndown_revision = " + parent +
                             "\nbranch_labels = None\ndepends_on = None\n\n\n"
                             "def upgrade():\n    op.execute(\"\"\"" +
                             statements[i] + "\"\"\")\n\n\ndef downgrade():\n    pass\n");
        parent = "\"" + revision + "\"";
    }
}

double alembic_environment::upgrade(const std::string& url, transactions how) const {
    test::process_options options = alone(folder_);
    options.environment["BENCH_URL"] = url;
    options.environment["BENCH_TRANSACTION_EACH"] = how == transactions::one_each ? "yes" : "no";
    // Debian has the module and the command in packages of their own; this is what the command is.
    return seconds_of(
        {python, "-c", "from alembic.config import main; main(prog='alembic')", "upgrade", "head"},
        options);
}

std::optional<std::string> sqitch_project::version() {
    const auto line = first_line_of({"sqitch", "--version"}); // sqitch (App::Sqitch) v1.3.1
    return line ? std::optional(line->substr(line->rfind('v') + 1)) : std::nullopt;
}

sqitch_project::sqitch_project(std::filesystem::path folder,
                               const std::vector<std::string>& statements)
    : folder_(std::move(folder)) {
    std::filesystem::create_directories(folder_ / "deploy");
    test::write_file(folder_ / "sqitch.conf",
                     "[core]\n\tengine = pg\n[engine \"pg\"]\n\tclient = " +
                         (test::postgres_bindir() / "psql").string() +
                         "\n[user]\n\tname = bench\n\temail = "
                         "bench@example.invalid\n");
    std::string plan = "%syntax-version=1.0.0\n%project=bench\n\n";
    for (std::size_t i = 0; i < statements.size(); ++i) {
        const std::string change = "c" + std::to_string(i);
        plan += change + " 2026-01-01T00:00:00Z bench <bench@example.invalid> # r\n";
        test::write_file(folder_ / "deploy" / (change + ".sql"),
                         "BEGIN;\n" + statements[i] + ";\nCOMMIT;\n");
    }
    test::write_file(folder_ / "sqitch.plan", plan);
}

double sqitch_project::deploy(const std::string& url, std::size_t last) const {
    const std::string target = "db:pg:" + url.substr(url.find("//"));
    return seconds_of({"sqitch", "deploy", "--to", "c" + std::to_string(last), target},
                      alone(folder_));
}

} // namespace headspace::bench
