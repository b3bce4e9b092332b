// Databases that are not UTF-8 with the locale C: scratch databases are like them, and what is
// generated there holds there.
#include "integration/daemon_generating.hpp"

#include <cstdio>

using namespace headspace;
using namespace headspace::test;
using testing::AllOf;
using testing::HasSubstr;

namespace {

struct kind_of_database {
    std::string name;
    std::string options;
};

class daemon_encoding : public daemon_generating {
protected:
    [[nodiscard]] bool has_icu() const {
        return value("SELECT count(*) FROM pg_collation WHERE collprovider = 'i'") != "0";
    }
    void make(const kind_of_database& what) const {
        value("CREATE DATABASE " + what.name + " TEMPLATE template0 " + what.options);
    }
    [[nodiscard]] std::string like(const std::string& database) const {
        return value("SELECT pg_encoding_to_char(encoding) || ' ' || datcollate || ' ' || datctype "
                     "|| ' ' || datlocprovider::text || ' ' || coalesce(daticulocale, '-') FROM "
                     "pg_database WHERE datname = '" +
                     database + "'");
    }
    [[nodiscard]] std::unique_ptr<daemon_process> start_with(const std::string& database) const {
        auto daemon = std::make_unique<daemon_process>(
            daemon_options{.config = "[database]\nurl = \"" + cluster.url(database) + "\"\n",
                           .folder = home.path()});
        if (!daemon->wait_connected())
            throw std::runtime_error("headspaced did not start:\n" + daemon->log());
        return daemon;
    }
    /// From nothing to applied and checked; what scratch databases were like.
    void generate_and_check(const kind_of_database& what, const std::string& text) {
        SCOPED_TRACE(what.name);
        make(what);
        for (const auto& file : files())
            std::filesystem::remove(file);
        std::filesystem::remove(directory() / "headspace.sum");
        declare("a.sql", "CREATE TABLE words (id integer PRIMARY KEY, word text DEFAULT '" + text +
                             "' CHECK (word <> '" + text + text +
                             "'));\nCREATE INDEX words_word ON words (word);\nCOMMENT ON TABLE "
                             "words IS '" +
                             text +
                             "';\nCREATE FUNCTION f() RETURNS text LANGUAGE sql AS $$ SELECT '" +
                             text + "'::text $$;\n" + holding("load"));
        hold("load");
        const auto daemon = start_with(what.name);
        auto done = begin(*daemon);
        ASSERT_TRUE(comes_to_wait());
        EXPECT_EQ(like(some_scratch_database()), like(what.name));
        release("load");
        const process_outcome made = done.get();
        ASSERT_EQ(made.exit_status, 0) << made.output;
        ASSERT_EQ(files().size(), 1U);
        EXPECT_THAT(newest(), HasSubstr(text));
        const process_outcome up = daemon->ctl({"db", "upgrade"});
        ASSERT_EQ(up.exit_status, 0) << up.output;
        EXPECT_EQ(migrate(*daemon).output, "No changes in schema detected.\n");
        const process_outcome check = daemon->ctl({"db", "check", "--roundtrip"});
        EXPECT_EQ(check.exit_status, 0) << check.output;
        cluster.sql(what.name, "ALTER TABLE words ALTER word SET DEFAULT 'x'");
        const process_outcome drift = daemon->ctl({"db", "check"});
        EXPECT_EQ(drift.exit_status, 1) << drift.output;
        EXPECT_THAT(drift.output, AllOf(HasSubstr("public.words.word"), HasSubstr(text)));
        EXPECT_EQ(daemon->ctl({"db", "downgrade", "base"}).exit_status, 0);
        EXPECT_EQ(scratch_databases(), "");
    }
};

const std::string umlaut = "\xC3\xA4"; // UTF-8, as files are

} // namespace

TEST_F(daemon_encoding, scratch_databases_have_the_encoding_of_the_target) {
    generate_and_check({"latin1", "ENCODING 'LATIN1' LOCALE 'C'"}, umlaut);
    generate_and_check({"sql_ascii", "ENCODING 'SQL_ASCII' LOCALE 'C'"}, umlaut);
    generate_and_check({"euc_jp", "ENCODING 'EUC_JP' LOCALE 'C'"}, "\xE6\x97\xA5\xE6\x9C\xAC");
}

TEST_F(daemon_encoding, scratch_databases_have_the_locale_provider_of_the_target) {
    if (postgres_major() < 15 || !has_icu()) {
        std::printf("this server has no databases with ICU: only libc was tried\n");
        return;
    }
    generate_and_check({"german", "LOCALE_PROVIDER icu ICU_LOCALE 'de-u-co-phonebk' ENCODING "
                                  "'UTF8' LOCALE 'C.UTF-8'"},
                       umlaut);
}

TEST_F(daemon_encoding, a_character_that_the_encoding_lacks_is_5_with_its_place) {
    make({"latin1", "ENCODING 'LATIN1' LOCALE 'C'"});
    declare("a.sql", "CREATE TABLE a (id integer);\nCOMMENT ON TABLE a IS "
                     "'\xE6\x97\xA5\xE6\x9C\xAC';\n");
    const auto daemon = start_with("latin1");
    expect_refused(*daemon, 5, {"schema/a.sql:2", "LATIN1", "22P05"});
}
