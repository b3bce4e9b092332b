// A terminal as a whole: one picture after the other, and keys.
#pragma once

#include "base/time.hpp"

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

namespace headspace::ctl {

struct screen_size {
    std::size_t width = 0;  // 0: lines are as long as they like
    std::size_t height = 0; // 0: as many lines as there are
};

class screen {
public:
    virtual ~screen() = default;
    [[nodiscard]] virtual screen_size size() const = 0;
    /// Replaces the picture. Lines are no wider than size() said and there are no more of them.
    virtual void show(const std::vector<std::string>& lines) = 0;
    /// Waits for a key (returned), a change of the size or the end of `limit` (both: '\0').
    virtual char wait(duration limit) = 0;
};

/// The alternate screen of the terminal that standard output is, without a cursor; keys from
/// standard input if that is one too. Everything is put back by the destructor and by every signal
/// that ends or stops the process; there can be one at a time.
std::unique_ptr<screen> open_terminal_screen();

} // namespace headspace::ctl
