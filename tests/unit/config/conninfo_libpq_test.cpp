// libpq's own parser over the same strings: where its reading is ours too, both must agree.
#include "base/text.hpp"
#include "config/conninfo.hpp"
#include "unit/config/conninfo_vectors.hpp"

#include <gtest/gtest.h>
#include <libpq-fe.h>

#include <map>
#include <memory>
#include <random>

using namespace headspace::config;

namespace {

using fields = std::map<std::string, std::string>;

struct options_deleter {
    void operator()(PQconninfoOption* options) const { PQconninfoFree(options); }
};

/// What libpq takes out of `text`; { "error", message } when it refuses.
fields by_libpq(const std::string& text) {
    char* message = nullptr;
    const std::unique_ptr<PQconninfoOption, options_deleter> options(
        PQconninfoParse(text.c_str(), &message));
    fields out;
    if (options == nullptr) {
        out["error"] = message == nullptr ? "" : message;
        PQfreemem(message);
        return out;
    }
    for (const PQconninfoOption* o = options.get(); o->keyword != nullptr; ++o)
        if (o->val != nullptr && *o->val != '\0')
            out[o->keyword] = o->val;
    // "h1,h2" in a URL gives a port "," and in key/value pairs none: the same.
    if (out["port"].find_first_not_of(',') == std::string::npos)
        out.erase("port");
    return out;
}

void add(fields& out, const std::string& keyword, const std::string& value) {
    if (!value.empty())
        out[keyword] = value;
}

fields by_us(const std::string& text) {
    const auto parsed = parse_conninfo(text, "URL");
    if (!parsed)
        return {{"error", parsed.error().text()}};
    const conninfo& c = parsed.value().value;
    fields out = c.parameters;
    add(out, "user", c.user);
    add(out, "dbname", c.database);
    add(out, "service", c.service);
    add(out, "password", c.password ? std::string(c.password->reveal()) : "");
    add(out, "sslpassword", std::string(c.sslpassword.reveal()));
    std::string hosts, addresses, ports;
    bool any_host = false, any_address = false, any_port = false;
    for (const host_entry& entry : c.hosts) {
        const std::string comma = &entry == c.hosts.data() ? "" : ",";
        hosts += comma + entry.host;
        addresses += comma + entry.hostaddr;
        ports += comma + (entry.port_given ? std::to_string(entry.port) : "");
        any_host = any_host || !entry.host.empty();
        any_address = any_address || !entry.hostaddr.empty();
        any_port = any_port || entry.port_given;
    }
    add(out, "host", any_host ? hosts : "");
    add(out, "hostaddr", any_address ? addresses : "");
    add(out, "port", any_port ? ports : "");
    return out;
}

} // namespace

TEST(conninfo_and_libpq, read_every_marked_vector_alike) {
    int compared = 0;
    for (const test_vector& vector : test_vectors()) {
        if (vector.libpq.empty())
            continue;
        SCOPED_TRACE("vector " + vector.name);
        EXPECT_EQ(by_us(url_of(vector)), by_libpq(vector.libpq));
        ++compared;
    }
    EXPECT_GE(compared, 25);
}

TEST(conninfo_and_libpq, read_these_alike_too) {
    for (const char* text :
         {"postgresql://", "postgresql:///", "postgresql://h", "postgresql://h:5433",
          "postgresql://u@h?sslmode=require", "postgresql://h/d?user=u&",
          "postgresql://u%40x:%2F%3A@h/d%2Fe", "postgresql://h1:1,h2,h3:3/d",
          "postgresql://[::1],h2/d", "postgresql://h/db#frag", "postgresql://h/d?hostaddr=10.0.0.1",
          "postgresql://h/d?application%5Fname=x", "host=a,b hostaddr=10.0.0.1,10.0.0.2",
          "host = h user = 'a b' password=x\\ y", "service=s dbname=d", "host=/run/x port=5433",
          "user='it\\'s'"})
        EXPECT_EQ(by_us(text), by_libpq(text)) << text;
}

TEST(conninfo_and_libpq, both_refuse_these) {
    for (const char* text :
         {"postgresql://u@h/d?ssl=maybe", "postgresql://h/d?x", "postgresql://h/d?&user=u",
          "postgresql://[::1/d", "postgresql://[]/d", "postgresql://[::1]x/d",
          "postgresql://u:%zz@h/d", "postgresql://u:%00@h/d", "postgresql://h/d?a=b=c", "host",
          "host=h user='x", "unknown=1"}) {
        EXPECT_TRUE(by_libpq(text).contains("error")) << text;
        EXPECT_TRUE(by_us(text).contains("error")) << text;
    }
}

TEST(conninfo_and_libpq, agree_on_every_generated_string_that_ours_accepts) {
    // Pieces in any order, by a fixed generator: most strings are broken, many are not.
    const std::vector<std::string> pieces{"postgresql://",
                                          "u",
                                          "p",
                                          "@",
                                          ":",
                                          "/",
                                          "h",
                                          "h2",
                                          ",",
                                          "5433",
                                          "?",
                                          "&",
                                          "=",
                                          "%40",
                                          "%2Frun",
                                          "[::1]",
                                          "user",
                                          "host",
                                          "port",
                                          " ",
                                          "'",
                                          "\\",
                                          "dbname",
                                          "sslmode",
                                          "prefer",
                                          "password",
                                          "hostaddr",
                                          "+",
                                          "10.0.0.1",
                                          "keepalives",
                                          "1",
                                          "#",
                                          "options",
                                          "%",
                                          "d"};
    std::minstd_rand generator(1);
    int accepted = 0;
    for (int i = 0; i < 40'000; ++i) {
        std::string text = generator() % 4 != 0 ? "postgresql://" : "";
        for (auto count = generator() % 14; count > 0; --count)
            text += pieces[generator() % pieces.size()];
        const fields ours = by_us(text);
        if (ours.contains("error"))
            continue;
        ++accepted;
        ASSERT_EQ(ours, by_libpq(std::string(headspace::trim(text)))) << text;
    }
    EXPECT_GT(accepted, 1'000);
}

// Why our parser refuses them.
TEST(conninfo_and_libpq, libpq_takes_pieces_of_an_unencoded_password_for_something_else) {
    EXPECT_EQ(by_libpq("postgresql://u:p@ss@h/d")["host"], "ss@h");
    EXPECT_EQ(by_libpq("postgresql://u:p/ss@h/d")["port"], "p");
    EXPECT_EQ(by_libpq("host=h password= user=u")["password"], "user=u");
    EXPECT_NE(by_libpq("postgresql://u:se%ret@h/d")["error"].find("se%ret"), std::string::npos);
}
