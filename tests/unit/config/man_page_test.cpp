// headspaced.toml(5) as it is made from etc/headspaced.toml and the table of keys.
#include "config/settings_keys.hpp"

#include <gtest/gtest.h>

#include <cstdio>
#include <memory>
#include <regex>
#include <string>
#include <vector>

using namespace headspace::config;

namespace {

/// The page's text without scdoc's backslashes.
std::string page() {
    const std::string folder = std::string(HEADSPACE_SOURCE_DIR) + "/packaging/man";
    const std::string command = folder + "/page " + folder + "/headspaced.toml.5.scd";
    const std::unique_ptr<FILE, int (*)(FILE*)> pipe(::popen(command.c_str(), "r"), &::pclose);
    std::string text;
    for (int c = 0; pipe && (c = std::fgetc(pipe.get())) != EOF;)
        if (c != '\\')
            text.push_back(static_cast<char>(c));
    return text;
}

} // namespace

TEST(man_page_of_the_configuration, has_every_key_with_its_default) {
    const std::string text = page();
    settings defaults;
    for (const key_rule& key : all_keys()) {
        const std::string entry = "*" + key.dotted() + "* = ";
        const std::size_t at = text.find(entry);
        ASSERT_NE(at, std::string::npos) << key.dotted();
        std::string value = text.substr(at + entry.size());
        value.resize(value.find('\n'));
        if (value.ends_with("++"))
            value.resize(value.size() - 2);
        // That the file's value means the default is example_file's to test; here, that it got
        // here.
        EXPECT_NE(value, "") << key.dotted();
        if (std::holds_alternative<std::string*>(key.member(defaults))) {
            EXPECT_EQ(value, quote_toml(format_setting(key, defaults))) << key.dotted();
        }
    }
}

TEST(man_page_of_the_configuration, names_the_keys_that_need_a_restart_and_no_others) {
    const std::string text = page();
    const std::size_t begin = text.find("# KEYS THAT NEED A RESTART");
    ASSERT_NE(begin, std::string::npos);
    const std::string section = text.substr(begin, text.find("\n# ", begin + 1) - begin);
    std::vector<std::string> named;
    const std::regex key("\\*([a-z]+\\.[a-z_]+)\\*");
    for (std::sregex_iterator m(section.begin(), section.end(), key), end; m != end; ++m)
        named.push_back((*m)[1]);
    std::vector<std::string> expected;
    for (const key_rule& one : all_keys())
        if (one.needs_restart)
            expected.push_back(one.dotted());
    EXPECT_EQ(named, expected);
}
