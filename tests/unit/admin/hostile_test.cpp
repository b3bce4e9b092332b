// Clients that do what they should not: none of them holds up another.
#include "support.hpp"

#include <boost/json.hpp>

#include <netinet/in.h>
#include <sys/resource.h>

using namespace headspace;
using namespace headspace::admin;
using namespace headspace::admin::testing;

namespace {

router routes() {
    router out;
    out.add("GET", "/livez", scope::publicly, [](const request&) { return text_response("ok"); });
    out.add("GET", "/private", scope::admin, [](const request&) { return text_response("x"); });
    out.add("POST", "/change", scope::admin, [](const request&) { return text_response("ok"); });
    out.add("GET", "/large", scope::admin,
            [](const request&) { return text_response(std::string(8'000'000, 'x')); });
    return out;
}

/// Far below every timeout of the server, so that who is served within it was held up by nobody;
/// and far above what a busy machine needs. The real figure is in tests/bench.
constexpr auto prompt = 8s;

/// The time in which a healthy client gets its answer, connection included.
duration livez(live_server& server) {
    const auto begin = clock::now();
    auto client = server.connect();
    EXPECT_EQ(status_of(client.ask(get("/livez"))), 200);
    return clock::now() - begin;
}

limits short_limits() {
    limits out;
    out.request_timeout = 50ms;
    out.idle_timeout = 100ms;
    return out;
}

} // namespace

TEST(hostile, a_client_that_sends_a_byte_now_and_then_is_cut_off_in_the_time_for_one_request) {
    limits bounds;
    bounds.request_timeout = 50ms;
    live_server server(routes(), bounds);
    auto slow = server.connect();
    // Were each byte a new beginning, the header's limit would be met first.
    for (const char c : get("/livez", std::string(10'000, 'X')))
        if (!slow.send({&c, 1}) || slow.hears_within(1ms))
            break;
    EXPECT_EQ(status_of(slow.read_all()), 408);
    // The request; and, unless this client was quicker, the wait for its hang-up.
    EXPECT_GE(server.statistics().timed_out, 1U);
}

TEST(hostile, half_a_request_holds_up_nobody) {
    live_server server(routes());
    std::vector<raw_client> slow;
    for (int i = 0; i < 20; ++i) {
        slow.push_back(server.connect());
        slow.back().send("GET /livez HTTP/1.1\r\nHo");
    }
    EXPECT_LT(livez(server), prompt);
    EXPECT_EQ(server.statistics().timed_out, 0U);
    EXPECT_EQ(status_of(slow[7].ask("st: localhost\r\n\r\n")), 200);
}

TEST(hostile, a_body_that_does_not_come_is_not_waited_for_longer) {
    live_server server(routes(), short_limits());
    auto client = server.connect();
    client.send("POST /change HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc");
    EXPECT_EQ(status_of(client.read_until("\r\n\r\n")), 408);
}

TEST(hostile, a_megabyte_of_header_is_refused_without_reading_it_all) {
    live_server server(routes());
    auto client = server.connect();
    std::thread sending(
        [&] { client.send(get("/livez", "X: " + std::string(1 << 20, 'a') + "\r\n")); });
    const auto head = client.read_until("\r\n\r\n");
    EXPECT_EQ(status_of(head), 431);
    EXPECT_LT(livez(server), prompt);
    client.read_answer();
    sending.join();
}

TEST(hostile, garbage_gets_a_problem_and_nothing_else) {
    live_server server(routes());
    for (const std::string& bytes :
         {std::string("\x16\x03\x01 hello\r\n\r\n"), std::string(20'000, '\0'),
          std::string("GET / HTTP/7\r\n\r\n"), std::string("\r\n\r\n\r\nxx\r\n\r\n")}) {
        auto client = server.connect();
        client.send(bytes);
        client.finish_sending();
        const auto answer = client.read_all();
        EXPECT_GE(status_of(answer), 400) << bytes.substr(0, 10);
        EXPECT_EQ(boost::json::parse(body_of(answer)).at("code"),
                  status_of(answer) == 431 ? "header-too-large" : "bad-request");
    }
    EXPECT_LT(livez(server), prompt);
}

TEST(hostile, two_hundred_idle_connections_are_in_nobodys_way) {
    live_server server(routes());
    std::vector<raw_client> idle;
    for (int i = 0; i < 200; ++i)
        idle.push_back(server.connect());
    EXPECT_LT(livez(server), prompt);
    EXPECT_TRUE(server.soon([](const server_statistics& s) { return s.connections == 200; }));
}

TEST(hostile, above_the_limit_the_longest_idle_connection_makes_room) {
    limits bounds;
    bounds.max_connections = 3;
    live_server server(routes(), bounds);
    std::vector<raw_client> idle;
    for (int i = 0; i < 3; ++i) {
        idle.push_back(server.connect());
        EXPECT_EQ(status_of(idle.back().ask(get("/livez"))), 200);
    }
    EXPECT_EQ(status_of(idle[0].ask(get("/livez"))), 200); // now the second is the longest idle
    livez(server);
    EXPECT_EQ(idle[1].read_all(), "");
    EXPECT_EQ(status_of(idle[0].ask(get("/livez"))), 200);
    EXPECT_EQ(server.statistics().evicted, 1U);
}

TEST(hostile, when_nobody_is_idle_one_more_is_told_503) {
    limits bounds;
    bounds.max_connections = 2;
    live_server server(routes(), bounds);
    std::vector<raw_client> busy;
    for (int i = 0; i < 2; ++i) {
        busy.push_back(server.connect());
        // In one piece: with the answer to the first request the second has begun.
        ASSERT_EQ(status_of(busy.back().ask(get("/livez") + "GET /livez HT")), 200);
    }
    auto third = server.connect();
    third.send(get("/livez", "Connection: close\r\n"));
    const auto all = third.read_all();
    EXPECT_EQ(status_of(all), 503);
    EXPECT_EQ(boost::json::parse(body_of(all)).at("code"), "too-many-connections");
    EXPECT_EQ(server.statistics().refused, 1U);
    EXPECT_EQ(status_of(busy[0].ask("TP/1.1\r\nHost: x\r\n\r\n")), 200);
}

TEST(hostile, an_idle_connection_is_closed_after_its_time) {
    live_server server(routes(), short_limits());
    auto client = server.connect();
    EXPECT_EQ(client.read_all(), "");
    EXPECT_EQ(server.statistics().timed_out, 1U);
}

TEST(hostile, a_client_that_does_not_read_its_answer_is_closed_after_its_time) {
    limits bounds;
    bounds.idle_timeout = 50ms;
    live_server server(routes(), bounds);
    auto client = server.connect();
    client.send(get("/large"));
    EXPECT_TRUE(server.soon([](const server_statistics& s) { return s.timed_out == 1; }));
    EXPECT_TRUE(server.soon(
        [](const server_statistics& s) { return s.accepted == 1 && s.connections == 0; }));
}

TEST(hostile, a_client_that_only_sends_is_not_served_ahead_of_what_it_reads) {
    limits bounds;
    bounds.idle_timeout = 50ms;
    live_server server(routes(), bounds);
    auto client = server.connect();
    std::string many;
    for (int i = 0; i < 2000; ++i)
        many += get("/livez");
    std::thread flood([&] {
        while (client.send(many)) {
        }
    });
    EXPECT_LT(livez(server), prompt);
    flood.join();
    EXPECT_LT(livez(server), prompt);
}

TEST(hostile, running_out_of_file_descriptors_is_survived) {
    limits bounds;
    bounds.accept_pause = 1ms;
    live_server server(routes(), bounds);
    auto idle = server.connect();
    ASSERT_EQ(status_of(idle.ask(get("/livez"))), 200);
    rlimit old{};
    ::getrlimit(RLIMIT_NOFILE, &old);
    const int next = ::dup(0);
    ::close(next);
    const rlimit tight{static_cast<rlim_t>(next) + 1,
                       old.rlim_max}; // one for the client, none for us
    ::setrlimit(RLIMIT_NOFILE, &tight);
    auto other = server.connect();
    const auto answer = other.ask(get("/livez"));
    ::setrlimit(RLIMIT_NOFILE, &old);
    EXPECT_EQ(status_of(answer), 200) << "the idle connection gave its descriptor";
    EXPECT_EQ(idle.read_all(), "");
}

namespace {

/// The same raw client over TCP: only what differs is tested here.
class tcp_client {
public:
    tcp_client() = default;
    tcp_client(const tcp_client&) = delete;
    tcp_client& operator=(const tcp_client&) = delete;
    ~tcp_client() { ::close(fd_); }

    bool send(const std::string& where, const std::string& bytes) const {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        address.sin_port =
            htons(static_cast<std::uint16_t>(std::stoi(where.substr(where.rfind(':') + 1))));
        return ::connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 &&
               ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL) ==
                   static_cast<ssize_t>(bytes.size());
    }
    /// Up to the end of the connection.
    [[nodiscard]] std::string read_all() const {
        std::string out;
        char buffer[4096];
        for (ssize_t n; (n = ::recv(fd_, buffer, sizeof buffer, 0)) > 0;)
            out.append(buffer, static_cast<std::size_t>(n));
        return out;
    }

private:
    int fd_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
};

std::string over_tcp(const std::string& where, const std::string& bytes) {
    const tcp_client client;
    return client.send(where, bytes) ? client.read_all() : std::string();
}

std::string tcp_get(const std::string& path, const std::string& host,
                    const std::string& more = {}) {
    return "GET " + path + " HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n" + more +
           "\r\n";
}

/// Where `server` answers over TCP from now on.
std::string serve_tcp(live_server& server) {
    std::promise<std::string> address;
    asio::post(server.context, [&] {
        auto made = listener::loopback(server.context.get_executor(), "localhost:0");
        address.set_value(made->where());
        server.served->serve(std::move(*made));
    });
    return address.get_future().get();
}

} // namespace

TEST(loopback, only_public_routes_of_this_host_are_served_and_no_web_page) {
    live_server server(routes());
    const std::string where = serve_tcp(server);
    ASSERT_TRUE(where.starts_with("127.0.0.1:")) << where;
    EXPECT_EQ(status_of(over_tcp(where, tcp_get("/livez", where))), 200);
    EXPECT_EQ(status_of(over_tcp(where, tcp_get("/livez", "localhost"))), 200);
    EXPECT_EQ(status_of(over_tcp(where, tcp_get("/private", where))), 404);
    EXPECT_EQ(status_of(over_tcp(where, tcp_get("/livez", "evil.example"))), 421);
    EXPECT_EQ(
        status_of(over_tcp(where, tcp_get("/livez", where, "Origin: http://evil.example\r\n"))),
        403);
    EXPECT_EQ(status_of(over_tcp(where, "POST /change HTTP/1.1\r\nHost: localhost\r\nConnection: "
                                        "close\r\nContent-Length: 0\r\n\r\n")),
              405);
    EXPECT_EQ(status_of(over_tcp(where, tcp_get("/change", where))), 404)
        << "not even that there is such a route";
}

TEST(loopback, two_host_headers_are_none) {
    live_server server(routes());
    const std::string where = serve_tcp(server);
    EXPECT_EQ(status_of(over_tcp(where, tcp_get("/livez", where, "Host: evil.example\r\n"))), 400);
}

TEST(loopback, clients_over_tcp_do_not_take_the_operators_places) {
    limits bounds;
    bounds.max_connections = 2;
    live_server server(routes(), bounds);
    const std::string where = serve_tcp(server);
    std::vector<tcp_client> greedy(4);
    for (tcp_client& one : greedy)
        ASSERT_TRUE(one.send(where, "GET /livez HTTP/1.1\r\n"));
    ASSERT_TRUE(
        server.soon([](const server_statistics& s) { return s.accepted + s.refused == 4; }));
    EXPECT_EQ(server.statistics().evicted + server.statistics().refused, 2U);
    raw_client operators = server.connect();
    EXPECT_EQ(status_of(operators.ask(get("/livez"))), 200);
}

TEST(loopback, that_is_closed_ends_its_connections_and_no_others) {
    live_server server(routes());
    const std::string where = serve_tcp(server);
    raw_client local = server.connect();
    EXPECT_EQ(status_of(local.ask(get("/livez"))), 200);
    tcp_client idle;
    ASSERT_TRUE(idle.send(where, "GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n"));
    ASSERT_TRUE(server.soon([](const server_statistics& s) { return s.requests == 2; }));
    asio::post(server.context, [&] { server.served->stop_serving(scope::publicly); });
    EXPECT_EQ(status_of(idle.read_all()), 200) << "and the end of the connection";
    EXPECT_EQ(over_tcp(where, tcp_get("/livez", where)), "") << "nobody listens there";
    EXPECT_EQ(status_of(local.ask(get("/livez"))), 200);
}

TEST(loopback, no_other_address_is_listened_on) {
    asio::io_context context;
    for (const char* address : {"0.0.0.0:0", "[::]:0", "192.0.2.1:80", "example.org:80",
                                "127.0.0.1", "127.0.0.1:x", "127.0.0.1:99999", ":80", ""}) {
        const auto made = listener::loopback(context.get_executor(), address);
        ASSERT_FALSE(made) << address;
        EXPECT_EQ(made.error().code, make_error_code(errc::config_invalid)) << address;
    }
}

// The sweeper goes to rest with the last connection. Whichever step of the loop the next client
// comes in, its timeouts are kept.
TEST(hostile, a_client_that_comes_while_the_last_one_goes_is_timed_out_all_the_same) {
    limits bounds;
    bounds.idle_timeout = 10ms;
    for (int steps = 0; steps < 12; ++steps) {
        const test::temp_directory folder;
        const std::string path = folder.path() / "admin.sock";
        asio::io_context context{1};
        server served(context.get_executor(), routes(), bounds, {}, {});
        auto made = listener::unix_socket(context.get_executor(), {path, 0660, "", false});
        ASSERT_TRUE(made);
        served.serve(std::move(*made));
        const auto run_until = [&](auto&& so) {
            for (const auto until = clock::now() + patience; !so() && clock::now() < until;)
                context.run_one_for(10ms);
            return so();
        };
        raw_client last(path);
        ASSERT_TRUE(run_until([&] { return served.statistics().connections == 1; }));
        last.hang_up();
        for (int i = 0; i < steps; ++i)
            context.poll_one();
        const raw_client next(path);
        ASSERT_TRUE(run_until([&] { return served.statistics().accepted == 2; }));
        EXPECT_TRUE(run_until([&] { return served.statistics().connections == 0; })) << steps;
    }
}
