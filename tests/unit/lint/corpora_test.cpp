// Whole migration directories of other projects, when HEADSPACE_CORPORA names a folder with some:
// each file runs, and the parser fails on none.
#include "lint/lint.hpp"
#include "revisions/splitter.hpp"
#include "support/temp_directory.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <map>

using namespace headspace;
using namespace headspace::lint;

TEST(lint_corpora, every_file_is_looked_at_without_a_failure_of_the_parser) {
    const char* folder = std::getenv("HEADSPACE_CORPORA");
    if (folder == nullptr || *folder == '\0') {
        std::cout << "HEADSPACE_CORPORA is not set: only the fixtures of the other tests were "
                     "looked at\n";
        return;
    }
    std::vector<revisions::script> scripts;
    std::size_t refused = 0;
    std::size_t statements = 0;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
        if (!entry.is_regular_file() || entry.path().extension() != ".sql")
            continue;
        revisions::script s;
        s.file = "./" + entry.path().string();
        s.text = revisions::normalised(test::read_file(entry.path()));
        auto split = revisions::split_statements(s.text, s.file);
        if (!split) {
            ++refused;
            continue;
        }
        s.up.text = s.text;
        s.up.statements = std::move(*split);
        statements += s.up.statements.size();
        scripts.push_back(std::move(s));
    }
    std::vector<input> inputs;
    for (const revisions::script& s : scripts)
        inputs.push_back({&s});
    const auto found = check(inputs);
    ASSERT_TRUE(found.has_value()) << found.error().text();
    std::map<std::string_view, std::size_t> levels;
    std::size_t unknown = 0;
    for (const finding& f : *found) {
        ++levels[name_of(f.level)];
        unknown += f.rule == "syntax-error" ? 1U : 0U;
        EXPECT_NE(f.level, severity::error) << f.file << ":" << f.line << ": " << f.message();
        EXPECT_GE(f.line, 1U);
    }
    std::cout << scripts.size() << " files (" << refused << " refused by the splitter), "
              << statements << " statements, " << unknown << " of them unknown to the parser; ";
    for (const auto& [level, n] : levels)
        std::cout << n << " " << level << " ";
    std::cout << "\n";
    EXPECT_FALSE(scripts.empty());
    EXPECT_LT(unknown * 100, statements) << "more than one statement of a hundred is not known";
}
