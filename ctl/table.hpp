// Columns that fit the terminal: the one way in which headspacectl shows rows. Pure: the width is a
// parameter, and 0 (a pipe, a file) means that nothing is cut or broken.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace headspace::ctl {

/// What becomes of a cell that finds no room.
enum class narrow { keep, cut, wrap };

struct column {
    std::string head;           // "": none
    narrow when = narrow::keep; // cut: "beginn…"; wrap: continued below, in its column
    bool right = false;         // numbers
    std::size_t least = 12;     // is not made narrower than that
    std::size_t most = 0; // a wider cell does not widen the column, 0: it does; in a pipe what
                          // stands behind such a cell moves to the right
};

class table {
public:
    explicit table(std::vector<column> columns) : columns_(std::move(columns)) {}

    /// Cells may be painted (ESC [ ... m) and, in a wrapping column, have several lines. Missing
    /// ones are empty.
    void row(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }
    [[nodiscard]] bool empty() const { return rows_.empty(); }
    /// Each line ends with a newline; blanks at its end are left out.
    [[nodiscard]] std::string text(std::size_t width) const;

private:
    [[nodiscard]] std::vector<std::size_t> widths(std::size_t width) const;
    void add_line(std::string& out, const std::vector<std::string>& cells,
                  const std::vector<std::size_t>& widths, bool fits) const;

    std::vector<column> columns_;
    std::vector<std::vector<std::string>> rows_;
};

/// Places on a terminal: colours take none, combining characters none, East Asian ones two.
[[nodiscard]] std::size_t shown_width(std::string_view painted);

/// At most `width` places, the last of them "…" when something was left out; a colour that was
/// begun ends.
[[nodiscard]] std::string cut(std::string_view painted, std::size_t width);

/// In lines of at most `width` places, broken at blanks where there are some; 0: only where `text`
/// has newlines.
[[nodiscard]] std::vector<std::string> wrap(std::string_view text, std::size_t width);

/// Lines of prose broken at their blanks to fit, each continued at its own indentation; a word that
/// is too long, a path say, stays whole. 0: as they are.
[[nodiscard]] std::string fit_lines(std::string_view text, std::size_t width);

} // namespace headspace::ctl
