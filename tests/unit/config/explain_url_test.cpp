// What a connection string means, and where an error in it stands.
#include "config/conninfo.hpp"
#include "config/explain_url.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

using namespace headspace;
using namespace headspace::config;
using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;

namespace {

url_explanation explain(std::string_view text) {
    auto out = explain_url(text, "URL", "me");
    EXPECT_TRUE(out.has_value()) << text << ": " << (out ? "" : out.error().message);
    return out ? *out : url_explanation{};
}

url_value value_of(const url_explanation& e, const std::string& name) {
    const auto found = std::find_if(e.values.begin(), e.values.end(),
                                    [&](const url_value& v) { return v.name == name; });
    return found == e.values.end() ? url_value{} : *found;
}

error refused(std::string_view text) {
    const auto out = explain_url(text, "URL", "me");
    EXPECT_FALSE(out.has_value()) << text;
    return out ? error{} : out.error();
}

} // namespace

TEST(explain_url, each_value_says_where_it_comes_from) {
    const auto e = explain("postgresql://app:s3cret@db.example.com/shop?connect_timeout=3");
    EXPECT_EQ(e.masked, "postgresql://app:***@db.example.com:5432/shop?connect_timeout=3");
    EXPECT_EQ(value_of(e, "user").value, "app");
    EXPECT_EQ(value_of(e, "user").source, "the string");
    EXPECT_EQ(value_of(e, "password").value, "***");
    EXPECT_EQ(value_of(e, "host").value, "db.example.com");
    EXPECT_EQ(value_of(e, "port").value, "5432");
    EXPECT_EQ(value_of(e, "port").source, "default");
    EXPECT_EQ(value_of(e, "connect_timeout").value, "3");
    EXPECT_THAT(e.changes, IsEmpty());
    EXPECT_THAT(e.warnings, IsEmpty());
}

TEST(explain_url, what_is_not_said_is_the_default_of_libpq) {
    const auto e = explain("postgresql:///");
    EXPECT_EQ(value_of(e, "user").value, "me");
    EXPECT_THAT(value_of(e, "user").source, HasSubstr("default"));
    EXPECT_EQ(value_of(e, "database").value, "me");
    EXPECT_EQ(value_of(e, "socket folder").value, "/var/run/postgresql");
    EXPECT_THAT(e.tls.means, HasSubstr("Unix socket"));
}

TEST(explain_url, tls_is_decided_by_the_host_unless_the_string_says) {
    EXPECT_EQ(explain("postgresql://a@db.example.com/x").tls.mode, "require");
    EXPECT_THAT(explain("postgresql://a@db.example.com/x").tls.source, HasSubstr("internet"));
    EXPECT_EQ(explain("postgresql://a@10.0.0.5/x").tls.mode, "prefer");
    const auto said = explain("postgresql://a@db.example.com/x?sslmode=verify-full");
    EXPECT_EQ(said.tls.mode, "verify-full");
    EXPECT_EQ(said.tls.source, "the string");
}

TEST(explain_url, a_password_in_clear_over_the_internet_is_warned_of) {
    for (const char* mode : {"disable", "allow", "prefer"})
        EXPECT_THAT(
            explain(std::string("postgresql://a@db.example.com/x?sslmode=") + mode).warnings,
            Contains(HasSubstr("in clear")))
            << mode;
    EXPECT_THAT(explain("postgresql://a@localhost/x?sslmode=disable").warnings, IsEmpty());
}

TEST(explain_url, other_spellings_are_named) {
    EXPECT_THAT(explain("postgres://a@h/x").changes, Contains(HasSubstr("read as postgresql://")));
    EXPECT_THAT(explain("postgresql+psycopg2://a@h/x").changes, Contains(HasSubstr("+psycopg2")));
    EXPECT_THAT(explain("POSTGRESQL://a@h/x").changes, Contains(HasSubstr("lower case")));
    EXPECT_THAT(explain("jdbc:postgresql://h/x?user=a").changes, Contains(HasSubstr("jdbc:")));
    EXPECT_THAT(explain("postgresql://a@h/x?ssl=true").changes,
                Contains("ssl is read as sslmode=require"));
}

TEST(explain_url, poolers_and_managed_servers_are_recognised_by_their_names) {
    const auto neon =
        explain("postgresql://a@ep-cool-123-pooler.eu-central-1.aws.neon.tech/x?sslmode=require");
    EXPECT_THAT(neon.warnings, Contains(HasSubstr("ep-cool-123.eu-central-1.aws.neon.tech")));
    EXPECT_THAT(neon.hints, Contains(HasSubstr("serverless")));
    EXPECT_THAT(explain("postgresql://a@ep-cool-123.eu-central-1.aws.neon.tech/x").warnings,
                IsEmpty());
    EXPECT_THAT(explain("postgresql://a@x.abc.eu-west-1.rds.amazonaws.com/x").hints,
                Contains(HasSubstr("global-bundle.pem")));
    EXPECT_THAT(explain("postgresql://a@h:6432/x").warnings, Contains(HasSubstr("PgBouncer")));
    EXPECT_THAT(explain("postgresql://a@neon.tech.example.com/x").hints, IsEmpty());
}

TEST(explain_url, several_hosts_are_looked_through_for_the_primary) {
    const auto e = explain("postgresql://a@h1:5432,h2:5433/x");
    EXPECT_EQ(value_of(e, "host 2").value, "h2");
    EXPECT_EQ(value_of(e, "port 2").value, "5433");
    EXPECT_EQ(value_of(e, "target_session_attrs").value, "read-write");
}

TEST(explain_url, an_error_says_at_which_column) {
    const struct {
        const char* text;
        std::uint32_t column;
    } cases[] = {
        {"postgresql://u:100%@h/d", 19},                 // the '%'
        {"postgresql://u:p@ss@h/d", 20},                 // the second '@'
        {"postgresql://u@h/d?sslmode=bogus", 28},        // the value
        {"postgresql://u@h/d?sslmod=require", 27},       // its value
        {"  postgresql://u@h/d?a=b=c", 25},              // the second '=', blanks included
        {"postgresql://u@/run/postgresql/d", 20},        // the second '/'
        {"host=h user=u port=99999", 15},                // the pair
        {"host=h password='x", 8},                       // the quote that is not closed
        {"jdbc:postgresql://h/d?user=u&sslmode=no", 38}, // jdbc: counts, too
    };
    for (const auto& one : cases) {
        const error e = refused(one.text);
        EXPECT_EQ(e.position, one.column) << one.text << ": " << e.message;
    }
}

TEST(explain_url, nothing_that_may_be_a_password_is_ever_shown) {
    for (const char* text : {"postgresql://app:s3cr3t-value@db.example.com/x",
                             "postgresql://a@h/x?password=s3cr3t-value",
                             "postgresql://a@h/x?sslpassword=s3cr3t-value&sslkey=/k",
                             "host=h user=u password=s3cr3t-value"}) {
        const auto e = explain(text);
        std::string all = e.masked + e.tls.mode + e.tls.source + e.tls.means;
        for (const auto& v : e.values)
            all += v.name + v.value + v.source;
        for (const auto& list : {e.changes, e.warnings, e.hints})
            for (const std::string& line : list)
                all += line;
        EXPECT_EQ(all.find("s3cr3t"), std::string::npos) << text;
    }
    for (const char* text : {"postgresql://u:s3cr3t%zz@h/d", "postgresql://u:s3cr3t@x@h/d",
                             "postgresql://u:a/s3cr3t@h/d", "mysql://u:s3cr3t@h/d"}) {
        const error e = refused(text);
        EXPECT_EQ((e.message + e.hint).find("s3cr3t"), std::string::npos) << text;
    }
}
