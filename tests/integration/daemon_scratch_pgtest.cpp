// What may happen to scratch databases and their server while `db migrate` works: sessions in them,
// lost rights, a full disk, kills. The right exit code, nothing lost, nothing left.
#include "integration/daemon_generating.hpp"
#include "integration/pooler.hpp"
#include "support/small_disk.hpp"

#include <boost/json.hpp>

#include <csignal>

using namespace headspace;
using namespace headspace::test;
using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

namespace {

/// The same at each ALTER TABLE of a database, which only the proof sends: a superuser's work.
std::string held_proof() {
    return "CREATE FUNCTION wait() RETURNS event_trigger LANGUAGE plpgsql AS $body$ BEGIN WHILE "
           "EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = 'hold_proof') LOOP PERFORM "
           "pg_catalog.pg_sleep(0.02); END LOOP; END $body$;\n"
           "CREATE EVENT TRIGGER waits ON ddl_command_start WHEN TAG IN ('ALTER TABLE') EXECUTE "
           "FUNCTION wait();\n";
}

class daemon_scratch : public daemon_generating {
protected:
    /// Table users by a revision; declared is one column more.
    void one_change() const {
        revision("1", holding("replay") + held_proof() + "CREATE TABLE users (id integer);",
                 "DROP TABLE users; DROP EVENT TRIGGER waits; DROP FUNCTION wait();");
        declare("a.sql",
                holding("load") + held_proof() +
                    "CREATE TABLE users (id integer, name text);\nCREATE INDEX u ON users (id);\n");
    }
    [[nodiscard]] bool comes_to_wait_for_a_lock() const {
        return eventually([&] {
            return value("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND "
                         "query LIKE '% DATABASE %headspace_scratch_%'") != "0";
        });
    }
    [[nodiscard]] bool every_backend_is_gone() const {
        return eventually([&] { return cluster.backends("headspaced").empty(); });
    }
    [[nodiscard]] std::string as_maker(const std::string& more = {}) const {
        return "[database]\nurl = \"" + cluster.url("app", "maker") + "\"\n" + more;
    }
    /// A role that may make databases and nothing else, and a database of its own.
    void make_maker() {
        cluster.create_role("maker", "", "LOGIN CREATEDB");
        cluster.create_database("app", "maker");
    }
    /// Without an event trigger, which takes a superuser.
    void plain_change() const {
        revision("1", holding("replay") + "CREATE TABLE users (id integer);", "DROP TABLE users;");
        declare("a.sql", holding("load") + "CREATE TABLE users (id integer, name text);\n");
    }
};

/// A client that sits in `database` until this object goes away.
class sitting {
public:
    sitting(const temp_cluster& cluster, const std::string& database) : cluster_(cluster) {
        psql_ = spawn({(postgres_bindir() / "psql").string(), "-X", cluster.url(database), "-c",
                       "SET application_name = 'sits'; SELECT pg_sleep(600)"});
        if (!eventually([&] { return is_there(); }))
            throw std::runtime_error("nobody sits in " + database);
    }
    ~sitting() { end(); }
    sitting(const sitting&) = delete;
    sitting& operator=(const sitting&) = delete;

    [[nodiscard]] bool is_there() const {
        return cluster_.value("postgres", "SELECT count(*) FROM pg_stat_activity WHERE "
                                          "application_name = 'sits'") == "1";
    }
    void end() {
        if (psql_ < 0)
            return;
        cluster_.sql("postgres", "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity "
                                 "WHERE application_name = 'sits'");
        wait_for(psql_, 30s);
        psql_ = -1;
    }

private:
    const temp_cluster& cluster_;
    pid_t psql_ = -1;
};

} // namespace

TEST_F(daemon_scratch, whoever_sits_in_a_scratch_database_is_sent_away) {
    one_change();
    hold("load");
    const auto daemon = start();
    auto done = begin(*daemon);
    ASSERT_TRUE(comes_to_wait());
    const sitting other(cluster, some_scratch_database());
    release("load");
    const process_outcome outcome = done.get();
    EXPECT_EQ(outcome.exit_status, 0) << outcome.output;
    EXPECT_EQ(files().size(), 2U);
    EXPECT_EQ(scratch_databases(), "");
    EXPECT_FALSE(other.is_there());
}

TEST_F(daemon_scratch, one_that_cannot_be_dropped_is_named_and_the_next_run_drops_it) {
    make_maker();
    plain_change();
    hold("load");
    daemon_process daemon({.config = as_maker(), .folder = home.path()});
    ASSERT_TRUE(daemon.wait_connected());
    auto done = begin(daemon);
    ASSERT_TRUE(comes_to_wait());
    const std::string name = some_scratch_database();
    sitting superuser(cluster, name); // an ordinary role may not send one away
    release("load");
    const process_outcome outcome = done.get();
    EXPECT_EQ(outcome.exit_status, 0) << "the revision was proved and is not lost";
    EXPECT_THAT(outcome.output,
                AllOf(HasSubstr("the scratch database " + name + " could not be dropped"),
                      HasSubstr("DROP DATABASE IF EXISTS \"" + name + "\" WITH (FORCE)")));
    EXPECT_EQ(files().size(), 2U);
    EXPECT_EQ(scratch_databases(), name);
    superuser.end();
    const process_outcome next = migrate(daemon);
    EXPECT_EQ(next.exit_status, 0) << next.output;
    EXPECT_THAT(next.output, HasSubstr("dropped the scratch database " + name));
    EXPECT_THAT(next.output, HasSubstr("No changes in schema detected."));
    EXPECT_EQ(scratch_databases(), "");
}

TEST_F(daemon_scratch, one_that_is_locked_for_long_is_given_up_and_named) {
    one_change();
    hold("load");
    daemon_process daemon({.config = config("", "query_timeout = \"1s\""), .folder = home.path()});
    ASSERT_TRUE(daemon.wait_connected());
    auto done = begin(daemon);
    ASSERT_TRUE(comes_to_wait());
    const std::string name = some_scratch_database();
    open_transaction locked(cluster, "BEGIN; COMMENT ON DATABASE " + name + " IS 'mine'");
    release("load");
    const process_outcome outcome = done.get();
    EXPECT_EQ(outcome.exit_status, 0) << outcome.output;
    EXPECT_THAT(outcome.output, HasSubstr(name + " could not be dropped"));
    EXPECT_EQ(files().size(), 2U);
    locked.end();
    EXPECT_EQ(migrate(daemon).exit_status, 0);
    EXPECT_EQ(scratch_databases(), "");
}

TEST_F(daemon_scratch, a_role_that_loses_what_it_needs_in_the_middle_is_told_what_to_grant) {
    make_maker();
    plain_change();
    hold("replay");
    daemon_process daemon({.config = as_maker(), .folder = home.path()});
    ASSERT_TRUE(daemon.wait_connected());
    auto done = begin(daemon);
    ASSERT_TRUE(comes_to_wait());
    value("ALTER ROLE maker NOCREATEDB");
    release("replay");
    const process_outcome outcome = done.get();
    EXPECT_EQ(outcome.exit_status, 3) << outcome.output;
    EXPECT_THAT(outcome.output, HasSubstr("ALTER ROLE \"maker\" CREATEDB"));
    EXPECT_EQ(files().size(), 1U);
    EXPECT_EQ(scratch_databases(), "") << "what it has made it may drop";

    value("ALTER ROLE maker CREATEDB");
    hold("load");
    auto again = begin(daemon);
    ASSERT_TRUE(comes_to_wait());
    const std::string name = some_scratch_database();
    value("ALTER DATABASE " + name + " OWNER TO postgres");
    release("load");
    const process_outcome taken = again.get();
    EXPECT_EQ(taken.exit_status, 0) << taken.output;
    EXPECT_THAT(taken.output, AllOf(HasSubstr(name + " could not be dropped"),
                                    HasSubstr("must be owner of database")));
    EXPECT_EQ(files().size(), 2U);
    const process_outcome named = migrate(daemon);
    EXPECT_THAT(named.output,
                AllOf(HasSubstr(name + " could not be dropped"), HasSubstr("another role owns")));
    EXPECT_EQ(scratch_databases(), name);
}

namespace {

class daemon_scratch_disk : public daemon_scratch {
protected:
    daemon_scratch_disk() {
        cluster.stop();
        disk = std::make_unique<small_disk>(cluster);
    }
    std::unique_ptr<small_disk> disk;
};

} // namespace

TEST_F(daemon_scratch_disk, a_full_disk_is_said_wherever_it_becomes_full_and_nothing_stays) {
    one_change();
    const auto daemon = start();
    const auto no_room = AllOf(HasSubstr("No space left on device"), HasSubstr("53100"),
                               Not(HasSubstr("please report it")), Not(HasSubstr("mend the file")));
    {
        SCOPED_TRACE("while a scratch database is made");
        disk->fill();
        const process_outcome outcome = migrate(*daemon);
        EXPECT_EQ(outcome.exit_status, 5) << outcome.output;
        EXPECT_THAT(outcome.output, no_room);
        EXPECT_THAT(outcome.output, HasSubstr("no scratch database could be made"));
        disk->free();
        EXPECT_EQ(scratch_databases(), "");
    }
    for (const std::string point : {"load", "proof"}) {
        SCOPED_TRACE(point);
        hold(point);
        auto done = begin(*daemon);
        ASSERT_TRUE(comes_to_wait());
        disk->fill();
        release(point);
        const process_outcome outcome = done.get();
        EXPECT_EQ(outcome.exit_status, 5) << outcome.output;
        EXPECT_THAT(outcome.output, no_room);
        EXPECT_EQ(files().size(), 1U);
        EXPECT_EQ(scratch_databases(), "");
        disk->free();
    }
    EXPECT_EQ(migrate(*daemon).exit_status, 0) << "there is room again";
    EXPECT_EQ(files().size(), 2U);
    EXPECT_EQ(scratch_databases(), "");
}

TEST_F(daemon_scratch_disk, a_disk_that_is_full_when_rows_are_put_in_does_not_weaken_the_proof) {
    // Who inserts waits until there is no room for the first row any more.
    revision(
        "1",
        "CREATE TABLE users (id integer);\n"
        "CREATE FUNCTION waits() RETURNS trigger LANGUAGE plpgsql AS $body$ BEGIN WHILE EXISTS "
        "(SELECT FROM pg_catalog.pg_roles WHERE rolname = 'hold_seed') LOOP PERFORM "
        "pg_catalog.pg_sleep(0.02); END LOOP; RETURN NEW; END $body$;\n"
        "CREATE TRIGGER waits BEFORE INSERT ON users FOR EACH ROW EXECUTE FUNCTION waits();",
        "DROP TABLE users; DROP FUNCTION waits();");
    declare("a.sql", "CREATE TABLE users (id integer, name text);\n");
    hold("seed");
    const auto daemon = start();
    auto done = begin(*daemon);
    ASSERT_TRUE(comes_to_wait());
    disk->fill();
    release("seed");
    const process_outcome outcome = done.get();
    EXPECT_EQ(outcome.exit_status, 5) << outcome.output;
    EXPECT_THAT(outcome.output, AllOf(HasSubstr("putting rows into the tables for the proof"),
                                      HasSubstr("No space left on device"), HasSubstr("53100")));
    EXPECT_EQ(files().size(), 1U);
    EXPECT_EQ(scratch_databases(), "");
    disk->free();
}

namespace {

class daemon_scratch_killed : public daemon_scratch,
                              public testing::WithParamInterface<const char*> {};

} // namespace

TEST_P(daemon_scratch_killed, at_this_point_nothing_is_written_and_the_next_run_cleans_up) {
    const std::string point = GetParam();
    one_change();
    const auto daemon = start();
    std::unique_ptr<open_transaction> locked;
    if (point == "create")
        locked = std::make_unique<open_transaction>(
            cluster, "BEGIN; COMMENT ON DATABASE template0 IS 'held'");
    else
        hold(point == "drop" ? "load" : point);
    auto done = begin(*daemon);
    if (point == "drop") {
        ASSERT_TRUE(comes_to_wait());
        locked = std::make_unique<open_transaction>(
            cluster, "BEGIN; COMMENT ON DATABASE " + some_scratch_database() + " IS 'held'");
        release("load");
    }
    ASSERT_TRUE(locked ? comes_to_wait_for_a_lock() : comes_to_wait());
    daemon->signal(SIGKILL);
    ASSERT_TRUE(daemon->wait_exit().has_value());
    const process_outcome outcome = done.get();
    EXPECT_EQ(outcome.exit_status, 7) << outcome.output;
    EXPECT_EQ(files().size(), 1U);
    if (locked)
        locked->end();
    else
        release(point);
    ASSERT_TRUE(every_backend_is_gone());
    daemon->start();
    ASSERT_TRUE(daemon->wait_connected());
    const process_outcome next = migrate(*daemon);
    EXPECT_EQ(next.exit_status, 0) << next.output << daemon->log();
    EXPECT_EQ(files().size(), 2U);
    EXPECT_EQ(scratch_databases(), "");
}

INSTANTIATE_TEST_SUITE_P(kill, daemon_scratch_killed,
                         testing::Values("create", "replay", "load", "proof", "drop"),
                         [](const auto& point) { return std::string(point.param); });

TEST_F(daemon_scratch, neither_a_pooler_nor_a_standby_gets_scratch_databases) {
    two_tables();
    cluster.create_role("app");
    const pooler between(cluster);
    {
        SCOPED_TRACE("scratch_url through a pooler");
        const auto daemon = start("scratch_url = \"" + between.url() + "\"");
        expect_refused(*daemon, 3, {"through a connection pooler", "migrations.scratch_url"});
    }
    {
        SCOPED_TRACE("everything through a pooler");
        daemon_process daemon(
            {.config = "[database]\nurl = \"" + between.url() + "\"\n", .folder = home.path()});
        ASSERT_TRUE(daemon.wait_connected());
        expect_refused(daemon, 3, {"through a connection pooler", "migrations.url"});
    }
    const auto standby = cluster.make_standby();
    {
        SCOPED_TRACE("scratch_url of a standby");
        const auto daemon = start("scratch_url = \"" + standby->url() + "\"");
        expect_refused(*daemon, 3, {"read-only standby", "migrations.scratch_url"});
    }
    {
        SCOPED_TRACE("the database is a standby");
        daemon_process daemon(
            {.config = "[database]\nurl = \"" + standby->url() + "\"\n", .folder = home.path()});
        ASSERT_TRUE(daemon.wait_connected());
        expect_refused(daemon, 3, {"read-only standby"});
    }
}

TEST_F(daemon_scratch, strict_refuses_what_is_not_compared_and_else_it_is_named) {
    const std::string other = "CREATE TEXT SEARCH CONFIGURATION mine (COPY = simple);\n";
    declare("a.sql", "CREATE TABLE a (id integer);\n" + other);
    const auto daemon = start();
    expect_refused(*daemon, 3, {"not compared", "text search configuration", "public.mine"},
                   {"--strict"});
    const process_outcome named = migrate(*daemon);
    EXPECT_EQ(named.exit_status, 0) << named.output;
    EXPECT_THAT(named.output, HasSubstr("not compared: text search configuration public.mine"));
    EXPECT_EQ(files().size(), 1U);
}

TEST_F(daemon_scratch, a_reload_takes_another_place_for_scratch_databases) {
    make_maker();
    cluster.create_role("plain", "", "LOGIN");
    cluster.create_database("mine", "plain");
    temp_cluster other;
    two_tables();
    const std::string mine = "[database]\nurl = \"" + cluster.url("mine", "plain") + "\"\n";
    daemon_process daemon({.config = mine, .folder = home.path()});
    ASSERT_TRUE(daemon.wait_connected());
    expect_refused(daemon, 3, {"ALTER ROLE \"plain\" CREATEDB"});
    daemon.write_config(mine + "[migrations]\nscratch_url = \"" + other.url() + "\"\n");
    daemon.signal(SIGHUP);
    ASSERT_TRUE(eventually([&] {
        return daemon.get("/v1/config").body.find(other.socket_directory()) != std::string::npos;
    }));
    const process_outcome done = migrate(daemon);
    EXPECT_EQ(done.exit_status, 0) << done.output;
    EXPECT_EQ(files().size(), 1U);
    EXPECT_EQ(scratch_databases(other), "");
    EXPECT_EQ(other.value("postgres", "SELECT count(*) FROM pg_class WHERE relname = 'users'"),
              "0");
    daemon.write_config(mine);
    daemon.signal(SIGHUP);
    ASSERT_TRUE(eventually([&] {
        return daemon.get("/v1/config").body.find(other.socket_directory()) == std::string::npos;
    }));
    expect_refused(daemon, 3, {"ALTER ROLE \"plain\" CREATEDB"});
}

TEST_F(daemon_scratch, an_extension_that_the_server_lacks_is_5_and_says_where_it_is_wanted) {
    declare("a.sql", "CREATE TABLE a (id integer);\nCREATE EXTENSION no_such_extension;\nCREATE "
                     "TABLE b (id no_such_type);\n");
    const auto daemon = start();
    expect_refused(*daemon, 5,
                   {"schema/a.sql:2:1: ", "\"no_such_extension\" is not available",
                    "must first be installed on the system"});
}
