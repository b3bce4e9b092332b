// Graphs for tests: "3 <- 1 2" is the file 3_x.sql with its parents, "1 <-" a base, "3" one
// without a header.
#pragma once

#include "revisions/graph.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace headspace::test {

inline std::vector<revisions::script> make_scripts(const std::vector<std::string>& nodes) {
    std::vector<revisions::script> scripts;
    for (const std::string& node : nodes) {
        const std::size_t arrow = node.find(" <-");
        const std::string revision = node.substr(0, arrow);
        std::string text = "-- message " + revision + "\n";
        if (arrow != std::string::npos)
            text += "-- headspace:parent " +
                    (arrow + 3 == node.size() ? "base" : node.substr(arrow + 3)) + "\n";
        text += "\n-- migrate:up\nselect 1;\n-- migrate:down\nselect 2;\n";
        auto s = revisions::parse_script(revision + "_x.sql", text);
        if (!s) {
            ADD_FAILURE() << s.error().text();
            continue;
        }
        scripts.push_back(std::move(*s));
    }
    return scripts;
}

inline revisions::graph make_graph(const std::vector<std::string>& nodes) {
    auto report = revisions::build_graph(make_scripts(nodes));
    for (const error& e : report.problems)
        ADD_FAILURE() << e.text();
    return std::move(report.graph);
}

} // namespace headspace::test
