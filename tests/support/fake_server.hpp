// A server that says what a test tells it to, in the PostgreSQL protocol or not. Runs on the test's
// own loop, so nothing happens behind its back.
#pragma once

#include "base/time.hpp"
#include "io/asio.hpp"

#include <boost/asio/ip/tcp.hpp>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace headspace::test {

/// Bytes of one message from the server.
namespace say {
std::string message(char type, std::string_view body);
std::string error(std::string_view sqlstate, std::string_view text,
                  std::string_view severity = "FATAL");
std::string notice(std::string_view sqlstate, std::string_view text,
                   std::string_view severity = "WARNING");
std::string authentication_ok();
std::string ask_for_password(); // in clear
std::string parameter(std::string_view name, std::string_view value);
std::string backend_key(int pid, int key = 1);
std::string ready(char status = 'I');
std::string rows(const std::vector<std::string>& columns,
                 const std::vector<std::vector<std::string>>& values, std::string_view command);
} // namespace say

/// One client that connected. Reads and writes throw boost::system::system_error when it has gone.
class peer {
public:
    explicit peer(asio::ip::tcp::socket socket) : socket_(std::move(socket)) {}

    /// Answers an SSLRequest with `tls_answer` and reads the startup packet; its parameters.
    asio::awaitable<std::map<std::string, std::string>> startup(char tls_answer = 'N');
    /// Type and body of the next message.
    asio::awaitable<std::pair<char, std::string>> read_message();
    asio::awaitable<std::string> read_bytes(std::size_t count);
    asio::awaitable<void> send(std::string bytes);
    /// startup() and a login that works, with PostgreSQL 15's parameters; these add or replace.
    asio::awaitable<void> log_in(std::map<std::string, std::string> parameters = {}, int pid = 42);
    /// Answers the question that headspace asks first on each connection.
    asio::awaitable<void> answer_who_is_there(int pid = 42, bool in_recovery = false);
    /// Until the client hangs up; what it sends is thrown away.
    asio::awaitable<void> stay_silent();
    void close();
    void reset(); // RST instead of FIN

private:
    asio::ip::tcp::socket socket_;
};

class fake_server {
public:
    /// Called once for each client with its number from 1; when it returns the client is closed.
    using script = std::function<asio::awaitable<void>(peer&, int number)>;

    fake_server(asio::io_context& loop, script what);
    ~fake_server();
    fake_server(const fake_server&) = delete;
    fake_server& operator=(const fake_server&) = delete;

    [[nodiscard]] std::uint16_t port() const;
    [[nodiscard]] std::string url(std::string_view parameters = "sslmode=disable") const;
    [[nodiscard]] int clients() const;

private:
    struct state;
    std::shared_ptr<state> state_;
};

} // namespace headspace::test
