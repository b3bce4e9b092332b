// A process that migrates and can be killed: migrate_helper URL DIRECTORY [LOCK_WAIT_MS
// [CONNECTION_CHECK_MS]]. Prints "done: 1 2" and exits 0, or the error and exits 1.
#include "integration/migrate_world.hpp"

#include <iostream>
#include <unistd.h>

int main(int count, char** arguments) {
    using namespace headspace;
    if (count < 3)
        return 2;
    asio::io_context io;
    random_jitter jitter{static_cast<std::uint64_t>(::getpid())};
    auto settings = test::quick_settings(arguments[2]);
    if (count > 3)
        settings.lock_wait = std::chrono::milliseconds(std::stoi(arguments[3]));
    if (count > 4)
        settings.connection_check = std::chrono::milliseconds(std::stoi(arguments[4]));
    migrate::runner runner(io.get_executor(), test::connector_to(io, arguments[1]), settings,
                           jitter, {});
    const auto outcome =
        test::run_on(io, runner.run(test::upgrade_to("head"), {}), std::chrono::minutes(2));
    std::cout << test::outcome_text(outcome) << '\n';
    return outcome.has_value() ? 0 : 1;
}
