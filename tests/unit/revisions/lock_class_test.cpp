#include "revisions/lock_class.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

using namespace headspace::revisions;
using ::testing::HasSubstr;

namespace {

std::vector<lock_estimate> of(const std::string& sql) {
    const auto s = parse_script("1_r.sql", "-- migrate:up transaction:false\n" + sql + ";\n");
    if (!s) {
        ADD_FAILURE() << s.error().text();
        return {{}};
    }
    return estimate_locks(s->up);
}

std::string lock(const std::string& sql) {
    return std::string(of(sql).front().lock);
}

std::string warning(const std::string& sql) {
    return of(sql).front().warning;
}

} // namespace

TEST(lock_class, each_command_takes_the_lock_of_the_manual) {
    for (const auto& [sql, expected] : {
             std::pair{"SELECT 1 FROM a", "ACCESS SHARE"},
             {"INSERT INTO a VALUES (1)", "ROW EXCLUSIVE"},
             {"update a set b = 1", "ROW EXCLUSIVE"},
             {"WITH x AS (DELETE FROM a RETURNING *) SELECT * FROM x", "ROW EXCLUSIVE"},
             {"VACUUM a", "SHARE UPDATE EXCLUSIVE"},
             {"VACUUM (FULL) a", "ACCESS EXCLUSIVE"},
             {"ANALYZE a", "SHARE UPDATE EXCLUSIVE"},
             {"CREATE INDEX i ON a (b)", "SHARE"},
             {"CREATE UNIQUE INDEX CONCURRENTLY i ON a (b)", "SHARE UPDATE EXCLUSIVE"},
             {"DROP INDEX CONCURRENTLY i", "SHARE UPDATE EXCLUSIVE"},
             {"DROP INDEX i", "ACCESS EXCLUSIVE"},
             {"REINDEX TABLE CONCURRENTLY a", "SHARE UPDATE EXCLUSIVE"},
             {"CREATE TRIGGER t BEFORE INSERT ON a EXECUTE FUNCTION f()", "SHARE ROW EXCLUSIVE"},
             {"ALTER TABLE a ADD CONSTRAINT f FOREIGN KEY (b) REFERENCES c NOT VALID",
              "SHARE ROW EXCLUSIVE"},
             {"ALTER TABLE ONLY public.a VALIDATE CONSTRAINT f", "SHARE UPDATE EXCLUSIVE"},
             {"ALTER TABLE IF EXISTS a ADD COLUMN b int", "ACCESS EXCLUSIVE"},
             {"ALTER TABLE a ATTACH PARTITION b DEFAULT", "SHARE UPDATE EXCLUSIVE"},
             {"ALTER TABLE a SET (fillfactor = 70)", "SHARE UPDATE EXCLUSIVE"},
             {"TRUNCATE a", "ACCESS EXCLUSIVE"},
             {"DROP TABLE a", "ACCESS EXCLUSIVE"},
             {"REFRESH MATERIALIZED VIEW m", "ACCESS EXCLUSIVE"},
             {"REFRESH MATERIALIZED VIEW CONCURRENTLY m", "EXCLUSIVE"},
             {"LOCK TABLE a", "ACCESS EXCLUSIVE"},
             {"LOCK a IN SHARE ROW EXCLUSIVE MODE", "SHARE ROW EXCLUSIVE"},
             {"LOCK a IN SHARE MODE", "SHARE"},
             {"CREATE TABLE b (a int REFERENCES a)", "SHARE ROW EXCLUSIVE"},
             {"CREATE TABLE b (id int)", ""},
             {"CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'", ""},
             {"GRANT SELECT ON a TO b", ""},
             {"DO $$ BEGIN NULL; END $$", "?"},
             {"CALL p()", "?"},
         })
        EXPECT_EQ(lock(sql), expected) << sql;
}

TEST(lock_class, says_what_hurts_others_and_what_is_lost) {
    EXPECT_THAT(warning("CREATE INDEX i ON a (b)"), HasSubstr("CREATE INDEX CONCURRENTLY"));
    EXPECT_THAT(warning("ALTER TABLE a ALTER COLUMN b TYPE bigint"), HasSubstr("rewrites"));
    EXPECT_THAT(warning("ALTER TABLE a ALTER b SET NOT NULL"), HasSubstr("reads the whole table"));
    EXPECT_THAT(warning("ALTER TABLE a ADD CONSTRAINT c CHECK (b > 0)"),
                HasSubstr("reads the whole table"));
    EXPECT_EQ(warning("ALTER TABLE a ADD CONSTRAINT c CHECK (b > 0) NOT VALID"), "");
    EXPECT_THAT(warning("ALTER TABLE a ADD FOREIGN KEY (b) REFERENCES c"), HasSubstr("NOT VALID"));
    EXPECT_EQ(warning("ALTER TABLE a DROP COLUMN b"), "data is lost");
    EXPECT_EQ(warning("ALTER TABLE a ADD COLUMN b int"), "");
    EXPECT_EQ(warning("INSERT INTO a VALUES (1)"), "");
}

TEST(lock_class, a_table_that_the_file_creates_is_nobody_elses_yet) {
    const auto all =
        of("CREATE TABLE IF NOT EXISTS public.\"New\" (id int);\n"
           "CREATE INDEX i ON \"New\" (id);\nALTER TABLE ONLY public.\"New\" ALTER id "
           "TYPE bigint;\nINSERT INTO \"New\" VALUES (1);\nCREATE INDEX j ON old (id)");
    ASSERT_EQ(all.size(), 5U);
    for (std::size_t i = 0; i < 4; ++i) {
        EXPECT_EQ(all[i].lock, "") << i;
        EXPECT_EQ(all[i].warning, "") << i;
    }
    EXPECT_EQ(all[4].lock, "SHARE");
}
