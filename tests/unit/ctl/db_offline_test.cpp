// The verbs of `db` that need no daemon, through the whole command line.
#include "ctl/app.hpp"
#include "revisions/directory.hpp"
#include "support/temp_directory.hpp"

#include <boost/json.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

using namespace headspace;
using headspace::test::read_file;
using headspace::test::temp_directory;
using headspace::test::write_file;
using ::testing::HasSubstr;
using ::testing::MatchesRegex;

namespace {

struct outcome {
    int exit = 0;
    std::string out;
    std::string err;
};

/// A daemon that knows what is applied; null: there is none.
class scripted_daemon final : public admin::caller {
public:
    explicit scripted_daemon(std::string migrations) : migrations_(std::move(migrations)) {}
    result<admin::reply> send(const admin::call& what) override {
        admin::reply answer;
        const bool status = what.target == "/v1/status";
        answer.status = status || what.target == "/v1/migrations" ? 200 : 404;
        answer.content_type = "application/json";
        answer.body = status ? "{\"migrations\":" + migrations_ + "}" : migrations_;
        return answer;
    }
    result<admin::reply> follow(const admin::call& what, duration,
                                const std::function<bool(std::string_view)>&) override {
        return send(what);
    }
    std::string where() const override { return "/run/test.sock"; }

private:
    std::string migrations_;
};

class db : public ::testing::Test {
protected:
    temp_directory top_;
    std::filesystem::path path_ = top_.path() / "migrations";
    std::string variable_;
    std::string daemon_; // the body of GET /v1/migrations, "" for no daemon
    int connects_ = 0;

    outcome run(std::vector<std::string> arguments) {
        std::ostringstream out;
        std::ostringstream err;
        ctl::context ctx{out, err};
        ctx.environment = [this](const char* name) {
            return std::string(name) == "HEADSPACE_MIGRATIONS" ? variable_ : std::string();
        };
        ctx.connect = [this](const ctl::global_options&) -> result<std::unique_ptr<admin::caller>> {
            ++connects_;
            if (daemon_.empty())
                return make_error(errc::daemon_unreachable, error_class::unavailable, "no daemon");
            return std::unique_ptr<admin::caller>(std::make_unique<scripted_daemon>(daemon_));
        };
        const int exit = ctl::run(std::move(arguments), ctx);
        return {exit, out.str(), err.str()};
    }
    outcome here(std::vector<std::string> arguments) {
        arguments.insert(arguments.begin(), "db");
        arguments.insert(arguments.end(), {"-d", path_.string()});
        return run(std::move(arguments));
    }
    void put(const std::string& name, const std::string& header = "") {
        write_file(path_ / "versions" / name,
                   header + "\n-- migrate:up\nselect 1;\n-- migrate:down\nselect 2;\n");
    }
    /// 1 <- 2, 1 <- 3, and 4 merges them.
    void put_diamond(bool merged) {
        std::filesystem::create_directories(path_ / "versions");
        put("20261121100000_users.sql", "-- Users\n-- headspace:parent base");
        put("20261121100001_a.sql", "-- Left\n-- headspace:parent 20261121100000");
        put("20261121100002_b.sql", "-- Right\n-- headspace:parent 20261121100000");
        if (merged)
            put("20261121100003_m.sql",
                "-- Both\n-- headspace:parent 20261121100001,20261121100002");
    }
};

} // namespace

TEST_F(db, init_says_what_it_made_and_the_second_time_that_there_is_nothing_to_do) {
    const outcome first = here({"init"});
    EXPECT_EQ(first.exit, 0);
    EXPECT_THAT(first.out, HasSubstr("  Creating directory " + (path_ / "versions").string() +
                                     " ...  done\n"));
    const outcome second = here({"init"});
    EXPECT_EQ(second.exit, 0);
    EXPECT_THAT(second.out, HasSubstr("nothing to do"));
    EXPECT_EQ(connects_, 0);
}

TEST_F(db, a_revision_follows_the_head_and_the_file_is_named) {
    ASSERT_EQ(here({"init"}).exit, 0);
    const outcome first = here({"revision", "-m", "Add users"});
    EXPECT_EQ(first.exit, 0) << first.err;
    EXPECT_THAT(first.out, MatchesRegex("  Generating .*/versions/[0-9]{14}_add_users.sql ...  "
                                        "done\n"));
    EXPECT_EQ(here({"revision", "-m", "Add groups"}).exit, 0);
    const outcome history = here({"history"});
    EXPECT_THAT(history.out, MatchesRegex("([0-9]{14}) -> [0-9]{14} \\(head\\), Add groups\n"
                                          "<base> -> [0-9]{14}, Add users\n"));
    EXPECT_EQ(connects_, 0);
}

TEST_F(db, revision_without_a_message_is_wrong_usage) {
    ASSERT_EQ(here({"init"}).exit, 0);
    EXPECT_EQ(here({"revision"}).exit, 2);
    EXPECT_EQ(here({"revision", "-m", " "}).exit, 2);
    EXPECT_EQ(here({"revision", "-m", "migrate:up"}).exit, 2);
}

TEST_F(db, revision_with_several_heads_is_refused_until_one_is_named) {
    put_diamond(false);
    const outcome refused = here({"revision", "-m", "x"});
    EXPECT_EQ(refused.exit, 3);
    EXPECT_THAT(refused.err, HasSubstr("20261121100001, 20261121100002"));
    EXPECT_EQ(here({"revision", "-m", "x", "--head", "20261121100000"}).exit, 2);
    EXPECT_EQ(here({"revision", "-m", "x", "--head", "nope"}).exit, 2);
    const outcome named = here({"revision", "-m", "x", "--head", "20261121100002"});
    EXPECT_EQ(named.exit, 0);
    EXPECT_THAT(here({"history"}).out,
                MatchesRegex("20261121100002 -> [0-9]{14} \\(head\\), x\n(.|\n)*"));
    EXPECT_EQ(here({"revision", "-m", "y", "--head", "20261121100000", "--splice"}).exit, 0);
}

TEST_F(db, heads_branches_and_history_have_alembics_shapes) {
    put_diamond(true);
    EXPECT_EQ(here({"heads"}).out, "20261121100003 (head)\n");
    EXPECT_EQ(here({"history"}).out,
              "20261121100001, 20261121100002 -> 20261121100003 (head) (mergepoint), Both\n"
              "20261121100000 -> 20261121100002, Right\n"
              "20261121100000 -> 20261121100001, Left\n"
              "<base> -> 20261121100000 (branchpoint), Users\n");
    EXPECT_EQ(here({"branches"}).out, "20261121100000 (branchpoint)\n"
                                      "               -> 20261121100001\n"
                                      "               -> 20261121100002\n\n");
}

TEST_F(db, show_prints_the_entry_of_one_revision) {
    put_diamond(true);
    EXPECT_EQ(here({"show"}).out, "Rev: 20261121100003 (head) (mergepoint)\n"
                                  "Merges: 20261121100001, 20261121100002\n"
                                  "Path: " +
                                      (path_ / "versions/20261121100003_m.sql").string() +
                                      "\n\n"
                                      "    Both\n\n"
                                      "    Revision ID: 20261121100003\n"
                                      "    Revises: 20261121100001, 20261121100002\n"
                                      "    Create Date: 2026-11-21 10:00:03\n\n");
    EXPECT_THAT(here({"show", "20261121100000"}).out,
                HasSubstr("Parent: <base>\nBranches into: 20261121100001, 20261121100002\n"));
    EXPECT_EQ(here({"show", "999"}).exit, 2);
    EXPECT_EQ(here({"show", "2026"}).exit, 2);
    EXPECT_EQ(here({"show", "base"}).exit, 2);
}

TEST_F(db, a_range_of_history_includes_both_ends) {
    put_diamond(true);
    EXPECT_EQ(here({"history", "-r", "20261121100002:"}).out,
              "20261121100001, 20261121100002 -> 20261121100003 (head) (mergepoint), Both\n"
              "20261121100000 -> 20261121100002, Right\n");
    EXPECT_EQ(here({"history", "-r-1:head"}).exit, 0);
    EXPECT_EQ(here({"history", "-r", "-1:head"}).out, here({"history", "-r-1:head"}).out);
    EXPECT_EQ(here({"history", "-r", "head"}).exit, 2);
}

TEST_F(db, what_is_applied_only_the_daemon_knows) {
    put_diamond(true);
    EXPECT_EQ(here({"history", "-i"}).exit, 7);
    EXPECT_EQ(here({"history", "-r", "current:"}).exit, 7);
    EXPECT_EQ(here({"show", "current"}).exit, 7);
    daemon_ = R"({"state":"pending","directory":"","current":["20261121100001"]})";
    EXPECT_THAT(here({"history", "-i"}).out, HasSubstr("-> 20261121100001 (current), Left\n"));
    EXPECT_EQ(here({"history", "-r", "-1:current"}).out,
              "20261121100000 -> 20261121100001, Left\n"
              "<base> -> 20261121100000 (branchpoint), Users\n");
    daemon_ = R"({"state":"unknown","reason":"the database is away","current":[]})";
    EXPECT_EQ(here({"history", "-i"}).exit, 6);
}

TEST_F(db, merge_makes_several_heads_one) {
    put_diamond(false);
    EXPECT_EQ(here({"merge", "20261121100001"}).exit, 2);
    EXPECT_EQ(here({"merge", "20261121100000", "20261121100001"}).exit, 2);
    const outcome merged = here({"merge", "heads", "-m", "Together"});
    EXPECT_EQ(merged.exit, 0) << merged.err;
    EXPECT_THAT(here({"heads"}).out, MatchesRegex("[0-9]{14} \\(head\\)\n"));
    EXPECT_THAT(here({"history"}).out, HasSubstr("(head) (mergepoint), Together\n"));
    EXPECT_EQ(here({"merge", "heads"}).exit, 2);
}

TEST_F(db, hash_writes_the_sum_and_says_what_differed) {
    put_diamond(true);
    EXPECT_THAT(here({"hash"}).out, HasSubstr("headspace.sum (4 files)\n"));
    EXPECT_THAT(here({"hash"}).out, HasSubstr("is up to date (4 files)\n"));
    put("20261121100001_a.sql", "-- Left!\n-- headspace:parent 20261121100000");
    EXPECT_THAT(here({"hash"}).out,
                HasSubstr("headspace.sum:3: 20261121100001_a.sql was edited\n"));
    EXPECT_EQ(here({"revision", "-m", "next"}).err, "");
    put("20261121100001_a.sql", "-- Left?\n-- headspace:parent 20261121100000");
    EXPECT_THAT(here({"revision", "-m", "after"}).err,
                HasSubstr("20261121100001_a.sql was edited; its line was written anew"));
}

TEST_F(db, every_problem_of_the_directory_is_said_and_the_exit_code_is_3) {
    put_diamond(true);
    write_file(path_ / "versions/20261121100004_x.sql", "");
    write_file(path_ / "versions/20261121100005_x.sql", "-- migrate:up\n\\d\n");
    for (const char* verb : {"heads", "history", "branches", "show", "hash"}) {
        const outcome refused = here({verb});
        EXPECT_EQ(refused.exit, 3) << verb;
        EXPECT_THAT(refused.err, HasSubstr("versions/20261121100004_x.sql:1: the file is empty"));
        EXPECT_THAT(refused.err, HasSubstr("versions/20261121100005_x.sql:2: psql meta-command"));
        EXPECT_EQ(refused.out, "");
    }
}

TEST_F(db, without_a_directory_the_exit_code_is_3_and_the_hint_names_init) {
    const outcome refused = here({"heads"});
    EXPECT_EQ(refused.exit, 3);
    EXPECT_THAT(refused.err, HasSubstr("headspacectl db init"));
}

TEST_F(db, the_variable_and_then_the_daemon_name_the_directory) {
    put_diamond(true);
    variable_ = path_.string();
    EXPECT_EQ(run({"db", "heads"}).out, "20261121100003 (head)\n");
    EXPECT_EQ(connects_, 0);
    variable_.clear();
    daemon_ = R"({"state":"current","directory":")" + path_.string() + R"("})";
    EXPECT_EQ(run({"db", "heads"}).out, "20261121100003 (head)\n");
}

TEST_F(db, json_tells_the_same) {
    put_diamond(true);
    const outcome heads = here({"heads", "--json"});
    const boost::json::value value = boost::json::parse(heads.out);
    const auto& head = value.at("heads").as_array().at(0);
    EXPECT_EQ(head.at("revision").as_string(), "20261121100003");
    EXPECT_EQ(head.at("parents").as_array().size(), 2U);
    EXPECT_TRUE(head.at("mergepoint").as_bool());
    const outcome written = here({"--json", "revision", "-m", "x"});
    EXPECT_EQ(boost::json::parse(written.out).at("parents").as_array().at(0).as_string(),
              "20261121100003");
    const outcome refused = here({"--json", "show", "999"});
    EXPECT_EQ(boost::json::parse(refused.err).at("code").as_string(), "unknown-revision");
}
