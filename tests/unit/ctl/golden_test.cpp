// What users of Alembic know by heart, character by character: golden/NAME.txt is the command line
// and what it prints. With HEADSPACE_WRITE_GOLDEN set the files are written instead of compared.
#include "support/temp_directory.hpp"
#include "unit/ctl/scripted_daemon.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <regex>

using namespace headspace;
using namespace headspace::ctl::testing;
using headspace::test::read_file;
using headspace::test::temp_directory;
using headspace::test::write_file;

namespace {

const std::filesystem::path goldens =
    std::filesystem::path(HEADSPACE_SOURCE_DIR) / "tests/unit/ctl/golden";

std::string replaced(std::string text, const std::string& what, const std::string& with) {
    for (std::size_t at = 0; (at = text.find(what, at)) != std::string::npos; at += with.size())
        text.replace(at, what.size(), with);
    return text;
}

class golden : public ::testing::Test {
protected:
    temp_directory top_;
    std::filesystem::path path_ = top_.path() / "migrations";

    void put(const std::string& name, const std::string& header) const {
        std::filesystem::create_directories(path_ / "versions");
        write_file(path_ / "versions" / name,
                   header + "\n\n-- migrate:up\nselect 1;\n-- migrate:down\nselect 2;\n");
    }
    /// Users, then two branches, and a merge of them with one more after it.
    void put_history(bool merged = true) const {
        put("20261121100000_users.sql", "-- Create users\n-- headspace:parent base");
        put("20261121100001_left.sql", "-- Left\n-- headspace:parent 20261121100000");
        put("20261121100002_right.sql", "-- Right\n-- headspace:parent 20261121100000");
        if (!merged)
            return;
        put("20261121100003_both.sql",
            "-- Both\n-- headspace:parent 20261121100001,20261121100002");
        put("20261121100004_last.sql", "-- Last one\n-- headspace:parent 20261121100003");
    }
    [[nodiscard]] std::string ledger(const std::string& current) const {
        const auto row = [](const std::string& number, const std::string& parents,
                            const std::string& file, const std::string& message) {
            return R"({"revision":"2026112110000)" + number + R"(","parents":[)" + parents +
                   R"(],"message":")" + message + R"(","state":"applied","file":")" + file +
                   R"(","applied_at":"2026-11-21T12:00:00.000Z","applied_by":"me@here"})";
        };
        return R"({"state":"pending","directory":")" + path_.string() +
               R"(","database":"postgresql://app:***@db:5432/app","heads":["20261121100004"],)"
               R"("current":[)" +
               current + R"(],"history":[)" +
               row("0", "", "20261121100000_users.sql", "Create users") + "," +
               row("1", R"("20261121100000")", "20261121100001_left.sql", "Left") + "," +
               row("2", R"("20261121100000")", "20261121100002_right.sql", "Right") + "," +
               row("3", R"("20261121100001","20261121100002")", "20261121100003_both.sql", "Both") +
               R"(],"pending":[{"revision":"20261121100004","parents":["20261121100003"]}]})";
    }

    void is_as_in(const std::string& name, std::vector<std::string> arguments,
                  const std::string& current = {}) const {
        std::string shown = "$ headspacectl";
        for (const std::string& argument : arguments)
            shown += " " + argument;
        invocation i;
        i.variables["HEADSPACE_MIGRATIONS"] = path_.string();
        i.answers["GET /v1/migrations"] = {{200, ledger(current)}};
        i.run(std::move(arguments));
        EXPECT_EQ(i.err, "");
        std::string text = shown + "\n" + replaced(i.out, path_.string(), "migrations");
        // The one that a verb has just written is as old as this test.
        text = std::regex_replace(text, std::regex("[0-9]{14}_merge"), "YYYYMMDDHHMMSS_merge");
        const std::filesystem::path file = goldens / (name + ".txt");
        if (std::getenv("HEADSPACE_WRITE_GOLDEN") != nullptr)
            write_file(file, text);
        ASSERT_TRUE(std::filesystem::exists(file)) << file;
        EXPECT_EQ(text, read_file(file));
    }
};

} // namespace

TEST_F(golden, heads) {
    put_history();
    is_as_in("heads", {"db", "heads"});
    is_as_in("heads_verbose", {"db", "heads", "-v"});
}

TEST_F(golden, several_heads) {
    put_history(false);
    is_as_in("heads_several", {"db", "heads"});
}

TEST_F(golden, branches) {
    put_history();
    is_as_in("branches", {"db", "branches"});
    is_as_in("branches_verbose", {"db", "branches", "-v"});
}

TEST_F(golden, history) {
    put_history();
    is_as_in("history", {"db", "history"});
    is_as_in("history_range", {"db", "history", "-r", "20261121100000:20261121100003"});
    is_as_in("history_current", {"db", "history", "-i", "-r", "-2:current"}, R"("20261121100003")");
    is_as_in("history_verbose", {"db", "history", "-v", "-i"}, R"("20261121100001")");
}

TEST_F(golden, show) {
    put_history();
    is_as_in("show_head", {"db", "show"});
    is_as_in("show_branchpoint", {"db", "show", "20261121100000"});
    is_as_in("show_mergepoint", {"db", "show", "head-1"});
}

TEST_F(golden, current) {
    put_history();
    is_as_in("current_base", {"db", "current"});
    is_as_in("current", {"db", "current"}, R"("20261121100003")");
    is_as_in("current_branches", {"db", "current"}, R"("20261121100001","20261121100002")");
    is_as_in("current_head", {"db", "current"}, R"("20261121100004")");
    is_as_in("current_verbose", {"db", "current", "-v"}, R"("20261121100003")");
}

TEST_F(golden, merge) {
    put_history(false);
    is_as_in("merge", {"db", "merge", "heads", "-m", "merge both"});
}
