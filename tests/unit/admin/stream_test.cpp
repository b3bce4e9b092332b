#include "support.hpp"

#include <atomic>

using namespace headspace;
using namespace headspace::admin;
using namespace headspace::admin::testing;

namespace {

/// What the streams of a test did; outlives its server.
struct witness {
    std::atomic<int> ended = 0;
    std::atomic<int> refused = 0; // send() said stop
    std::promise<void> first_line;

    router routes() {
        router out;
        out.add("GET", "/three", scope::admin, [this](const request&) {
            return stream_response([this](stream_writer& to) -> asio::awaitable<void> {
                for (const char* line : {"{\"n\":1}", "{\"n\":2}", "{\"n\":3}"}) {
                    const bool went = co_await to.write(line);
                    refused += went ? 0 : 1;
                }
                ++ended;
            });
        });
        out.add("GET", "/endless", scope::admin, [this](const request&) {
            return stream_response([this](stream_writer& to) -> asio::awaitable<void> {
                to.send("{}");
                first_line.set_value();
                asio::steady_timer timer(co_await asio::this_coro::executor, time_point::max());
                co_await timer.async_wait(as_result);
                ++ended;
            });
        });
        out.add("GET", "/flood", scope::admin, [this](const request&) {
            return stream_response([this](stream_writer& to) -> asio::awaitable<void> {
                const std::string line(1000, 'x');
                asio::steady_timer timer(co_await asio::this_coro::executor);
                while (to.send(line)) {
                    timer.expires_after(0ms);
                    co_await timer.async_wait(as_result);
                }
                ++refused;
            });
        });
        out.add("GET", "/breaks", scope::admin, [](const request&) {
            return stream_response([](stream_writer& to) -> asio::awaitable<void> {
                to.send("{}");
                throw std::runtime_error("in the middle");
                co_return;
            });
        });
        out.add("GET", "/livez", scope::admin, [](const request&) { return text_response("ok"); });
        return out;
    }
};

} // namespace

TEST(stream, lines_come_as_chunks_and_the_connection_stays) {
    witness seen;
    live_server server(seen.routes());
    auto client = server.connect();
    client.send(get("/three"));
    const auto head = client.read_until("\r\n\r\n");
    EXPECT_EQ(status_of(head), 200);
    EXPECT_NE(head->find("Transfer-Encoding: chunked\r\n"), std::string::npos);
    EXPECT_NE(head->find("Content-Type: application/x-ndjson\r\n"), std::string::npos);
    EXPECT_EQ(client.read_until("0\r\n\r\n"), "8\r\n{\"n\":1}\n\r\n8\r\n{\"n\":2}\n\r\n"
                                              "8\r\n{\"n\":3}\n\r\n0\r\n\r\n");
    EXPECT_EQ(status_of(client.ask(get("/livez"))), 200);
    EXPECT_EQ(seen.refused, 0);
}

TEST(stream, a_client_of_http10_gets_plain_lines_to_the_end_of_the_connection) {
    witness seen;
    live_server server(seen.routes());
    auto client = server.connect();
    client.send("GET /three HTTP/1.0\r\n\r\n");
    EXPECT_EQ(body_of(client.read_all()), "{\"n\":1}\n{\"n\":2}\n{\"n\":3}\n");
}

TEST(stream, a_client_that_hangs_up_ends_the_wait_for_the_next_line) {
    witness seen;
    live_server server(seen.routes());
    auto client = server.connect();
    client.send(get("/endless"));
    seen.first_line.get_future().wait();
    EXPECT_EQ(server.statistics().connections, 1U);
    client.hang_up();
    EXPECT_TRUE(server.soon(
        [](const server_statistics& s) { return s.accepted == 1 && s.connections == 0; }));
    EXPECT_EQ(seen.ended, 1);
}

TEST(stream, a_client_that_has_only_finished_sending_keeps_its_stream) {
    witness seen;
    live_server server(seen.routes());
    auto client = server.connect();
    client.send(get("/endless"));
    client.finish_sending();
    EXPECT_TRUE(client.read_until("{}\n"));
    auto other = server.connect();
    EXPECT_EQ(status_of(other.ask(get("/livez"))), 200);
    EXPECT_EQ(seen.ended, 0);
    EXPECT_EQ(server.statistics().connections, 2U);
}

TEST(stream, a_reader_that_falls_behind_by_the_limit_is_cut_off) {
    witness seen;
    limits bounds;
    bounds.stream_limit = 100'000;
    live_server server(seen.routes(), bounds);
    auto client = server.connect();
    client.send(get("/flood"));
    EXPECT_TRUE(server.soon(
        [](const server_statistics& s) { return s.accepted == 1 && s.connections == 0; }));
    EXPECT_EQ(seen.refused, 1);
}

TEST(stream, a_reader_that_takes_nothing_is_cut_off_after_its_time) {
    witness seen;
    limits bounds;
    bounds.idle_timeout = 30ms;
    bounds.stream_limit = 1'000'000'000;
    live_server server(seen.routes(), bounds);
    auto client = server.connect();
    client.send(get("/flood"));
    EXPECT_TRUE(server.soon(
        [](const server_statistics& s) { return s.accepted == 1 && s.connections == 0; }));
    EXPECT_EQ(server.statistics().timed_out, 1U);
}

TEST(stream, one_that_breaks_has_no_end_and_is_reported) {
    witness seen;
    live_server server(seen.routes());
    auto client = server.connect();
    client.send(get("/breaks"));
    const auto all = client.read_all();
    EXPECT_EQ(body_of(all), "3\r\n{}\n\r\n");
    EXPECT_EQ(server.events.named("admin_handler_failed").size(), 1U);
}

TEST(stream, head_of_a_stream_is_only_its_header) {
    witness seen;
    live_server server(seen.routes());
    auto client = server.connect();
    client.send("HEAD /endless HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    const auto all = client.read_all();
    EXPECT_EQ(status_of(all), 200);
    EXPECT_EQ(body_of(all), "");
    EXPECT_EQ(seen.ended, 0);
}

TEST(stream, stop_ends_a_stream_at_its_deadline) {
    witness seen;
    live_server server(seen.routes());
    auto client = server.connect();
    client.send(get("/endless"));
    seen.first_line.get_future().wait();
    auto stopped = server.stop(10ms);
    EXPECT_EQ(stopped.wait_for(patience), std::future_status::ready);
    EXPECT_EQ(seen.ended, 1);
    EXPECT_TRUE(client.read_all());
}
