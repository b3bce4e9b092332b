// metrics and its file.
#include "ctl/metrics_text.hpp"
#include "scripted_daemon.hpp"
#include "support/temp_directory.hpp"

#include <boost/json.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <sys/stat.h>

using namespace headspace;
using namespace headspace::ctl::testing;
using ::testing::HasSubstr;

namespace {

const std::string page = "# HELP headspace_up h\n# TYPE headspace_up gauge\nheadspace_up 1\n"
                         "headspace_database_up{pool=\"default\"} 1\n";

scripted_answer good() {
    return {200, page, "text/plain; version=0.0.4; charset=utf-8", {}};
}

std::string read(const std::filesystem::path& file) {
    std::ifstream in(file);
    return {std::istreambuf_iterator<char>(in), {}};
}

struct in_a_folder : ::testing::Test {
    test::temp_directory folder{"hsm"};
    std::filesystem::path file = folder.path() / "headspace.prom";
    invocation call;

    int write(std::vector<std::string> more = {}) {
        std::vector<std::string> words{"metrics", "--textfile", file.string()};
        words.insert(words.end(), more.begin(), more.end());
        return call.run(words).exit;
    }
    std::size_t files() const {
        return static_cast<std::size_t>(
            std::distance(std::filesystem::directory_iterator(folder.path()), {}));
    }
};

using metrics_file = in_a_folder;

} // namespace

TEST(metrics, are_printed_as_the_daemon_says_them) {
    invocation call;
    call.answers["GET /metrics"] = {good()};
    EXPECT_EQ(call.run({"metrics"}).exit, 0);
    EXPECT_EQ(call.out, page);
    EXPECT_EQ(call.run({"metrics", "--json"}).exit, 0);
    EXPECT_EQ(boost::json::parse(call.out).at("metrics").as_string(), page);
}

TEST(metrics, without_a_daemon_are_7) {
    invocation call;
    call.answers["GET /metrics"] = {{0, {}, {}, errc::daemon_unreachable}};
    EXPECT_EQ(call.run({"metrics"}).exit, 7);
    EXPECT_EQ(call.out, "");
}

TEST_F(metrics_file, is_replaced_as_a_whole_and_readable_by_everybody) {
    std::ofstream(file) << "old";
    std::filesystem::permissions(file, std::filesystem::perms::owner_read);
    call.answers["GET /metrics"] = {good()};
    const mode_t before = ::umask(0077);
    EXPECT_EQ(write(), 0);
    ::umask(before);
    EXPECT_EQ(call.out, "");
    EXPECT_EQ(read(file), page);
    struct stat facts {};
    ASSERT_EQ(::stat(file.c_str(), &facts), 0);
    EXPECT_EQ(facts.st_mode & 07777U, 0644U);
    EXPECT_EQ(files(), 1U) << "nothing is left beside it";
}

TEST_F(metrics_file, says_0_when_the_daemon_cannot_be_reached) {
    std::ofstream(file) << page;
    for (const errc why : {errc::daemon_unreachable, errc::socket_permission}) {
        call.answers["GET /metrics"] = {{0, {}, {}, why}};
        EXPECT_EQ(write(), 7);
        EXPECT_EQ(read(file), ctl::page_of_nobody());
        EXPECT_THAT(read(file), HasSubstr("\nheadspace_up 0\n"));
    }
}

TEST_F(metrics_file, stays_as_it_is_when_something_else_goes_wrong) {
    std::ofstream(file) << "old";
    call.answers["GET /metrics"] = {
        {404,
         R"({"code":"not_found","detail":"there is no /metrics","status":404})",
         "application/problem+json",
         {}}};
    EXPECT_NE(write(), 0);
    EXPECT_EQ(read(file), "old");
    EXPECT_EQ(call.run({"metrics", "--textfile"}).exit, 2);
}

TEST_F(metrics_file, that_cannot_be_written_is_an_error_that_names_it) {
    file = folder.path() / "missing" / "headspace.prom";
    call.answers["GET /metrics"] = {good()};
    EXPECT_NE(write(), 0);
    EXPECT_THAT(call.err, HasSubstr(file.string()));
}

TEST_F(metrics_file, of_an_instance_has_its_name_in_each_sample) {
    call.answers["GET /metrics"] = {good()};
    EXPECT_EQ(write({"--instance", "shop"}), 0);
    EXPECT_THAT(read(file), HasSubstr("\nheadspace_up{headspace_instance=\"shop\"} 1\n"));
    EXPECT_THAT(read(file), HasSubstr("{headspace_instance=\"shop\",pool=\"default\"} 1\n"));
}

TEST(metrics_text, a_label_is_put_first_into_each_sample_and_nowhere_else) {
    EXPECT_EQ(ctl::with_label("# HELP x y{z} 1\nx 1\ny{a=\"b c\"} 2\n\nz{a=\"\"} 3", "of", "a\"b"),
              "# HELP x y{z} 1\nx{of=\"a\\\"b\"} 1\ny{of=\"a\\\"b\",a=\"b c\"} 2\n\n"
              "z{of=\"a\\\"b\",a=\"\"} 3");
    EXPECT_EQ(ctl::with_label("", "of", "x"), "");
}
