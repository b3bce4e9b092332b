// The driver against real files, a real environment and /proc.
#include "config/read.hpp"
#include "support/temp_directory.hpp"
#include "unit/config/config_support.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sys/stat.h>
#include <unistd.h>

namespace fs = std::filesystem;
using namespace headspace;
using namespace headspace::config;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

namespace {

/// A folder of its own that is the working directory while a test runs.
class read : public testing::Test {
protected:
    void SetUp() override {
        before_ = fs::current_path();
        fs::current_path(folder_);
        captured_.service = true;
        asked_.config_file = folder_ / "h.toml";
        write("h.toml", "");
    }

    void TearDown() override { fs::current_path(before_); }

    void write(const std::string& name, const std::string& text, mode_t mode = 0600) {
        std::ofstream(folder_ / name, std::ios::binary) << text;
        ASSERT_EQ(::chmod((folder_ / name).c_str(), mode), 0);
    }

    void set(const std::string& name, const std::string& value) {
        captured_.variables[name] = secret(value);
    }

    effective accepted() {
        outcome result = load(asked_, captured_);
        if (auto* in_force = std::get_if<effective>(&result))
            return std::move(*in_force);
        ADD_FAILURE() << messages(result);
        return {};
    }

    std::string refused() {
        const outcome result = load(asked_, captured_);
        EXPECT_FALSE(std::holds_alternative<effective>(result));
        return messages(result);
    }

    fs::path before_;
    test::temp_directory own_;
    fs::path folder_ = own_.path();
    captured_environment captured_;
    request asked_;
};

/// Runs the probe through `env -i`, so that its environment is exactly `variables`.
std::string probe(const std::string& variables, const std::string& arguments = {}) {
    const std::string command =
        "env -i " + variables + " " + HEADSPACE_PROBE + " " + arguments + " 2>&1";
    FILE* pipe = ::popen(command.c_str(), "r");
    EXPECT_NE(pipe, nullptr);
    std::string out;
    std::array<char, 4096> buffer{};
    for (std::size_t count = 0; (count = std::fread(buffer.data(), 1, buffer.size(), pipe)) != 0;)
        out.append(buffer.data(), count);
    EXPECT_EQ(::pclose(pipe), 0);
    return out;
}

} // namespace

TEST_F(read, a_named_file_that_is_missing_or_unreadable_is_an_error) {
    asked_.config_file = folder_ / "missing.toml";
    EXPECT_EQ(refused(), (folder_ / "missing.toml").string() +
                             ": cannot read it: No such file or directory\n");
    asked_.config_file = folder_;
    EXPECT_EQ(refused(), folder_.string() + ": cannot read it: Is a directory\n");
    asked_.config_file = folder_ / "h.toml";
    asked_.env_file = folder_ / "missing.env";
    EXPECT_THAT(refused(), HasSubstr("missing.env: cannot read it: No such file or directory"));
}

TEST_F(read, a_file_and_variables_become_one_configuration) {
    write("h.toml", "[database]\nhost = \"a\"\n[migrations]\ndirectory = \"m\"\n");
    set("DATABASE_NAME", "n");
    set("DATABASE_USER", ""); // empty: unset
    const effective e = accepted();
    EXPECT_EQ(e.target.masked(), "postgresql://postgres@a:5432/n");
    EXPECT_EQ(e.migrations_directory, folder_ / "m");
    EXPECT_EQ(e.file, folder_ / "h.toml");
}

TEST_F(read, dotenv_fills_what_the_environment_lacks_and_is_left_alone_by_services) {
    write(".env", "DATABASE_HOST=dot\nDATABASE_NAME=dotname\nDATABASE_USER=dotuser\n");
    EXPECT_EQ(accepted().target.masked(), "postgresql://postgres@localhost:5432/claude_headspace");
    captured_.service = false;
    set("DATABASE_NAME", "process");
    set("DATABASE_USER", "");
    const effective by_hand = accepted();
    EXPECT_EQ(by_hand.target.masked(), "postgresql://dotuser@dot:5432/process");
    EXPECT_EQ(by_hand.origins.at("database.host"), "DATABASE_HOST (.env:1)");
    captured_.service = true;
    asked_.env_file = ".env";
    EXPECT_EQ(accepted().target.masked(), "postgresql://dotuser@dot:5432/process");
}

TEST_F(read, a_url_in_dotenv_beats_a_single_variable_of_the_process) {
    captured_.service = false;
    write(".env", "DATABASE_URL=postgres://u:p@h:6543/d\n");
    set("DATABASE_HOST", "other");
    const effective e = accepted();
    EXPECT_EQ(e.target.masked(), "postgresql://u:***@h:6543/d");
    EXPECT_THAT(e.notes, ElementsAre("DATABASE_URL is set; ignoring DATABASE_HOST"));
}

TEST_F(read, errors_in_dotenv_refuse_the_start_without_repeating_a_value) {
    captured_.service = false;
    write(".env", "DATABASE_HOST=h\nDATABASE_PASSWORD='canary\n");
    EXPECT_EQ(refused(), ".env:2:19: the quote is not closed\n");
}

TEST_F(read, files_with_passwords_that_others_may_read_are_named) {
    captured_.service = false;
    write(".env", "DATABASE_PASSWORD=x\n", 0644);
    write("h.toml", "[database]\nhost = \"h\"\npassword = \"y\"\n", 0644);
    EXPECT_THAT(accepted().warnings, ElementsAre(HasSubstr(".env may hold a password"),
                                                 HasSubstr("h.toml holds a password")));
    write(".env", "DATABASE_PASSWORD=x\n", 0640);
    write("h.toml", "[database]\nhost = \"h\"\npassword = \"y\"\n", 0640);
    EXPECT_TRUE(accepted().warnings.empty());
}

TEST_F(read, credentials_come_from_their_directory) {
    fs::create_directory("credentials");
    set("CREDENTIALS_DIRECTORY", (folder_ / "credentials").string());
    write("h.toml", "[database]\nhost = \"h\"\n");
    EXPECT_FALSE(accepted().target.password);
    write("credentials/database_password", "s3cret\n");
    const effective e = accepted();
    EXPECT_EQ(e.target.password->reveal(), "s3cret");
    EXPECT_EQ(e.target.password_source, "credential database_password");
    write("credentials/database_url", "postgresql://c:pw@ch/cd\n");
    EXPECT_EQ(accepted().target.masked(), "postgresql://c:***@ch:5432/cd");
}

TEST_F(read, a_rotated_password_is_read_again_from_its_file) {
    write("h.toml", "[database]\nhost = \"h\"\npassword_file = \"pw\"\n");
    write("pw", "old\n");
    const effective e = accepted();
    EXPECT_EQ(e.target.password->reveal(), "old");
    write("pw", "new\n");
    ASSERT_TRUE(reread_password(e, captured_));
    EXPECT_EQ(reread_password(e, captured_)->reveal(), "new");
    write("pw", "old\n"); // and back again, whatever the pool learned meanwhile
    ASSERT_TRUE(reread_password(e, captured_));
    EXPECT_EQ(reread_password(e, captured_)->reveal(), "old");
    fs::remove("pw");
    EXPECT_EQ(reread_password(e, captured_), std::nullopt);
}

TEST_F(read, a_rotated_credential_is_read_again_and_a_variable_is_not) {
    fs::create_directory("credentials");
    set("CREDENTIALS_DIRECTORY", (folder_ / "credentials").string());
    write("credentials/database_url", "postgresql://c:old@ch/cd");
    const effective by_credential = accepted();
    write("credentials/database_url", "postgresql://c:new@ch/cd");
    ASSERT_TRUE(reread_password(by_credential, captured_));
    EXPECT_EQ(reread_password(by_credential, captured_)->reveal(), "new");
    set("DATABASE_URL", "postgresql://c:variable@ch/cd");
    EXPECT_EQ(reread_password(accepted(), captured_), std::nullopt);
}

TEST(capture_environment, leaves_no_variable_of_ours_for_children_or_for_readers_of_proc) {
    const std::string out =
        probe("DATABASE_URL=postgresql://u:canary1@h/d DATABASE_PASSWORD=canary2 "
              "PGPASSWORD=canary3 PGHOST=canary4 PGPASSFILE=/pgpass PG_BINDIR=/b "
              "HEADSPACE_ENV=test");
    EXPECT_THAT(out, HasSubstr("captured: DATABASE_PASSWORD=7 DATABASE_URL=26 PGHOST=7 "
                               "PGPASSFILE=7 PGPASSWORD=7\n"));
    EXPECT_THAT(out, HasSubstr("environ: PGPASSFILE=/pgpass PG_BINDIR=/b HEADSPACE_ENV=test\n"));
    EXPECT_THAT(out, HasSubstr("proc: DATABASE_URL=")); // it was looked at
    EXPECT_THAT(out, Not(HasSubstr("canary")));
    EXPECT_THAT(out, HasSubstr("dumpable: 0\n"));
    EXPECT_THAT(out, HasSubstr("service: 0\n"));
}

TEST(capture_environment, knows_a_service_by_its_own_process_id_only) {
    EXPECT_THAT(probe("SYSTEMD_EXEC_PID=1 INVOCATION_ID=x"), HasSubstr("service: 0\n"));
    // The shell's process id stays the probe's through both exec.
    EXPECT_THAT(probe("sh -c 'SYSTEMD_EXEC_PID=$$ exec " + std::string(HEADSPACE_PROBE) + "' #"),
                HasSubstr("service: 1\n"));
}

TEST(secret_argument, takes_a_value_standard_input_or_a_variable_and_wipes_what_it_can) {
    EXPECT_EQ(probe("", "argument canary"),
              "value: canary\nleft in argv: ******\ncmdline: " + std::string(HEADSPACE_PROBE) +
                  std::string("\0argument\0******\0\n", 18));
    EXPECT_THAT(probe("X=canary", "argument env:X"), HasSubstr("value: canary\n"));
    EXPECT_THAT(probe("", "argument env:X"), HasSubstr("value: --url: the variable X is not set"));
    EXPECT_THAT(probe("", "argument - </dev/null"),
                HasSubstr("value: --url: nothing came on standard input"));
    EXPECT_THAT(probe("", "argument - </proc/version"), HasSubstr("value: Linux version"));
}
