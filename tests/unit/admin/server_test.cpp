// What a well-behaved client sees.
#include "support.hpp"

#include <boost/asio/steady_timer.hpp>
#include <boost/json.hpp>

using namespace headspace;
using namespace headspace::admin;
using namespace headspace::admin::testing;

namespace {

asio::awaitable<response> slow_echo(request req) {
    asio::steady_timer timer(co_await asio::this_coro::executor, 5ms);
    co_await timer.async_wait(asio::use_awaitable);
    co_return text_response(req.body);
}

asio::awaitable<response> throws(request) {
    asio::steady_timer timer(co_await asio::this_coro::executor, 1ms);
    co_await timer.async_wait(asio::use_awaitable);
    throw std::runtime_error("on purpose");
}

router routes() {
    router out;
    out.add("GET", "/health", scope::publicly, [](const request&) {
        return json_response({{"status", "healthy"}});
    });
    out.add("POST", "/echo", scope::admin, slow_echo);
    out.add("POST", "/files", scope::admin, slow_echo, {.files = true, .changes = false});
    out.add("GET", "/throws", scope::admin, throws);
    out.add("GET", "/throws-at-once", scope::admin,
            [](const request&) -> response { throw std::runtime_error("at once"); });
    out.add("GET", "/who", scope::publicly, [](const request& req) {
        return json_response({{"uid", req.from.uid},
                              {"pid", req.from.pid},
                              {"local", req.from.local},
                              {"query", req.parameter("q")}});
    });
    return out;
}

} // namespace

TEST(server, a_request_is_answered_with_json_and_the_connection_stays) {
    live_server server(routes());
    auto client = server.connect();
    for (int i = 0; i < 3; ++i) {
        const auto answer = client.ask(get("/health"));
        EXPECT_EQ(status_of(answer), 200);
        EXPECT_EQ(body_of(answer), R"({"status":"healthy"})");
        EXPECT_NE(answer->find("Content-Type: application/json\r\n"), std::string::npos);
        EXPECT_NE(answer->find("\r\nDate: "), std::string::npos);
    }
    EXPECT_EQ(server.statistics().accepted, 1U);
    EXPECT_EQ(server.statistics().requests, 3U);
}

TEST(server, answers_are_counted_by_route_and_status) {
    live_server server(routes());
    auto client = server.connect();
    (void)client.ask(get("/health?x=1"));
    (void)client.ask(get("/health"));
    (void)client.ask(get("/nobody/knows"));
    (void)client.ask(get("/another"));
    (void)client.ask(get("/echo")); // takes POST only
    std::vector<std::string> seen;
    for (const route_count& one : server.answers())
        seen.push_back(one.route + " " + std::to_string(one.status) + " " +
                       std::to_string(one.count));
    EXPECT_EQ(seen, (std::vector<std::string>{" 404 2", " 405 1", "/health 200 2"}));
}

TEST(server, pipelined_requests_are_answered_in_order) {
    live_server server(routes());
    auto client = server.connect();
    client.send(post("/echo", "one") + post("/echo", "two") + get("/health"));
    EXPECT_EQ(body_of(client.read_answer()), "one");
    EXPECT_EQ(body_of(client.read_answer()), "two");
    EXPECT_EQ(body_of(client.read_answer()), R"({"status":"healthy"})");
}

TEST(server, head_is_answered_like_get_without_a_body) {
    live_server server(routes());
    auto client = server.connect();
    client.send("HEAD /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    const auto all = client.read_all();
    EXPECT_EQ(status_of(all), 200);
    EXPECT_NE(all->find("Content-Length: 20\r\n"), std::string::npos);
    EXPECT_TRUE(all->ends_with("\r\n\r\n"));
}

TEST(server, connection_close_and_http10_end_the_connection) {
    live_server server(routes());
    auto first = server.connect();
    first.send(get("/health", "Connection: close\r\n"));
    EXPECT_EQ(status_of(first.read_all()), 200);
    auto second = server.connect();
    second.send("GET /health HTTP/1.0\r\n\r\n");
    EXPECT_EQ(status_of(second.read_all()), 200);
}

TEST(server, a_client_that_has_finished_sending_still_gets_its_answer) {
    live_server server(routes());
    auto client = server.connect();
    client.send(post("/echo", "hello"));
    client.finish_sending();
    const auto all = client.read_all();
    EXPECT_EQ(body_of(all), "hello");
}

TEST(server, an_unknown_path_is_a_problem_and_the_connection_stays) {
    live_server server(routes());
    auto client = server.connect();
    const auto answer = client.ask(get("/nope"));
    EXPECT_EQ(status_of(answer), 404);
    EXPECT_NE(answer->find("Content-Type: application/problem+json\r\n"), std::string::npos);
    const auto body = boost::json::parse(body_of(answer)).as_object();
    EXPECT_EQ(body.at("code"), "not-found");
    EXPECT_EQ(body.at("type"), "urn:headspace:problem:not-found");
    EXPECT_EQ(status_of(client.ask(get("/health"))), 200);
}

TEST(server, another_method_is_405_with_allow) {
    live_server server(routes());
    auto client = server.connect();
    for (const char* method : {"DELETE", "PATCH", "OPTIONS", "BREW"}) {
        const auto answer =
            client.ask(std::string(method) + " /health HTTP/1.1\r\nHost: localhost\r\n\r\n");
        EXPECT_EQ(status_of(answer), 405) << method;
        EXPECT_NE(answer->find("\r\nAllow: GET, HEAD\r\n"), std::string::npos) << method;
    }
}

TEST(server, a_handler_that_throws_costs_its_connection_and_is_reported) {
    live_server server(routes());
    for (const char* path : {"/throws", "/throws-at-once"}) {
        auto client = server.connect();
        client.send(get(path));
        const auto all = client.read_all();
        EXPECT_EQ(status_of(all), 500);
        EXPECT_EQ(boost::json::parse(body_of(all)).at("code"), "internal");
        EXPECT_EQ(all->find("on purpose"), std::string::npos) << "the client is told no internals";
    }
    const auto events = server.events.named("admin_handler_failed");
    ASSERT_EQ(events.size(), 2U);
    EXPECT_EQ(events[0].message, "GET /throws failed: on purpose");
    auto other = server.connect();
    EXPECT_EQ(status_of(other.ask(get("/health"))), 200);
}

TEST(server, a_handler_knows_who_asks) {
    live_server server(routes());
    auto client = server.connect();
    const auto who = boost::json::parse(body_of(client.ask(get("/who?q=a%20b")))).as_object();
    EXPECT_EQ(who.at("uid").to_number<uid_t>(), ::geteuid());
    EXPECT_EQ(who.at("pid").to_number<pid_t>(), ::getpid());
    EXPECT_EQ(who.at("local"), true);
    EXPECT_EQ(who.at("query"), "a b");
}

TEST(server, a_changing_request_is_reported_with_its_sender_and_without_its_query) {
    live_server server(routes());
    auto client = server.connect();
    EXPECT_EQ(status_of(client.ask(post("/echo?token=s3cret", "x"))), 200);
    EXPECT_EQ(status_of(client.ask(get("/%zz?%"))), 400); // nothing of the request before it
    EXPECT_EQ(status_of(client.ask(get("/health"))), 200);
    EXPECT_EQ(status_of(client.ask(post("/files", "x"))), 200);
    const auto events = server.events.named("admin_request");
    ASSERT_EQ(events.size(), 1U);
    EXPECT_EQ(events[0].message, "POST /echo from uid " + std::to_string(::geteuid()) + ", pid " +
                                     std::to_string(::getpid()) + ": 200");
}

TEST(server, who_is_no_operator_may_look_but_not_change) {
    live_server server(routes(), {}, [](const peer& who) { return who.uid == 4'000'000; });
    auto client = server.connect();
    EXPECT_EQ(status_of(client.ask(get("/health"))), 200);
    EXPECT_EQ(status_of(client.ask(post("/files", "x"))), 200);
    client.send(post("/echo", "x"));
    const auto answer = client.read_all();
    EXPECT_EQ(status_of(answer), 403);
    EXPECT_EQ(boost::json::parse(body_of(answer)).at("code"), "not-operator");
    const auto events = server.events.named("admin_request");
    ASSERT_EQ(events.size(), 1U);
    EXPECT_EQ(events[0].level, log_level::warning);
}

TEST(server, new_operators_count_from_the_next_request_on_open_connections_too) {
    live_server server(routes());
    auto client = server.connect();
    EXPECT_EQ(status_of(client.ask(post("/echo", "x"))), 200);
    std::promise<void> done;
    asio::post(server.context, [&] {
        server.served->set_operators([](const peer&) { return false; });
        done.set_value();
    });
    done.get_future().wait();
    client.send(post("/echo", "x"));
    EXPECT_EQ(status_of(client.read_all()), 403);
}

TEST(server, a_body_over_the_limit_is_refused_by_its_announced_length_and_by_its_real_one) {
    limits small;
    small.body_limit = 10;
    small.files_limit = 1000;
    live_server server(routes(), small);
    auto announced = server.connect();
    announced.send(post("/echo", std::string(11, 'x')));
    EXPECT_EQ(status_of(announced.read_all()), 413);
    auto chunked = server.connect();
    chunked.send("POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
                 "b\r\n01234567890\r\n0\r\n\r\n");
    EXPECT_EQ(status_of(chunked.read_all()), 413);
    auto files = server.connect();
    EXPECT_EQ(body_of(files.ask(post("/files", std::string(1000, 'x')))), std::string(1000, 'x'));
}

TEST(server, a_large_body_makes_the_whole_way) {
    live_server server(routes());
    auto client = server.connect();
    std::string body;
    for (int i = 0; body.size() < 5'000'000; ++i)
        body += std::to_string(i) + ",";
    std::thread sender([&] { client.send(post("/files", body)); });
    const auto answer = client.read_answer();
    sender.join();
    EXPECT_TRUE(body_of(answer) == body);
}

TEST(server, a_client_that_expects_100_continue_is_told_to_go_on) {
    live_server server(routes());
    auto client = server.connect();
    client.send(
        "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n");
    EXPECT_EQ(client.read_until("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
    EXPECT_EQ(body_of(client.ask("hello")), "hello");
}

TEST(server, an_http11_request_without_host_is_refused) {
    live_server server(routes());
    auto client = server.connect();
    EXPECT_EQ(status_of(client.ask("GET /health HTTP/1.1\r\n\r\n")), 400);
}

TEST(server, stop_closes_idle_connections_at_once_and_removes_the_file) {
    live_server server(routes());
    auto idle = server.connect();
    ASSERT_EQ(status_of(idle.ask(get("/health"))), 200);
    auto stopped = server.stop(patience);
    ASSERT_EQ(stopped.wait_for(patience), std::future_status::ready);
    EXPECT_EQ(idle.read_all(), "");
    EXPECT_FALSE(std::filesystem::exists(server.path));
    EXPECT_FALSE(server.connect().connected());
}

namespace {

/// A route whose answer waits until the test lets it go.
struct gate {
    router routes() {
        router out;
        out.add("GET", "/wait", scope::admin, [this](request) -> asio::awaitable<response> {
            asio::steady_timer timer(co_await asio::this_coro::executor, time_point::max());
            timer_ = &timer;
            entered.set_value();
            co_await timer.async_wait(as_result);
            timer_ = nullptr;
            cancelled = (co_await asio::this_coro::cancellation_state).cancelled() !=
                        asio::cancellation_type::none;
            co_return text_response("done");
        });
        return out;
    }
    void open(live_server& server) {
        asio::post(server.context, [this] { timer_->cancel(); });
    }
    std::promise<void> entered;
    std::atomic<bool> cancelled = false;

private:
    asio::steady_timer* timer_ = nullptr;
};

} // namespace

TEST(server, stop_lets_a_running_request_finish) {
    gate waits;
    live_server server(waits.routes());
    auto client = server.connect();
    client.send(get("/wait"));
    waits.entered.get_future().wait();
    auto stopped = server.stop(patience);
    EXPECT_EQ(stopped.wait_for(0ms), std::future_status::timeout);
    waits.open(server);
    const auto all = client.read_all();
    EXPECT_EQ(body_of(all), "done");
    EXPECT_NE(all->find("Connection: close\r\n"), std::string::npos);
    EXPECT_EQ(stopped.wait_for(patience), std::future_status::ready);
}

TEST(server, stop_cancels_what_still_runs_at_its_deadline) {
    gate waits;
    live_server server(waits.routes());
    auto client = server.connect();
    client.send(get("/wait"));
    waits.entered.get_future().wait();
    auto stopped = server.stop(20ms);
    EXPECT_EQ(stopped.wait_for(patience), std::future_status::ready);
    EXPECT_TRUE(waits.cancelled);
    EXPECT_EQ(client.read_all(), "");
}

TEST(server, a_second_stop_brings_the_deadline_of_the_first_forward) {
    gate waits;
    live_server server(waits.routes());
    auto client = server.connect();
    client.send(get("/wait"));
    waits.entered.get_future().wait();
    auto first = server.stop(std::chrono::hours(1));
    auto second = server.stop(1ms);
    EXPECT_EQ(second.wait_for(patience), std::future_status::ready);
    EXPECT_EQ(first.wait_for(patience), std::future_status::ready);
}

TEST(server, destroying_it_with_open_connections_closes_them) {
    gate waits;
    std::optional<raw_client> client;
    {
        live_server server(waits.routes());
        client.emplace(server.connect());
        client->send(get("/wait"));
        waits.entered.get_future().wait();
    }
    EXPECT_EQ(client->read_all(), "");
}
