// headspacectl beside the real Alembic on the same graph: what people read every day has the same
// shape. Alembic keeps sets of revisions in no order, so siblings are compared in any; it indents
// the empty line of a docstring, which is not.
#include "integration/daemon_migrating.hpp"

#include <algorithm>
#include <cstdio>
#include <regex>
#include <sstream>

using namespace headspace;
using namespace headspace::test;

namespace {

constexpr const char* python = "/usr/bin/python3"; // Debian's, which has Debian's packages

process_options clean() {
    process_options how;
    how.without = {"PYTHON*"};
    return how;
}

struct node {
    std::string id;
    std::string message;
    std::vector<std::string> parents;
};

const std::vector<node> two_branches{{"20261121100000", "Create users", {}},
                                     {"20261121100001", "Left", {"20261121100000"}},
                                     {"20261121100002", "Right", {"20261121100000"}}};
const std::vector<node> merged{{"20261121100003", "Both", {"20261121100001", "20261121100002"}},
                               {"20261121100004", "Last one", {"20261121100003"}}};

/// Lines without blanks at their ends, lists within a line in order, files by their bare names.
std::vector<std::string> lines_of(const std::string& text) {
    static const std::regex path("(Path: |Generating ).*/([^/]*)\\.(py|sql)");
    static const std::regex list("^(Branches into: |Merges: |    Revises: )(.*)$");
    static const std::regex target("^Current revision\\(s\\) for .*:$");
    std::vector<std::string> out;
    std::istringstream all(text);
    for (std::string line; std::getline(all, line);) {
        line.erase(line.find_last_not_of(" \t\r") + 1);
        if (line.starts_with("    Applied: ") || line.starts_with("Context impl") ||
            line.starts_with("Will assume"))
            continue; // ours says more; Alembic says what it works on
        line = std::regex_replace(line, path, "$1$2");
        line = std::regex_replace(line, target, "Current revision(s)");
        if (std::smatch found; std::regex_match(line, found, list)) {
            std::vector<std::string> names;
            std::istringstream rest(found[2]);
            for (std::string name; std::getline(rest, name, ',');)
                names.push_back(name.substr(std::min(name.find_first_not_of(' '), name.size())));
            std::sort(names.begin(), names.end());
            line = found[1];
            for (const std::string& name : names)
                line += name + " ";
        }
        line.erase(0, line.find_first_not_of(' ') == std::string::npos
                          ? line.size()
                          : (line.starts_with("  Generating") ? 2 : 0));
        out.push_back(line);
    }
    const auto is_arrow = [](const std::string& line) {
        return line.find_first_not_of(' ') == line.find("-> ");
    };
    for (auto from = out.begin(); from != out.end();) {
        from = std::find_if(from, out.end(), is_arrow);
        const auto to = std::find_if_not(from, out.end(), is_arrow);
        std::sort(from, to);
        from = to;
    }
    while (!out.empty() && out.back().empty())
        out.pop_back();
    return out;
}

/// Entries of several lines as one each, in any order.
std::string comparable(const std::string& text) {
    std::vector<std::string> entries;
    bool indented = false; // within an entry
    for (const std::string& line : lines_of(text)) {
        const bool begins = line.starts_with("Rev: ");
        indented = begins || indented;
        if (entries.empty() || begins || !indented)
            entries.emplace_back();
        if (!line.empty())
            entries.back() += line + "\n";
    }
    std::sort(entries.begin(), entries.end());
    std::string out;
    for (const std::string& entry : entries)
        out += entry;
    return out;
}

class beside_alembic : public daemon_migrating {
protected:
    void SetUp() override {
        if (run({python, "-c", "import alembic"}, clean()).exit_status != 0)
            FAIL() << "python3-alembic is missing: packaging/install-deps test installs it";
        std::filesystem::create_directories(alembic_ / "m/versions");
        write_file(alembic_ / "alembic.ini",
                   "[alembic]\nscript_location = " + (alembic_ / "m").string() +
                       "\nsqlalchemy.url = sqlite:///" + (alembic_ / "db").string() + "\n");
        write_file(alembic_ / "m/env.py",
                   "import logging, sys\n"
                   "from sqlalchemy import create_engine\n"
                   "from alembic import context\n"
                   "logging.basicConfig(level=logging.INFO, format='%(message)s', "
                   "stream=sys.stdout)\n"
                   "with create_engine(context.config.get_main_option('sqlalchemy.url'))"
                   ".connect() as connection:\n"
                   "    context.configure(connection=connection)\n"
                   "    with context.begin_transaction():\n"
                   "        context.run_migrations()\n");
        write_file(alembic_ / "m/script.py.mako",
                   "\"\"\"${message}\n\nRevision ID: ${up_revision}\nRevises: ${down_revision | "
                   "comma,n}\nCreate Date: ${create_date}\n\n\"\"\"\nrevision = "
                   "${repr(up_revision)}\ndown_revision = ${repr(down_revision)}\n"
                   "def upgrade():\n    pass\ndef downgrade():\n    pass\n");
    }
    void put(const std::vector<node>& nodes) const {
        for (const node& n : nodes) {
            std::string listed, tuple;
            for (const std::string& parent : n.parents) {
                listed += (listed.empty() ? "" : ", ") + parent;
                tuple += "'" + parent + "', ";
            }
            write_file(alembic_ / "m/versions" / (n.id + "_r.py"),
                       "\"\"\"" + n.message + "\n\nRevision ID: " + n.id + "\nRevises: " + listed +
                           "\nCreate Date: 2026-11-21 10:00:0" + n.id.back() +
                           "\n\n\"\"\"\nrevision = '" + n.id + "'\ndown_revision = " +
                           (n.parents.empty() ? "None" : "(" + tuple + ")") +
                           "\ndef upgrade():\n    pass\ndef downgrade():\n    pass\n");
            std::erase(listed, ' ');
            write(n.id + "_r.sql", "-- " + n.message + "\n-- headspace:parent " +
                                       (listed.empty() ? "base" : listed) +
                                       "\n-- migrate:up\nSELECT 1;\n-- migrate:down\nSELECT 1;\n");
        }
    }
    process_outcome theirs(std::vector<std::string> arguments) const {
        arguments.insert(arguments.begin(),
                         {python, "-c", "from alembic.config import main; main()", "-c",
                          (alembic_ / "alembic.ini").string()});
        return run(arguments, clean());
    }
    /// Both say the same.
    void same(daemon_process& daemon, std::vector<std::string> arguments) const {
        std::string shown;
        for (const std::string& argument : arguments)
            shown += " " + argument;
        SCOPED_TRACE(shown);
        const process_outcome alembic = theirs(arguments);
        arguments.insert(arguments.begin(), "db");
        const process_outcome ours = daemon.ctl(std::move(arguments));
        EXPECT_EQ(alembic.exit_status, 0) << alembic.output;
        EXPECT_EQ(ours.exit_status, 0) << ours.output;
        EXPECT_EQ(comparable(ours.output), comparable(alembic.output)) << alembic.output;
    }
    /// Both refuse, for which each has its own words.
    void both_refuse(daemon_process& daemon, std::vector<std::string> arguments) const {
        EXPECT_NE(theirs(arguments).exit_status, 0);
        arguments.insert(arguments.begin(), "db");
        EXPECT_NE(daemon.ctl(arguments).exit_status, 0) << arguments.at(1);
    }

private:
    std::filesystem::path alembic_ = home.path() / "alembic";
};

} // namespace

TEST_F(beside_alembic, a_merged_history_reads_the_same) {
    put(two_branches);
    put(merged);
    const auto daemon = start();
    daemon->ctl({"db", "hash"});
    for (const std::vector<std::string>& arguments : std::vector<std::vector<std::string>>{
             {"heads"},
             {"heads", "-v"},
             {"branches"},
             {"branches", "-v"},
             {"history"},
             {"history", "-v"},
             {"history", "-r", "20261121100000:20261121100003"},
             {"history", "-r", "20261121100003:"},
             {"history", "-r", ":20261121100003"},
             {"show", "head"},
             {"show", "20261121100003"},
             {"show", "20261121100000"},
             {"show", "20261121100001"},
         })
        same(*daemon, arguments);
    both_refuse(*daemon, {"show", "nope"});
}

TEST_F(beside_alembic, what_is_current_reads_the_same) {
    put(two_branches);
    put(merged);
    const auto daemon = start();
    daemon->ctl({"db", "hash"});
    for (const std::vector<std::string>& arguments : std::vector<std::vector<std::string>>{
             {"current"},
             {"upgrade", "20261121100003"},
             {"current"},
             {"current", "-v"},
             {"history", "-i"},
             {"history", "-v", "-i"},
             {"history", "-r", "current:"},
             {"history", "-i", "-r", "current:"},
             {"show", "current"},
             {"upgrade", "head"},
             {"current"},
         })
        same(*daemon, arguments);
}

TEST_F(beside_alembic, the_same_revisions_are_run_in_the_same_words) {
    put(two_branches);
    put(merged);
    const auto daemon = start();
    daemon->ctl({"db", "hash"});
    for (const std::vector<std::string>& arguments :
         std::vector<std::vector<std::string>>{{"upgrade", "head"},
                                               {"downgrade", "-1"},
                                               {"current"},
                                               {"downgrade", "20261121100001"},
                                               {"current"},
                                               {"upgrade", "head"},
                                               {"downgrade", "base"},
                                               {"current"},
                                               {"upgrade", "+1"},
                                               {"current"}})
        same(*daemon, arguments);
    both_refuse(*daemon, {"upgrade", "2026112110000"}); // the beginning of several
    both_refuse(*daemon, {"upgrade", "nope"});
    both_refuse(*daemon, {"downgrade", "-9"});
}

TEST_F(beside_alembic, two_heads_read_the_same_and_are_merged_alike) {
    put(two_branches);
    const auto daemon = start();
    daemon->ctl({"db", "hash"});
    for (const std::vector<std::string>& arguments : std::vector<std::vector<std::string>>{
             {"heads"}, {"branches"}, {"history"}, {"upgrade", "heads"}, {"current"}})
        same(*daemon, arguments);
    both_refuse(*daemon, {"upgrade", "head"});
    both_refuse(*daemon, {"revision", "-m", "which"});
    const auto words = [](const std::string& text) {
        return std::regex_replace(text, std::regex("Generating [^ ]*_merge_both"),
                                  "Generating ID_merge_both");
    };
    const process_outcome alembic = theirs({"merge", "heads", "-m", "merge both"});
    const process_outcome ours = daemon->ctl({"db", "merge", "heads", "-m", "merge both"});
    EXPECT_EQ(words(comparable(ours.output)), words(comparable(alembic.output)));
}
