// What runs beside a migration and throws: it is said, and nothing else comes of it.
#include "base/jitter.hpp"
#include "migrate/observer.hpp"
#include "support/fake_session.hpp"

#include <gtest/gtest.h>

using namespace headspace;
using namespace headspace::migrate;
using namespace headspace::test;
using namespace std::chrono_literals;

namespace {

class beside : public testing::Test {
protected:
    std::shared_ptr<run_context> make_context() {
        migrate_settings settings;
        settings.connect_timeout = settings.query_timeout = 1s;
        return std::make_shared<run_context>(
            io.get_executor(), std::make_shared<fake_connector>(server, io.get_executor()), nullptr,
            settings, jitter, [this](const log_event& e) { said.push_back(e.name); },
            progress_sink{}, run_identity{});
    }

    asio::io_context io;
    std::shared_ptr<fake_server> server = std::make_shared<fake_server>();
    random_jitter jitter{1};
    std::vector<std::string> said;
};

} // namespace

TEST_F(beside, an_observer_that_throws_is_a_warning) {
    server->connect = throws();
    const auto subject = std::make_shared<observer>(make_context());
    subject->start(2ms);
    subject->begin(42, {});
    io.run_for(10s); // ends by itself
    EXPECT_EQ(said, std::vector<std::string>{"migration_observer_failed"});
    EXPECT_EQ(server->connects, 1);
}

TEST_F(beside, a_cancel_request_that_throws_is_a_warning_and_the_run_is_interrupted) {
    server->cancel = throws();
    const auto context = make_context();
    context->session = std::make_shared<fake_session>(server, io.get_executor());
    context->cancel();
    io.run_for(10s);
    EXPECT_EQ(said, std::vector<std::string>{"migration_cancel_failed"});
    EXPECT_TRUE(context->interrupted());
}
