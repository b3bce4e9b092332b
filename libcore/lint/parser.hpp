// PostgreSQL's parser in a child process: what it does to its memory or its stack is an answer here
// and not the end of this program.
#pragma once

#include "base/error.hpp"
#include "lint/lint.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <sys/types.h>
#include <variant>

namespace headspace::lint {

/// What the parser said of one statement.
struct parsed {
    bool accepted = false;
    std::string text;           // the tree as JSON; what is wrong, when it was not accepted
    std::uint32_t position = 0; // of the error, in characters from 1
};

/// Runs in the child, and may do there what it likes.
using parse_function = parsed (*)(const std::string& sql);

/// libpg_query's.
parsed parse_with_libpg_query(const std::string& sql);

/// Why there is no answer: "ended by signal 11 (Segmentation fault)", "took longer than 10s".
struct no_answer {
    std::string why;
};

class parser {
public:
    explicit parser(const limits& bounds, parse_function runs = parse_with_libpg_query)
        : limits_(bounds), parse_(runs) {}
    parser(const parser&) = delete;
    parser& operator=(const parser&) = delete;
    ~parser();

    /// The child is made at the first call and again after one that got no answer.
    std::variant<parsed, no_answer> parse(std::string_view sql);

private:
    bool start();
    [[nodiscard]] bool send(std::string_view bytes, time_point until) const;
    [[nodiscard]] bool receive(char* into, std::size_t size, time_point until) const;
    no_answer explain(time_point until);
    int stop();

    limits limits_;
    parse_function parse_;
    pid_t child_ = -1;
    int socket_ = -1;
};

} // namespace headspace::lint
