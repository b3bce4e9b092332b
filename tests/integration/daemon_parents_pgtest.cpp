// `db migrate` where tables get other parents, from the command to the files, and these up and down
// against a server that has rows.
#include "integration/daemon_generating.hpp"

using namespace headspace;
using namespace headspace::test;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

namespace {

class daemon_parents : public daemon_generating {
protected:
    /// A table by itself beside a partitioned one.
    void apart() const {
        declare("a.sql",
                "CREATE TABLE events (id integer NOT NULL, day date NOT NULL, PRIMARY KEY (id, "
                "day)) PARTITION BY RANGE (day);\n"
                "CREATE INDEX events_day_idx ON events (day);\n"
                "CREATE TABLE events_1 PARTITION OF events FOR VALUES FROM ('2025-01-01') TO "
                "('2026-01-01');\n"
                "CREATE TABLE archive (id integer NOT NULL, day date NOT NULL, CONSTRAINT "
                "archive_key PRIMARY KEY (id, day));\n");
    }
    /// It is a partition of that, and another column comes; another partition reaches to `end`.
    void together(const std::string& end = "2027-01-01") const {
        declare("a.sql",
                "CREATE TABLE events (id integer NOT NULL, day date NOT NULL, kind text, PRIMARY "
                "KEY (id, day)) PARTITION BY RANGE (day);\n"
                "CREATE INDEX events_day_idx ON events (day);\n"
                "CREATE TABLE events_1 PARTITION OF events FOR VALUES FROM ('2025-01-01') TO "
                "('" +
                    end +
                    "');\n"
                    "CREATE TABLE archive PARTITION OF events FOR VALUES FROM ('2000-01-01') TO "
                    "('2025-01-01');\n");
    }
    /// The tables by themselves are there, with rows.
    void begin_apart(daemon_process& daemon) const {
        apart();
        ASSERT_EQ(migrate(daemon).exit_status, 0);
        ASSERT_EQ(daemon.ctl({"db", "upgrade"}).exit_status, 0);
        value("INSERT INTO events SELECT i, '2025-05-05' FROM generate_series(1, 100) i; "
              "INSERT INTO archive SELECT i, '2020-05-05' FROM generate_series(1, 100) i");
    }
    [[nodiscard]] std::string all_files_after(std::size_t first) const {
        std::string text;
        for (std::size_t i = first; i < files().size(); ++i)
            text += read_file(files()[i]);
        return text;
    }
    /// Rows seen through the parent, tables that are partitions, constraints and indexes.
    [[nodiscard]] std::string state() const {
        return value(
            "SELECT (SELECT count(*) FROM events) || ' of ' || (SELECT count(*) FROM "
            "archive) || ': ' || (SELECT string_agg(inhrelid::regclass::text || ' ' || "
            "pg_get_expr(relpartbound, inhrelid), ', ' ORDER BY relname) FROM pg_inherits JOIN "
            "pg_class ON oid = inhrelid WHERE relkind = 'r') || '; ' || (SELECT "
            "string_agg(relname, ' ' ORDER BY relname) FROM pg_class WHERE relkind IN "
            "('i', 'I') AND relnamespace = 'public'::regnamespace AND relname !~ "
            "'headspace') || '; ' || (SELECT string_agg(conname, ' ' ORDER BY conname) "
            "FROM pg_constraint WHERE connamespace = 'public'::regnamespace AND conname "
            "!~ 'headspace_migration')");
    }
};

} // namespace

TEST_F(daemon_parents, a_table_becomes_a_partition_and_is_by_itself_again_with_all_its_rows) {
    const auto daemon = start();
    begin_apart(*daemon);
    const std::string before = state();
    together();
    const process_outcome done = migrate(*daemon);
    ASSERT_EQ(done.exit_status, 0) << done.output << daemon->log();
    EXPECT_THAT(done.output,
                AllOf(HasSubstr("Detected attached partition 'archive' of 'events'"),
                      HasSubstr("Detected change of the bound of partition 'events_1'"),
                      HasSubstr("Detected added column 'events.kind'")));
    EXPECT_THAT(newest(),
                AllOf(HasSubstr("-- note: reads all rows of public.archive"),
                      HasSubstr("ALTER TABLE public.archive RENAME CONSTRAINT archive_key TO "
                                "archive_pkey;"),
                      HasSubstr("ALTER TABLE public.events ATTACH PARTITION public.archive"),
                      HasSubstr("ALTER TABLE public.events DETACH PARTITION public.archive"),
                      Not(HasSubstr("PRIMARY KEY"))));
    ASSERT_EQ(daemon->ctl({"db", "upgrade"}).exit_status, 0);
    EXPECT_THAT(state(), HasSubstr("200 of 100: archive FOR VALUES FROM ('2000-01-01') TO "
                                   "('2025-01-01'), events_1 FOR VALUES"));
    EXPECT_EQ(migrate(*daemon).output, "No changes in schema detected.\n");
    EXPECT_EQ(daemon->ctl({"db", "check"}).exit_status, 0);
    const process_outcome down = daemon->ctl({"db", "downgrade"});
    ASSERT_EQ(down.exit_status, 0) << down.output;
    EXPECT_EQ(state(), before);
    EXPECT_EQ(scratch_databases(), "");
}

TEST_F(daemon_parents, rows_outside_of_the_bound_make_upgrade_fail_and_nothing_changes) {
    const auto daemon = start();
    begin_apart(*daemon);
    together();
    ASSERT_EQ(migrate(*daemon).exit_status, 0);
    value("INSERT INTO archive VALUES (1, '2033-03-03')");
    const std::string before = state();
    const process_outcome up = daemon->ctl({"db", "upgrade"});
    EXPECT_EQ(up.exit_status, 5) << up.output;
    EXPECT_THAT(up.output, AllOf(HasSubstr("archive"), HasSubstr("23514")));
    EXPECT_EQ(state(), before);
}

TEST_F(daemon_parents, online_a_check_is_validated_first_so_that_attaching_reads_no_rows) {
    const auto daemon = start();
    begin_apart(*daemon);
    const std::string before = state();
    together("2026-01-01");
    const std::size_t first = files().size();
    const process_outcome done = migrate(*daemon, {"--online"});
    ASSERT_EQ(done.exit_status, 0) << done.output << daemon->log();
    const std::string texts = all_files_after(first);
    const std::size_t added = texts.find("ALTER TABLE public.archive ADD CONSTRAINT "
                                         "headspace_bound CHECK (");
    const std::size_t validated =
        texts.find("ALTER TABLE public.archive VALIDATE CONSTRAINT headspace_bound;");
    const std::size_t attached = texts.find("ATTACH PARTITION public.archive");
    EXPECT_LT(added, validated) << texts;
    EXPECT_LT(validated, attached) << texts;
    EXPECT_NE(attached, std::string::npos) << texts;
    const process_outcome up = daemon->ctl({"db", "upgrade"});
    ASSERT_EQ(up.exit_status, 0) << up.output << texts;
    EXPECT_THAT(state(), AllOf(HasSubstr("200 of 100"), Not(HasSubstr("headspace_bound"))));
    EXPECT_EQ(migrate(*daemon).output, "No changes in schema detected.\n");
    for (std::size_t i = first; i < files().size(); ++i) {
        const process_outcome down = daemon->ctl({"db", "downgrade"});
        ASSERT_EQ(down.exit_status, 0) << down.output << texts;
    }
    EXPECT_EQ(state(), before);
}

TEST_F(daemon_parents,
       online_a_partition_that_gets_another_bound_is_never_seen_without_its_parent) {
    const auto daemon = start();
    apart();
    ASSERT_EQ(migrate(*daemon).exit_status, 0);
    together();
    const std::size_t first = files().size();
    const process_outcome done = migrate(*daemon, {"--online"});
    ASSERT_EQ(done.exit_status, 0) << done.output << daemon->log();
    EXPECT_THAT(done.output,
                HasSubstr("not online: tables leave their parents and get them again"));
    EXPECT_EQ(files().size(), first + 1);
    EXPECT_THAT(newest(), Not(HasSubstr("transaction:false")));
}

TEST_F(daemon_parents, a_model_database_can_say_so_too) {
    std::filesystem::remove_all(directory() / "schema");
    cluster.create_database("model");
    cluster.sql("model", "CREATE TABLE animals (id integer, name text DEFAULT 'none');"
                         "CREATE TABLE cats (id integer, name text, claws integer)");
    const auto daemon = start();
    const std::vector<std::string> model{"--model-url", cluster.url("model")};
    ASSERT_EQ(migrate(*daemon, model).exit_status, 0);
    ASSERT_EQ(daemon->ctl({"db", "upgrade"}).exit_status, 0);
    value("INSERT INTO cats VALUES (1, 'Tom', 10)");
    cluster.sql("model", "ALTER TABLE cats INHERIT animals");
    const process_outcome done = migrate(*daemon, model);
    ASSERT_EQ(done.exit_status, 0) << done.output << daemon->log();
    EXPECT_THAT(done.output,
                HasSubstr("Detected added inheritance of table 'cats' from 'animals'"));
    EXPECT_THAT(newest(), AllOf(HasSubstr("ALTER TABLE public.cats INHERIT public.animals;"),
                                HasSubstr("ALTER TABLE public.cats NO INHERIT public.animals;")));
    ASSERT_EQ(daemon->ctl({"db", "upgrade"}).exit_status, 0);
    EXPECT_EQ(value("SELECT name FROM animals"), "Tom");
    EXPECT_EQ(migrate(*daemon, model).output, "No changes in schema detected.\n");
    ASSERT_EQ(daemon->ctl({"db", "downgrade"}).exit_status, 0);
    EXPECT_EQ(value("SELECT count(*) FROM animals"), "0");
    EXPECT_EQ(scratch_databases(), "");
}
