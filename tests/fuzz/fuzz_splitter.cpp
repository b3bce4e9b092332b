#include "base/text.hpp"
#include "promise.hpp"
#include "revisions/splitter.hpp"

using namespace headspace;
using namespace headspace::revisions;
using headspace::test::promise;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view sql = test::as_text(data, size);
    const auto found = split_statements(sql, "x.sql");
    if (!found) {
        promise(found.error().line >= 1, "an error names a line");
        promise(found.error().message.starts_with("x.sql:"), "an error names the file");
        return 0;
    }
    // Alone, a statement is read without what an earlier SET said about backslashes.
    const bool quoting_changes =
        to_lower(sql).find("standard_conforming_strings") != std::string::npos ||
        to_lower(sql).find("reset") != std::string::npos;
    std::size_t end = 0;
    std::uint32_t line = 1;
    for (const statement& s : *found) {
        promise(!s.text.empty(), "no statement is empty");
        promise(s.begin >= end && s.offset >= s.begin, "statements follow each other");
        promise(sql.substr(s.offset, s.text.size()) == s.text, "offsets point into the text");
        promise(s.line >= line, "lines only grow");
        end = s.offset + s.text.size();
        line = s.line;
        for (const std::size_t position : {std::size_t{0}, std::size_t{1}, s.text.size() + 1})
            promise(locate(s, position).line >= s.line, "a place lies in the statement");
        if (quoting_changes)
            continue;
        const auto again = split_statements(s.text, "x.sql");
        promise(again && again->size() == 1 && again->front().text == s.text,
                "a statement is one statement");
        promise(again->front().kind == s.kind, "a statement's kind is its own");
    }
    return 0;
}
