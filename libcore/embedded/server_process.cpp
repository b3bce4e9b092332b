#include "embedded/server_process.hpp"

#include "io/with_deadline.hpp"

#include <boost/asio/experimental/awaitable_operators.hpp>

#include <algorithm>
#include <array>
#include <csignal>
#include <utility>

namespace headspace::embedded {

namespace {

using datagrams = asio::local::datagram_protocol;

result<datagrams::socket> open_notify_socket(const asio::any_io_executor& executor,
                                             const fs::path& path, const server_account& account) {
    std::error_code ignored;
    fs::remove(path, ignored);
    datagrams::socket socket(executor);
    error_code ec;
    socket.open(datagrams(), ec);
    if (!ec)
        socket.bind(datagrams::endpoint(path.string()), ec);
    if (!ec)
        socket.non_blocking(true, ec);
    if (ec)
        return make_error(errc::io_failed, error_class::retry,
                          "cannot listen at " + path.string() + ": " + ec.message());
    if (auto given = give_to(path, account); !given)
        return given.error();
    return socket;
}

} // namespace

result<server_process> server_process::launch(asio::any_io_executor executor, server_launch how) {
    auto notify = open_notify_socket(executor, how.notify_socket, how.account);
    if (!notify)
        return notify.error();
    io::child_options options;
    options.argv = server_arguments(how.plan);
    options.argv.insert(options.argv.begin(), how.program);
    options.environment = io::clean_environment();
    options.environment.push_back("NOTIFY_SOCKET=" + how.notify_socket.string());
    options.run_as = how.account;
    // A fast shutdown: SIGTERM would wait for clients, SIGQUIT would leave recovery to do.
    options.death_signal = SIGINT;
    options.on_line = how.on_line;
    auto child = io::child_process::spawn(executor, std::move(options));
    if (!child)
        return child.error();
    return server_process(std::move(*child), std::move(*notify), std::move(how));
}

bool server_process::has_told() {
    std::array<char, 1024> text{};
    error_code ec;
    while (!ec) {
        const std::size_t n = notify_.receive(asio::buffer(text), 0, ec);
        if (!ec && is_ready_message({text.data(), n}))
            return true;
    }
    const auto file = read_small_file(fs::path(how_.plan.data_directory) / "postmaster.pid");
    return file && says_ready(*file, child_.pid());
}

asio::awaitable<bool> server_process::told_in_time() {
    const auto until = clock::now() + how_.settings.start_timeout;
    while (!has_told()) {
        if (clock::now() >= until)
            co_return false;
        co_await io::with_deadline(notify_.async_wait(asio::socket_base::wait_read, asio::deferred),
                                   std::min(until, clock::now() + how_.settings.ready_poll));
    }
    co_return true;
}

asio::awaitable<readiness> server_process::ready() {
    using namespace asio::experimental::awaitable_operators;
    auto race = child_.wait() || told_in_time();
    const auto first = co_await std::move(race);
    if (first.index() == 0)
        co_return readiness::ended;
    co_return std::get<1>(first) ? readiness::ready : readiness::late;
}

asio::awaitable<void> server_process::stop(std::function<void(const std::string&)> slow,
                                           time_point until) {
    struct step {
        int signal;
        duration patience;
        const char* name;
    };
    const config::embedded_settings& wanted = how_.settings;
    const stop_waits waits =
        waits_until({wanted.fast_timeout, wanted.immediate_timeout}, clock::now(), until);
    const std::array steps{step{SIGINT, waits.fast, "a fast"},
                           step{SIGQUIT, waits.immediate, "an immediate"}};
    for (const step& s : steps) {
        child_.signal(s.signal);
        const auto status = co_await child_.wait_for(s.patience);
        if (status)
            co_return; // and this object may be gone
        slow("PostgreSQL did not stop within " + format_elapsed(s.patience) + " of " + s.name +
             " shutdown");
    }
    child_.signal(SIGKILL);
    co_await child_.wait();
}

} // namespace headspace::embedded
