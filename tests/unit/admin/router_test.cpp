#include "admin/router.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

using namespace headspace;
using namespace headspace::admin;

namespace {

plain_handler says(std::string word) {
    return [word](const request&) {
        return text_response(word);
    };
}

std::string answer(const router& routes, std::string_view method, std::string_view path,
                   scope reach, request& req) {
    const auto found = routes.find(method, path, reach, req);
    if (found.found == nullptr)
        return found.allow.empty() ? "404" : "405 " + found.allow;
    return std::get<plain_handler>(found.found->run)(req).body;
}

router example() {
    router routes;
    routes.add("GET", "/health", scope::publicly, says("health"));
    routes.add("GET", "/health/db", scope::publicly, says("db"));
    routes.add("GET", "/v1/migrations/{revision}", scope::admin, says("revision"));
    routes.add("POST", "/v1/migrations/upgrade", scope::admin, says("upgrade"));
    routes.add("GET", "/v1/operations/{id}", scope::admin, says("operation"));
    routes.add("DELETE", "/v1/operations/{id}", scope::admin, says("cancel"));
    routes.add("GET", "/v1/operations/latest", scope::admin, says("latest"));
    return routes;
}

} // namespace

TEST(router, a_path_and_its_method_find_their_handler) {
    const router routes = example();
    request req;
    EXPECT_EQ(answer(routes, "GET", "/health", scope::admin, req), "health");
    EXPECT_EQ(answer(routes, "GET", "/health/db", scope::admin, req), "db");
    EXPECT_EQ(answer(routes, "DELETE", "/v1/operations/7", scope::admin, req), "cancel");
}

TEST(router, a_capture_is_decoded_and_told_by_its_name) {
    request req;
    EXPECT_EQ(answer(example(), "GET", "/v1/migrations/2026%2B1", scope::admin, req), "revision");
    EXPECT_EQ(req.capture("revision"), "2026+1");
    EXPECT_EQ(req.capture("id"), "");
}

TEST(router, a_literal_segment_beats_a_capture_whatever_the_order_of_registration) {
    request req;
    EXPECT_EQ(answer(example(), "GET", "/v1/operations/latest", scope::admin, req), "latest");
}

TEST(router, a_literal_path_of_another_method_does_not_hide_a_capture) {
    request req;
    EXPECT_EQ(answer(example(), "GET", "/v1/migrations/upgrade", scope::admin, req), "revision");
    EXPECT_EQ(req.capture("revision"), "upgrade");
}

TEST(router, a_known_path_with_another_method_names_the_methods_it_takes) {
    request req;
    EXPECT_EQ(answer(example(), "POST", "/health", scope::admin, req), "405 GET, HEAD");
    EXPECT_EQ(answer(example(), "PUT", "/v1/operations/1", scope::admin, req),
              "405 GET, HEAD, DELETE");
}

TEST(router, what_does_not_fit_exactly_is_not_found) {
    for (const char* path : {"/", "/Health", "/health/", "/health//db", "/v1/operations/",
                             "/v1/operations", "/a/b/c/d/e/f/g/h/i/j/k", "/v1/operations/%zz",
                             "/v1/operations/%2", "/v1/operations/%ff"}) {
        request req;
        EXPECT_EQ(answer(example(), "GET", path, scope::admin, req), "404") << path;
    }
}

TEST(router, on_a_public_listener_only_public_routes_exist) {
    request req;
    EXPECT_EQ(answer(example(), "GET", "/health", scope::publicly, req), "health");
    EXPECT_EQ(answer(example(), "GET", "/v1/operations/1", scope::publicly, req), "404");
    EXPECT_EQ(answer(example(), "POST", "/v1/migrations/upgrade", scope::publicly, req), "404");
}

TEST(router, a_route_that_changes_things_cannot_be_public_and_none_can_be_registered_twice) {
    router routes = example();
    EXPECT_THROW(routes.add("POST", "/x", scope::publicly, says("x")), std::logic_error);
    EXPECT_THROW(routes.add("GET", "/health", scope::admin, says("x")), std::logic_error);
    EXPECT_THROW(routes.add("GET", "health", scope::admin, says("x")), std::logic_error);
}

TEST(router, everything_but_get_changes_things_unless_the_route_says_otherwise) {
    router routes;
    routes.add("POST", "/check", scope::admin, says("x"), {.files = true, .changes = false});
    routes.add("POST", "/upgrade", scope::admin, says("x"));
    routes.add("GET", "/health", scope::admin, says("x"));
    request req;
    EXPECT_FALSE(routes.find("POST", "/check", scope::admin, req).found->changes);
    EXPECT_TRUE(routes.find("POST", "/check", scope::admin, req).found->files);
    EXPECT_TRUE(routes.find("POST", "/upgrade", scope::admin, req).found->changes);
    EXPECT_FALSE(routes.find("GET", "/health", scope::admin, req).found->changes);
}

TEST(target, a_query_is_taken_apart_and_decoded) {
    request req;
    ASSERT_TRUE(split_target("/v1/migrations?since=20%3A00&all&name=a+b&=x&", req));
    EXPECT_EQ(req.path, "/v1/migrations");
    EXPECT_EQ(req.parameter("since"), "20:00");
    EXPECT_EQ(req.parameter("name"), "a b");
    EXPECT_TRUE(req.query.contains("all"));
    EXPECT_EQ(req.parameter("missing"), "");
}

TEST(target, broken_escapes_and_relative_targets_are_refused) {
    for (const char* target : {"", "*", "health", "http://localhost/health", "/x?a=%", "/x?%4=1",
                               "/x?a=%g1", "/x?a=%c3"}) {
        request req;
        EXPECT_FALSE(split_target(target, req)) << target;
    }
}

TEST(target, a_path_is_shown_shortened_and_without_what_a_terminal_could_obey) {
    EXPECT_EQ(shown("/v1/x"), "/v1/x");
    EXPECT_EQ(shown("/\x1b[2J\xff"), "/?[2J?");
    EXPECT_EQ(shown(std::string(8000, 'a')), std::string(200, 'a') + "...");
}
