// `db migrate --online`, from the command to the files, and these up and down against a server that
// has rows: forms that block nobody, each where it can run.
#include "integration/daemon_generating.hpp"

#include <boost/json.hpp>

using namespace headspace;
using namespace headspace::test;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

namespace {

class daemon_online : public daemon_generating {
protected:
    void before() const {
        declare("a.sql", "CREATE TABLE users (id integer PRIMARY KEY, name text, age integer);\n"
                         "CREATE TABLE posts (id integer PRIMARY KEY, author integer, body text);\n"
                         "CREATE INDEX posts_old ON posts (body);\n");
    }
    void after() const {
        declare("a.sql",
                "CREATE TABLE users (id integer PRIMARY KEY, name text NOT NULL, age integer, "
                "locale text DEFAULT 'en', CONSTRAINT users_age CHECK (age > 0), "
                "CONSTRAINT users_name_key UNIQUE (name));\n"
                "CREATE TABLE posts (id integer PRIMARY KEY, author integer, body text, "
                "CONSTRAINT posts_author_fkey FOREIGN KEY (author) REFERENCES users);\n"
                "CREATE INDEX posts_author ON posts (author);\n"
                "CREATE TABLE fresh (id integer PRIMARY KEY);\n"
                "CREATE INDEX fresh_id ON fresh (id);\n");
    }
    void fill() const {
        value("INSERT INTO users SELECT i, 'name ' || i, i FROM generate_series(1, 500) i; "
              "INSERT INTO posts SELECT i, i, 'body' FROM generate_series(1, 500) i");
    }
    /// The one up (down) half that contains `text`; "" when none or more than one does.
    [[nodiscard]] std::string half_with(bool up, const std::string& text) const {
        std::string found;
        int count = 0;
        for (const auto& path : files()) {
            const std::string all = read_file(path);
            const std::size_t middle = all.find("-- migrate:down");
            const std::string half = up ? all.substr(0, middle) : all.substr(middle);
            if (half.find(text) == std::string::npos)
                continue;
            found = half;
            ++count;
        }
        return count == 1 ? found : std::string();
    }
    [[nodiscard]] std::string up_with(const std::string& text) const {
        return half_with(true, text);
    }
    [[nodiscard]] std::string down_with(const std::string& text) const {
        return half_with(false, text);
    }
    /// Indexes, constraints and columns, in one text.
    [[nodiscard]] std::string catalogue() const {
        return value(
            "SELECT string_agg(line, ', ' ORDER BY line) FROM (SELECT indexrelid::regclass || "
            "' valid ' || indisvalid FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid WHERE "
            "relnamespace = 'public'::regnamespace UNION ALL "
            "SELECT conname || ' checked ' || convalidated FROM pg_constraint WHERE connamespace = "
            "'public'::regnamespace UNION ALL "
            "SELECT relname || '.' || attname || ' required ' || attnotnull FROM pg_attribute JOIN "
            "pg_class c ON c.oid = attrelid WHERE relkind = 'r' AND relnamespace = "
            "'public'::regnamespace AND attnum > 0 AND NOT attisdropped) AS all_of_them (line)");
    }
};

} // namespace

TEST_F(daemon_online, several_files_follow_one_another_and_go_up_and_down_where_rows_are) {
    before();
    const auto daemon = start();
    ASSERT_EQ(migrate(*daemon).exit_status, 0);
    ASSERT_EQ(daemon->ctl({"db", "upgrade"}).exit_status, 0);
    fill();
    const std::string at_first = catalogue();
    const std::string first = files().front().filename().string().substr(0, 14);
    after();
    const process_outcome made = migrate(*daemon, {"--online"});
    ASSERT_EQ(made.exit_status, 0) << made.output << daemon->log();
    EXPECT_EQ(scratch_databases(), "");

    const auto all = files();
    ASSERT_GT(all.size(), 5U) << made.output;
    std::string parent = first;
    for (std::size_t i = 1; i < all.size(); ++i) {
        const std::string text = read_file(all[i]);
        EXPECT_THAT(text, HasSubstr("-- headspace:parent " + parent + "\n")) << all[i];
        EXPECT_THAT(text, HasSubstr("a change (" + std::to_string(i) + " of " +
                                    std::to_string(all.size() - 1) + ")"));
        EXPECT_THAT(made.output, HasSubstr(all[i].filename().string()));
        parent = all[i].filename().string().substr(0, 14);
    }
    EXPECT_EQ(daemon->ctl({"db", "heads"}).output, parent + " (head)\n");
    const process_outcome offline = daemon->ctl({"db", "check", "--offline"});
    EXPECT_EQ(offline.exit_status, 0) << offline.output << "headspace.sum is right, lint is silent";

    const auto alone = AllOf(HasSubstr("transaction:false"), Not(HasSubstr("ALTER TABLE")));
    EXPECT_THAT(up_with("CREATE INDEX CONCURRENTLY posts_author "), alone);
    EXPECT_THAT(down_with("DROP INDEX CONCURRENTLY public.posts_author"), alone);
    EXPECT_THAT(up_with("DROP INDEX CONCURRENTLY public.posts_old"), alone);
    EXPECT_THAT(down_with("CREATE INDEX CONCURRENTLY posts_old "), alone);
    EXPECT_THAT(up_with("CREATE UNIQUE INDEX CONCURRENTLY users_name_key "), alone);
    EXPECT_NE(up_with("UNIQUE USING INDEX users_name_key"), "");
    for (const std::string name : {"posts_author_fkey", "users_age", "headspace_not_null_name"}) {
        const std::string added = up_with("ADD CONSTRAINT " + name);
        EXPECT_THAT(added, HasSubstr("NOT VALID")) << name;
        EXPECT_THAT(added, Not(HasSubstr("VALIDATE CONSTRAINT " + name))) << name;
        EXPECT_THAT(up_with("VALIDATE CONSTRAINT " + name), HasSubstr("transaction:false")) << name;
    }
    EXPECT_THAT(up_with("ALTER COLUMN name SET NOT NULL"),
                HasSubstr("DROP CONSTRAINT headspace_not_null_name"));
    EXPECT_THAT(down_with("VALIDATE CONSTRAINT headspace_not_null_name"),
                AllOf(HasSubstr("NOT VALID"), HasSubstr("transaction:false")));
    EXPECT_THAT(down_with("CREATE UNIQUE INDEX CONCURRENTLY users_name_key"),
                HasSubstr("transaction:false"));
    EXPECT_EQ(up_with("CONCURRENTLY fresh_id"), "") << "a new table is in nobody's way";

    const process_outcome up = daemon->ctl({"db", "upgrade"});
    ASSERT_EQ(up.exit_status, 0) << up.output;
    const std::string at_last = catalogue();
    EXPECT_THAT(at_last,
                AllOf(HasSubstr("posts_author valid true"), HasSubstr("users_name_key valid true"),
                      HasSubstr("posts_author_fkey checked true"),
                      HasSubstr("users_age checked true"), HasSubstr("users.name required true"),
                      Not(HasSubstr("headspace_not_null")), Not(HasSubstr("posts_old"))));
    EXPECT_EQ(migrate(*daemon).output, "No changes in schema detected.\n");
    const process_outcome check = daemon->ctl({"db", "check", "--roundtrip"});
    EXPECT_EQ(check.exit_status, 0) << check.output;

    const process_outcome down =
        daemon->ctl({"db", "downgrade", "-" + std::to_string(all.size() - 1)});
    ASSERT_EQ(down.exit_status, 0) << down.output;
    EXPECT_EQ(catalogue(), at_first);
    ASSERT_EQ(daemon->ctl({"db", "upgrade"}).exit_status, 0);
    EXPECT_EQ(catalogue(), at_last);
    EXPECT_EQ(value("SELECT count(*) FROM users NATURAL JOIN posts"), "500");
    EXPECT_EQ(scratch_databases(), "");
}

TEST_F(daemon_online, each_step_alone_can_be_taken_and_taken_back) {
    before();
    const auto daemon = start();
    ASSERT_EQ(migrate(*daemon).exit_status, 0);
    ASSERT_EQ(daemon->ctl({"db", "upgrade"}).exit_status, 0);
    fill();
    after();
    ASSERT_EQ(migrate(*daemon, {"--online"}).exit_status, 0);
    for (std::size_t i = 1; i < files().size(); ++i) {
        const std::string was = catalogue();
        const process_outcome up = daemon->ctl({"db", "upgrade", "+1"});
        ASSERT_EQ(up.exit_status, 0) << up.output << files()[i];
        const std::string is = catalogue();
        const process_outcome down = daemon->ctl({"db", "downgrade"});
        ASSERT_EQ(down.exit_status, 0) << down.output << files()[i];
        EXPECT_EQ(catalogue(), was) << read_file(files()[i]);
        ASSERT_EQ(daemon->ctl({"db", "upgrade", "+1"}).exit_status, 0);
        EXPECT_EQ(catalogue(), is) << read_file(files()[i]);
    }
    EXPECT_EQ(daemon->ctl({"db", "upgrade"}).output, "Nothing to do.\n");
}

TEST_F(daemon_online, the_index_is_built_while_others_write) {
    before();
    const auto daemon = start();
    ASSERT_EQ(migrate(*daemon).exit_status, 0);
    ASSERT_EQ(daemon->ctl({"db", "upgrade"}).exit_status, 0);
    fill();
    declare("a.sql", "CREATE TABLE users (id integer PRIMARY KEY, name text, age integer);\n"
                     "CREATE TABLE posts (id integer PRIMARY KEY, author integer, body text);\n"
                     "CREATE INDEX posts_old ON posts (body);\n"
                     "CREATE INDEX posts_author ON posts (author);\n");
    ASSERT_EQ(migrate(*daemon, {"--online"}).exit_status, 0);
    ASSERT_EQ(files().size(), 2U);
    // A transaction that has written to the table keeps the build waiting in its middle.
    open_transaction other(cluster, "INSERT INTO posts VALUES (1000, 1000, 'x')");
    const answer begun = daemon->post("/v1/migrations/upgrade");
    ASSERT_EQ(begun.status, 202) << begun.body;
    ASSERT_TRUE(comes_to_run("/* headspace %CREATE INDEX CONCURRENTLY posts_author%"))
        << daemon->log();
    // Whoever writes now is not held up.
    EXPECT_EQ(value("SET lock_timeout = '10s'; INSERT INTO posts VALUES (1001, 1001, 'y') "
                    "RETURNING id"),
              "1001");
    other.end();
    EXPECT_TRUE(comes_to_be(*daemon, "current")) << daemon->log();
    EXPECT_EQ(value("SELECT indisvalid FROM pg_index WHERE indexrelid = 'posts_author'::regclass"),
              "t");
}
