// Which socket headspacectl talks to.
#include "ctl/app.hpp"
#include "support/temp_directory.hpp"

#include <gtest/gtest.h>

#include <cstdlib>

using namespace headspace;

namespace {

struct connect : ::testing::Test {
    test::temp_directory folder;
    ctl::global_options options;

    void SetUp() override { ::unsetenv("HEADSPACE_SOCKET"); }

    std::string config_file(const std::string& text) {
        const std::string path = folder.path() / "headspaced.toml";
        test::write_file(path, text);
        return path;
    }
    std::string chosen() {
        auto way = ctl::connect_to_daemon(options);
        return way ? (*way)->where() : "error: " + way.error().message;
    }
};

} // namespace

TEST_F(connect, the_configuration_file_names_the_socket) {
    options.config = config_file("[admin]\nsocket = \"/run/elsewhere/a.sock\"\n");
    EXPECT_EQ(chosen(), "/run/elsewhere/a.sock");
}

TEST_F(connect, the_option_and_the_variable_come_before_the_file) {
    options.config = config_file("[admin]\nsocket = \"/run/elsewhere/a.sock\"\n");
    ::setenv("HEADSPACE_SOCKET", "/run/variable.sock", 1);
    EXPECT_EQ(chosen(), "/run/variable.sock");
    options.socket = "/run/option.sock";
    EXPECT_EQ(chosen(), "/run/option.sock");
    ::unsetenv("HEADSPACE_SOCKET");
}

TEST_F(connect, a_file_that_cannot_be_read_or_is_wrong_is_never_passed_over) {
    options.config = folder.path() / "missing.toml";
    EXPECT_TRUE(chosen().starts_with("error: --config: " + options.config)) << chosen();
    options.config = config_file("[admin]\nsokcet = \"/x\"\n");
    EXPECT_TRUE(chosen().starts_with("error: " + options.config + ":2:")) << chosen();
    EXPECT_EQ(ctl::connect_to_daemon(options).error().code, make_error_code(errc::usage));
}
