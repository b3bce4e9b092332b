#include "admin/client.hpp"
#include "support.hpp"

#include <sys/stat.h>
#include <sys/wait.h>

using namespace headspace;
using namespace headspace::admin;
using namespace headspace::admin::testing;

namespace {

router routes() {
    router out;
    out.add("GET", "/health", scope::admin, [](const request&) {
        return json_response({{"status", "healthy"}});
    });
    out.add("POST", "/echo", scope::admin,
            [](const request& req) { return text_response(req.body); }, {.files = true});
    out.add("GET", "/lines", scope::admin, [](const request& req) {
        if (!req.wants_ndjson())
            return json_response({{"state", "running"}});
        return stream_response([](stream_writer& to) -> asio::awaitable<void> {
            asio::steady_timer timer(co_await asio::this_coro::executor);
            for (int i = 0; i < 3; ++i) {
                to.send("{\"n\":" + std::to_string(i) + "}");
                timer.expires_after(1ms);
                co_await timer.async_wait(as_result);
            }
        });
    });
    out.add("GET", "/silent", scope::admin, [](request) -> asio::awaitable<response> {
        asio::steady_timer timer(co_await asio::this_coro::executor, time_point::max());
        co_await timer.async_wait(asio::use_awaitable);
        co_return response{};
    });
    return out;
}

client to(const std::string& path) {
    return client({{path, false}});
}

/// Accepts `times` connections, reads a little and hangs up without an answer.
class dropping_listener {
public:
    dropping_listener(const std::string& path, int times) : fd_(::socket(AF_UNIX, SOCK_STREAM, 0)) {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        std::copy(path.begin(), path.end(), address.sun_path);
        EXPECT_EQ(::bind(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
        EXPECT_EQ(::listen(fd_, 5), 0);
        thread_ = std::thread([this, times] {
            for (int i = 0; i < times; ++i, ++dropped) {
                const int one = ::accept(fd_, nullptr, nullptr);
                char buffer[4096];
                static_cast<void>(::recv(one, buffer, sizeof buffer, 0));
                ::close(one);
            }
            const int last = ::accept(fd_, nullptr, nullptr);
            if (last >= 0) {
                static constexpr std::string_view answer =
                    "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}";
                static_cast<void>(::send(last, answer.data(), answer.size(), MSG_NOSIGNAL));
                ::close(last);
            }
        });
    }
    ~dropping_listener() {
        ::shutdown(fd_, SHUT_RDWR);
        thread_.join();
        ::close(fd_);
    }
    std::atomic<int> dropped = 0;

private:
    int fd_;
    std::thread thread_;
};

} // namespace

TEST(client, it_gets_status_type_and_body) {
    live_server server(routes());
    const auto answer = to(server.path).send({"GET", "/health", {}, patience});
    ASSERT_TRUE(answer) << answer.error().text();
    EXPECT_EQ(answer->status, 200);
    EXPECT_EQ(answer->content_type, "application/json");
    EXPECT_EQ(answer->body, R"({"status":"healthy"})");
}

TEST(client, it_sends_large_bodies) {
    live_server server(routes());
    const std::string body(3'000'000, 'x');
    const auto answer = to(server.path).send({"POST", "/echo", body, patience});
    ASSERT_TRUE(answer) << answer.error().text();
    EXPECT_TRUE(answer->body == body);
}

TEST(client, an_http_error_is_a_reply_even_when_the_server_does_not_take_the_whole_body) {
    limits small;
    small.files_limit = 1000;
    live_server server(routes(), small);
    const auto answer =
        to(server.path).send({"POST", "/echo", std::string(3'000'000, 'x'), patience});
    ASSERT_TRUE(answer) << answer.error().text();
    EXPECT_EQ(answer->status, 413);
}

TEST(client, it_follows_a_stream_line_by_line) {
    live_server server(routes());
    std::vector<std::string> lines;
    const auto answer =
        to(server.path).follow({"GET", "/lines", {}, patience}, 0ns, [&](std::string_view line) {
            lines.emplace_back(line);
            return true;
        });
    ASSERT_TRUE(answer) << answer.error().text();
    EXPECT_EQ(lines, (std::vector<std::string>{"{\"n\":0}", "{\"n\":1}", "{\"n\":2}"}));
    EXPECT_EQ(answer->body, "");
}

TEST(client, it_stops_following_when_it_has_seen_enough) {
    live_server server(routes());
    int seen = 0;
    const auto answer =
        to(server.path).follow({"GET", "/lines", {}, patience}, 0ns, [&](std::string_view) {
            return ++seen < 2;
        });
    ASSERT_TRUE(answer);
    EXPECT_EQ(seen, 2);
}

TEST(client, what_is_no_stream_comes_back_whole_from_follow) {
    live_server server(routes());
    const auto answer =
        to(server.path).follow({"GET", "/nope", {}, patience}, 0ns, [](std::string_view) {
            return true;
        });
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->status, 404);
    EXPECT_NE(answer->body.find("not-found"), std::string::npos);
}

TEST(client, a_daemon_that_does_not_answer_in_time_is_unreachable) {
    live_server server(routes());
    const auto answer = to(server.path).send({"GET", "/silent", {}, 20ms});
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, make_error_code(errc::daemon_unreachable));
    EXPECT_NE(answer.error().message.find(server.path), std::string::npos);
}

TEST(client, without_a_socket_every_place_that_was_looked_at_is_named) {
    const auto answer = client({{"/nowhere/a.sock", false}, {"/nowhere/b.sock", false}})
                            .send({"GET", "/health", {}, patience});
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, make_error_code(errc::daemon_unreachable));
    EXPECT_EQ(answer.error().message,
              "no daemon: there is no /nowhere/a.sock and no /nowhere/b.sock");
}

TEST(client, the_first_socket_that_exists_is_taken) {
    live_server server(routes());
    client both({{"/nowhere/a.sock", false}, {server.path, false}});
    EXPECT_EQ(both.where(), server.path);
    EXPECT_TRUE(both.send({"GET", "/health", {}, patience}));
}

TEST(client, a_socket_in_a_shared_folder_is_not_trusted_where_it_must_be_private) {
    live_server server(routes());
    client careful({{server.path, true}});
    EXPECT_TRUE(careful.send({"GET", "/health", {}, patience}));
    ASSERT_EQ(::chmod(server.folder.path().c_str(), 0755), 0);
    const auto answer = careful.send({"GET", "/health", {}, patience});
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, make_error_code(errc::conflict_here));
}

TEST(client, a_dead_socket_is_unreachable) {
    test::temp_directory folder;
    const std::string path = folder.path() / "admin.sock";
    {
        asio::io_context context;
        auto made = listener::unix_socket(context.get_executor(), {path, 0600, "", false});
        std::filesystem::create_hard_link(path, path + "2");
    }
    const auto answer = to(path + "2").send({"GET", "/health", {}, patience});
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, make_error_code(errc::daemon_unreachable));
    EXPECT_EQ(answer.error().message, "no daemon answers on " + path + "2");
}

TEST(client, a_get_that_a_restarting_daemon_dropped_is_sent_again) {
    test::temp_directory folder;
    const std::string path = folder.path() / "admin.sock";
    dropping_listener restarting(path, 2);
    client patient({{path, false}}, {.restart_retries = 3, .restart_pause = 1ms});
    const auto answer = patient.send({"GET", "/health", {}, patience});
    ASSERT_TRUE(answer) << answer.error().text();
    EXPECT_EQ(answer->status, 200);
    EXPECT_EQ(restarting.dropped, 2);
}

TEST(client, a_post_that_was_dropped_is_never_sent_twice) {
    test::temp_directory folder;
    const std::string path = folder.path() / "admin.sock";
    dropping_listener restarting(path, 1);
    const auto answer = to(path).send({"POST", "/v1/migrations/upgrade", "{}", patience});
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, make_error_code(errc::daemon_unreachable));
    EXPECT_NE(answer.error().hint.find("unknown"), std::string::npos);
    EXPECT_EQ(restarting.dropped, 1);
}

TEST(client, without_permission_the_group_that_has_it_is_named) {
    live_server server(routes());
    ASSERT_EQ(::chmod(server.path.c_str(), 0000), 0);
    // Root may open everything: the attempt is made by a child that is nobody in particular.
    const pid_t child = ::fork();
    if (child == 0) {
        if (::geteuid() == 0) {
            ::chmod(server.folder.path().c_str(), 0755);
            if (::setresgid(65534, 65534, 65534) != 0 || ::setresuid(65534, 65534, 65534) != 0)
                ::_exit(3);
        }
        const auto answer = to(server.path).send({"GET", "/health", {}, patience});
        ::_exit(!answer && answer.error().code == make_error_code(errc::socket_permission) &&
                        answer.error().message.find("group ") != std::string::npos &&
                        answer.error().message.find(server.path) != std::string::npos
                    ? 0
                    : 1);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    EXPECT_TRUE(WIFEXITED(status));
    EXPECT_EQ(WEXITSTATUS(status), 0);
}
