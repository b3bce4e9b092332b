#include "log/event_ids.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <regex>
#include <set>
#include <string>

using namespace headspace;
namespace fs = std::filesystem;

namespace {

std::string read(const fs::path& file) {
    std::ifstream in(file);
    return {std::istreambuf_iterator<char>(in), {}};
}

/// The names of events in the source, found where a level or a helper stands before them.
std::set<std::string> events_in_the_source() {
    const std::regex name(R"re((?:log_level::\w+|level)\s*,\s*"([a-z]+(?:_[a-z]+)*)"\s*,)re"
                          R"re(|(?:\.name = |say\(|log_thrown\()"([a-z]+(?:_[a-z]+)*)"\s*[,;])re");
    constexpr std::size_t longest = 100; // from the level to the end of the name
    std::set<std::string> names;
    for (const char* folder : {"libcore", "daemon"})
        for (const auto& entry :
             fs::recursive_directory_iterator(fs::path(HEADSPACE_SOURCE_DIR) / folder)) {
            if (entry.path().extension() != ".cpp")
                continue;
            const std::string text = read(entry.path());
            for (const char* anchor : {"log_level::", "level,", ".name = ", "say(", "log_thrown("})
                for (auto at = text.find(anchor); at != std::string::npos;
                     at = text.find(anchor, at + 1)) {
                    std::smatch found;
                    const std::string here = text.substr(at, longest);
                    if (std::regex_search(here, found, name,
                                          std::regex_constants::match_continuous))
                        names.insert(found[1].matched ? found[1] : found[2]);
                }
        }
    return names;
}

} // namespace

TEST(event_ids, every_event_of_the_source_has_one) {
    const std::set<std::string> used = events_in_the_source();
    EXPECT_GT(used.size(), 40U) << "the pattern finds them";
    for (const std::string& name : used)
        EXPECT_NE(log::message_id(name), "")
            << name << " needs a line in libcore/log/event_ids.cpp (systemd-id128 new)";
}

TEST(event_ids, they_are_ids_and_each_is_there_once_in_the_order_of_the_names) {
    std::set<std::string_view> ids;
    std::string_view before;
    for (const log::event_id& e : log::event_ids()) {
        EXPECT_LT(before, e.name);
        before = e.name;
        EXPECT_TRUE(ids.insert(e.id).second) << e.name;
        EXPECT_EQ(e.id.size(), 32U) << e.name;
        EXPECT_TRUE(std::all_of(e.id.begin(), e.id.end(), [](char c) {
            return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
        })) << e.name;
        EXPECT_EQ(log::message_id(e.name), e.id);
    }
    EXPECT_EQ(log::message_id("no_such_event"), "");
}

// Catalogues and alerts of operators hold these: a release never changes one that it found here.
TEST(event_ids, those_that_were_released_stay_as_they_are) {
    std::ifstream released(fs::path(HEADSPACE_SOURCE_DIR) / "tests/unit/log/event_ids.txt");
    std::string name, id;
    std::size_t count = 0;
    for (; released >> name >> id; ++count)
        EXPECT_EQ(log::message_id(name), id) << name;
    EXPECT_GT(count, 40U);
}
