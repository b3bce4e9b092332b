#include "config/print.hpp"
#include "unit/config/config_support.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

using namespace headspace;
using namespace headspace::config;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

namespace {

effective accepted(const sources& from) {
    outcome result = combine(from);
    EXPECT_TRUE(std::holds_alternative<effective>(result)) << messages(result);
    return std::get<effective>(result);
}

sources canary_everywhere() {
    sources from;
    from.toml =
        "[database]\nurl = \"postgresql://u:canary@db.example.com/d?sslpassword=canary\"\n"
        "password = \"canary\"\n[admin]\noperators = [\"alice\"]\n[migrations]\n"
        "url = \"postgresql://o:canary@h/d\"\nscratch_url = \"postgresql://o:canary@h/s\"\n";
    from.variables["DATABASE_PASSWORD"] = "canary";
    from.variables["DATABASE_POOL_SIZE"] = "4";
    return from;
}

} // namespace

TEST(print, begins_with_the_masked_form_and_names_the_source_of_every_value) {
    const std::string text = print(accepted(canary_everywhere()));
    EXPECT_THAT(text, StartsWith("postgresql://u:***@db.example.com:5432/d?sslpassword=***\n"));
    EXPECT_THAT(text, HasSubstr("database.pool_size = 4                   # DATABASE_POOL_SIZE\n"));
    EXPECT_THAT(text, HasSubstr("database.pool_timeout = \"30s\"            # default\n"));
    EXPECT_THAT(text,
                HasSubstr("database.password = \"***\"                # DATABASE_PASSWORD\n"));
    EXPECT_THAT(text, HasSubstr("database.sslmode = \"require\"             # default for "
                                "db.example.com:5432\n"));
    EXPECT_THAT(text, HasSubstr("admin.operators = [\"alice\"]              # "
                                "/etc/headspace/headspaced.toml:5\n"));
}

TEST(print, shows_no_secret_in_any_row) {
    const effective in_force = accepted(canary_everywhere());
    EXPECT_TRUE(in_force.holds_secret);
    EXPECT_THAT(print(in_force), Not(HasSubstr("canary")));
    for (const row& r : rows(in_force))
        EXPECT_THAT(r.value + r.source, Not(HasSubstr("canary"))) << r.key;
}

TEST(print, its_lines_after_the_first_are_toml_that_means_the_same) {
    sources from;
    from.toml = "[database]\nhost = \"a\"\napplication_name = \"a\\\"b\\\\c\"\npool_recycle = 0\n"
                "[admin]\noperators = [\"x\", \"y\"]\nmode = \"0600\"\n";
    const effective in_force = accepted(from);
    const std::string text = print(in_force);
    const file_settings again = load_toml(text.substr(text.find('\n') + 1), "again");
    for (const diagnostic& error : again.errors)
        ADD_FAILURE() << error.text();
    EXPECT_EQ(again.values.database.application_name, "a\"b\\c");
    EXPECT_EQ(again.values.database.pool_recycle, 0s);
    EXPECT_EQ(again.values.admin.mode, 0600u);
    EXPECT_THAT(again.values.admin.operators, ElementsAre("x", "y"));
}

TEST(compare, names_changed_keys_and_which_of_them_need_a_restart) {
    sources from;
    from.toml = "[database]\nhost = \"a\"\npassword = \"one\"\n[admin]\nsocket = \"/x\"\n";
    const effective before = accepted(from);
    EXPECT_TRUE(compare(before, accepted(from)).empty());
    from.toml = "[database]\nhost = \"b\"\npassword = \"two\"\npool_size = 3\n[admin]\nsocket = "
                "\"/y\"\n";
    std::vector<std::string> changed;
    for (const change& c : compare(before, accepted(from)))
        changed.push_back(c.key + " " + c.before + " " + c.after + (c.needs_restart ? " !" : ""));
    EXPECT_THAT(changed, ElementsAre("database.host a b", "database.password *** ***",
                                     "database.pool_size 10 3", "admin.socket /x /y !"));
}

TEST(compare, a_new_password_of_the_migrations_url_is_a_change) {
    sources from;
    from.toml = "[migrations]\nurl = \"postgresql://o:one@h/d\"\n";
    const effective before = accepted(from);
    from.toml = "[migrations]\nurl = \"postgresql://o:two@h/d\"\n";
    const std::vector<change> changes = compare(before, accepted(from));
    ASSERT_EQ(changes.size(), 1u);
    EXPECT_EQ(changes[0].key, "migrations.url");
    EXPECT_EQ(changes[0].after, "postgresql://o:***@h:5432/d");
}

TEST(compare, a_parameter_that_has_no_key_is_a_change_of_the_url) {
    sources from;
    from.variables["DATABASE_URL"] = "postgresql://u@h/d";
    const effective before = accepted(from);
    from.variables["DATABASE_URL"] = "postgresql://u@h/d?options=-c%20x%3Dy";
    const std::vector<change> changes = compare(before, accepted(from));
    ASSERT_EQ(changes.size(), 1u);
    EXPECT_EQ(changes[0].key, "database.url");
}
