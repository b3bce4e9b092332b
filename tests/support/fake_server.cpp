#include "support/fake_server.hpp"

#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <boost/system/system_error.hpp>

#include <array>
#include <stdexcept>

namespace headspace::test {

namespace {

constexpr std::uint32_t ssl_request = 80877103;
constexpr std::uint32_t gss_request = 80877104;

std::string number(std::uint32_t value, int bytes) {
    std::string out;
    for (int shift = (bytes - 1) * 8; shift >= 0; shift -= 8)
        out += static_cast<char>((value >> shift) & 0xffU);
    return out;
}

std::uint32_t number_at(std::string_view text, std::size_t at) {
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < 4; ++i)
        value = (value << 8U) | static_cast<unsigned char>(text[at + i]);
    return value;
}

std::string text_field(std::string_view text) {
    return std::string(text) + '\0';
}

std::string diagnosis(char type, std::string_view sqlstate, std::string_view text,
                      std::string_view severity) {
    std::string body;
    for (const auto& [code, value] :
         {std::pair{'S', severity}, {'V', severity}, {'C', sqlstate}, {'M', text}})
        body += code + text_field(value);
    return say::message(type, body + '\0');
}

} // namespace

namespace say {

std::string message(char type, std::string_view body) {
    return type + number(static_cast<std::uint32_t>(body.size() + 4), 4) + std::string(body);
}
std::string error(std::string_view sqlstate, std::string_view text, std::string_view severity) {
    return diagnosis('E', sqlstate, text, severity);
}
std::string notice(std::string_view sqlstate, std::string_view text, std::string_view severity) {
    return diagnosis('N', sqlstate, text, severity);
}
std::string authentication_ok() {
    return message('R', number(0, 4));
}
std::string ask_for_password() {
    return message('R', number(3, 4));
}
std::string parameter(std::string_view name, std::string_view value) {
    return message('S', text_field(name) + text_field(value));
}
std::string backend_key(int pid, int key) {
    return message('K', number(static_cast<std::uint32_t>(pid), 4) +
                            number(static_cast<std::uint32_t>(key), 4));
}
std::string ready(char status) {
    return message('Z', std::string(1, status));
}
std::string rows(const std::vector<std::string>& columns,
                 const std::vector<std::vector<std::string>>& values, std::string_view command) {
    constexpr std::uint32_t text_type = 25;
    std::string description = number(static_cast<std::uint32_t>(columns.size()), 2);
    for (const std::string& column : columns)
        description += text_field(column) + number(0, 4) + number(0, 2) + number(text_type, 4) +
                       number(0xffff, 2) + number(0xffffffff, 4) + number(0, 2);
    std::string out = message('T', description);
    for (const auto& row : values) {
        std::string data = number(static_cast<std::uint32_t>(row.size()), 2);
        for (const std::string& field : row)
            data += number(static_cast<std::uint32_t>(field.size()), 4) + field;
        out += message('D', data);
    }
    return out + message('C', text_field(command));
}

} // namespace say

asio::awaitable<std::string> peer::read_bytes(std::size_t count) {
    std::string bytes(count, '\0');
    co_await asio::async_read(socket_, asio::buffer(bytes), asio::use_awaitable);
    co_return bytes;
}

asio::awaitable<void> peer::send(std::string bytes) {
    co_await asio::async_write(socket_, asio::buffer(bytes), asio::use_awaitable);
}

asio::awaitable<std::map<std::string, std::string>> peer::startup(char tls_answer) {
    for (;;) {
        const std::string head = co_await read_bytes(8);
        const std::uint32_t length = number_at(head, 0);
        const std::uint32_t code = number_at(head, 4);
        if (code == ssl_request || code == gss_request) {
            co_await send(std::string(1, tls_answer));
            continue;
        }
        if (length < 9 || length > 10'000)
            throw std::runtime_error("not a startup packet");
        const std::string body = co_await read_bytes(length - 8);
        std::map<std::string, std::string> parameters;
        for (std::size_t at = 0; at < body.size() && body[at] != '\0';) {
            const std::string name = body.c_str() + at;
            at += name.size() + 1;
            parameters[name] = body.c_str() + at;
            at += parameters[name].size() + 1;
        }
        co_return parameters;
    }
}

asio::awaitable<std::pair<char, std::string>> peer::read_message() {
    const std::string head = co_await read_bytes(5);
    std::string body = co_await read_bytes(number_at(head, 1) - 4);
    co_return std::pair{head[0], std::move(body)};
}

asio::awaitable<void> peer::log_in(std::map<std::string, std::string> parameters, int pid) {
    co_await startup();
    parameters.try_emplace("server_version", "15.20 (fake)");
    parameters.try_emplace("client_encoding", "UTF8");
    parameters.try_emplace("in_hot_standby", "off");
    parameters.try_emplace("default_transaction_read_only", "off");
    std::string reply = say::authentication_ok();
    for (const auto& [name, value] : parameters)
        reply += say::parameter(name, value);
    co_await send(reply + say::backend_key(pid) + say::ready());
}

asio::awaitable<void> peer::answer_who_is_there(int pid, bool in_recovery) {
    co_await read_message();
    const std::vector<std::vector<std::string>> values{
        {std::to_string(pid), in_recovery ? "t" : "f", "off"}};
    const std::string reply =
        say::rows({"pg_backend_pid", "pg_is_in_recovery", "current_setting"}, values, "SELECT 1");
    co_await send(reply + say::ready());
}

asio::awaitable<void> peer::stay_silent() {
    std::array<char, 1024> sink{};
    for (;;) {
        auto [ec, count] = co_await socket_.async_read_some(asio::buffer(sink), as_result);
        if (ec)
            co_return;
    }
}

void peer::close() {
    error_code ignored;
    socket_.close(ignored);
}

void peer::reset() {
    error_code ignored;
    socket_.set_option(asio::socket_base::linger(true, 0), ignored);
    socket_.close(ignored);
}

struct fake_server::state {
    state(asio::io_context& loop, script w)
        : acceptor(loop, {asio::ip::address_v4::loopback(), 0}), what(std::move(w)) {}

    asio::ip::tcp::acceptor acceptor;
    script what;
    int clients = 0;
    std::map<int, std::shared_ptr<peer>> open;

    static asio::awaitable<void> serve(std::shared_ptr<state> self, std::shared_ptr<peer> client,
                                       int number) {
        try {
            co_await self->what(*client, number);
        } catch (const boost::system::system_error&) {
            // The client went away, which is what many tests are about.
        }
        client->close();
        self->open.erase(number);
    }

    static asio::awaitable<void> accept(std::shared_ptr<state> self) {
        for (;;) {
            auto [ec, socket] = co_await self->acceptor.async_accept(as_result);
            if (ec)
                co_return;
            const int client = ++self->clients;
            self->open[client] = std::make_shared<peer>(std::move(socket));
            asio::co_spawn(self->acceptor.get_executor(), serve(self, self->open[client], client),
                           asio::detached);
        }
    }
};

fake_server::fake_server(asio::io_context& loop, script what)
    : state_(std::make_shared<state>(loop, std::move(what))) {
    asio::co_spawn(loop, state::accept(state_), asio::detached);
}

fake_server::~fake_server() {
    error_code ignored;
    state_->acceptor.close(ignored);
    for (const auto& [number, client] : state_->open)
        client->close();
}

std::uint16_t fake_server::port() const {
    return state_->acceptor.local_endpoint().port();
}
int fake_server::clients() const {
    return state_->clients;
}
std::string fake_server::url(std::string_view parameters) const {
    return "postgresql://app@127.0.0.1:" + std::to_string(port()) + "/shop?" +
           std::string(parameters);
}

} // namespace headspace::test
