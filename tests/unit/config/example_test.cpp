// The files in etc/ and the reference in settings.hpp say the same.
#include "config/dotenv.hpp"
#include "config/load.hpp"
#include "config/settings_keys.hpp"
#include "unit/config/config_support.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <regex>
#include <set>
#include <sstream>

using namespace headspace::config;

namespace {

std::string read(const std::string& name) {
    std::ifstream in(std::string(HEADSPACE_SOURCE_DIR) + "/" + name);
    EXPECT_TRUE(in) << name;
    return {std::istreambuf_iterator<char>(in), {}};
}

/// Lines "#key = value" without their '#'.
std::string uncommented(const std::string& text, const std::string& line_pattern) {
    return std::regex_replace(text, std::regex("(^|\n)#(" + line_pattern + ")"), "$1$2");
}

} // namespace

TEST(example_file, means_the_defaults_as_it_is) {
    const file_settings file = load_toml(read("etc/headspaced.toml"), "headspaced.toml");
    EXPECT_TRUE(file.errors.empty()) << file.errors.front().text();
    EXPECT_TRUE(file.given.empty());
}

TEST(example_file, shows_every_key_at_its_default) {
    const file_settings file =
        load_toml(uncommented(read("etc/headspaced.toml"), "[a-z_]+ = "), "headspaced.toml");
    for (const diagnostic& error : file.errors)
        ADD_FAILURE() << error.text();
    const settings defaults;
    for (const key_rule& key : all_keys()) {
        EXPECT_TRUE(file.has(key.dotted())) << key.dotted() << " is missing";
        EXPECT_EQ(format_setting(key, file.values), format_setting(key, defaults)) << key.dotted();
    }
}

TEST(settings_header, has_no_member_that_is_not_a_key) {
    // Walks the structs of settings.hpp as text: a new member needs its row in settings_keys.cpp.
    std::string text = read("libcore/config/settings.hpp");
    text = std::regex_replace(text, std::regex("//[^\n]*"), "");
    const std::regex structs("struct ([a-z]+)_settings \\{([^}]*)\\};");
    int members = 0;
    for (std::sregex_iterator s(text.begin(), text.end(), structs), end; s != end; ++s) {
        const std::string body = (*s)[2];
        const std::regex member("([a-z_]+)\\s*(=[^;]*)?;");
        for (std::sregex_iterator m(body.begin(), body.end(), member); m != end; ++m) {
            const std::string name = (*m)[1] == "operator_interval" ? "operator" : (*m)[1].str();
            EXPECT_NE(find_key((*s)[1].str(), name), nullptr) << (*s)[1] << "." << name;
            ++members;
        }
    }
    EXPECT_EQ(static_cast<std::size_t>(members), all_keys().size());
}

TEST(example_env_file, has_only_variables_and_urls_that_are_understood) {
    // Each alternative by itself: they name the same variable.
    std::istringstream lines(uncommented(read("etc/headspaced.env.example"), "[A-Z_]+='"));
    int urls = 0;
    for (std::string line; std::getline(lines, line);) {
        const dotenv_file parsed = parse_dotenv(line, "headspaced.env.example");
        ASSERT_TRUE(parsed.errors.empty()) << parsed.errors.front().text();
        for (const auto& [name, value] : parsed.variables) {
            sources from;
            from.variables[name] = value.value.reveal();
            const outcome result = combine(from);
            EXPECT_TRUE(std::holds_alternative<effective>(result)) << messages(result);
            EXPECT_EQ(messages(result), "");
            urls += name == "DATABASE_URL" ? 1 : 0;
        }
    }
    EXPECT_EQ(urls, 6);
}
