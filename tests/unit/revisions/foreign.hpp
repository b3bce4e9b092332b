// Files of other tools' directories for tests, and short looks at what was read.
#pragma once

#include "revisions/formats/format.hpp"
#include "revisions/graph.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace headspace::test {

inline revisions::foreign_reading read(revisions::directory_format format,
                                       const std::vector<revisions::foreign_file>& files) {
    return revisions::read_foreign(format, files);
}

inline std::vector<std::string> problems(const revisions::foreign_reading& r) {
    std::vector<std::string> found;
    for (const error& e : r.problems)
        found.push_back(e.text());
    return found;
}

/// The revisions in the order in which they are applied.
inline std::vector<std::string> order(const revisions::foreign_reading& r) {
    const auto report = revisions::build_graph(r.scripts);
    for (const error& e : report.problems)
        ADD_FAILURE() << e.text();
    std::vector<std::string> revisions;
    for (const revisions::script& s : report.graph.scripts())
        revisions.push_back(s.revision);
    return revisions;
}

/// A copy, so that the reading may be a temporary one.
inline revisions::script get(const revisions::foreign_reading& r, const std::string& revision) {
    for (const auto* list : {&r.scripts, &r.repeatables})
        for (const revisions::script& s : *list)
            if (s.revision == revision)
                return s;
    ADD_FAILURE() << "there is no revision " << revision;
    return {};
}

inline std::vector<std::string> texts(const revisions::section& s) {
    std::vector<std::string> found;
    for (const revisions::statement& one : s.statements)
        found.push_back(one.text);
    return found;
}

} // namespace headspace::test
