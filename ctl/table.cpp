#include "ctl/table.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

namespace headspace::ctl {

namespace {

constexpr std::size_t gap = 2; // blanks between columns
constexpr std::string_view reset = "\x1b[0m";

struct range {
    std::uint32_t first, last;
};
// Unicode's East Asian Width W and F, in blocks.
constexpr auto wide = std::to_array<range>({{0x1100, 0x115F},
                                            {0x2E80, 0xA4CF},
                                            {0xAC00, 0xD7A3},
                                            {0xF900, 0xFAFF},
                                            {0xFE30, 0xFE6F},
                                            {0xFF00, 0xFF60},
                                            {0xFFE0, 0xFFE6},
                                            {0x1F300, 0x1F64F},
                                            {0x1F900, 0x1F9FF},
                                            {0x20000, 0x3FFFD}});
constexpr auto combining = std::to_array<range>(
    {{0x0300, 0x036F}, {0x200B, 0x200F}, {0x20D0, 0x20FF}, {0xFE00, 0xFE0F}, {0xFE20, 0xFE2F}});

template<std::size_t N>
bool in(const std::array<range, N>& ranges, std::uint32_t point) {
    return std::any_of(ranges.begin(), ranges.end(),
                       [&](range r) { return point >= r.first && point <= r.last; });
}

/// One thing that is shown, or a change of colour.
struct piece {
    std::string_view bytes;
    std::size_t places = 0;
    bool colour = false;
};

piece next_piece(std::string_view text) {
    if (text.starts_with("\x1b[")) {
        const auto end = std::min(text.find('m'), text.size() - 1);
        return {text.substr(0, end + 1), 0, true};
    }
    const auto first = static_cast<unsigned char>(text.front());
    const std::size_t length = first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
    const std::string_view bytes = text.substr(0, length);
    std::uint32_t point = length == 1 ? first : first & (0xFFU >> (length + 1));
    for (const char c : bytes.substr(1))
        point = point << 6U | (static_cast<unsigned char>(c) & 0x3FU);
    return {bytes, in(combining, point) ? 0U : in(wide, point) ? 2U : 1U, false};
}

std::vector<std::string> wrap_line(std::string_view line, std::size_t width) {
    std::vector<std::string> out;
    while (shown_width(line) > width) {
        std::size_t fits = 0; // bytes
        std::size_t blank = 0;
        for (std::size_t places = 0;;) {
            const piece p = next_piece(line.substr(fits));
            if (places + p.places > width)
                break;
            if (p.bytes == " ")
                blank = fits;
            places += p.places;
            fits += p.bytes.size();
        }
        if (fits < line.size() && line[fits] == ' ')
            blank = fits;
        const std::size_t end = blank > 0 ? blank : std::max<std::size_t>(fits, 1);
        out.emplace_back(line.substr(0, end));
        line.remove_prefix(end);
        line.remove_prefix(std::min(line.find_first_not_of(' '), line.size()));
    }
    if (!line.empty() || out.empty())
        out.emplace_back(line);
    return out;
}

std::string padded(const std::string& cell, std::size_t width, bool right) {
    const std::size_t has = shown_width(cell);
    const std::string blanks(width > has ? width - has : 0, ' ');
    return right ? blanks + cell : cell + blanks;
}

std::size_t widest_line(const std::string& cell) {
    std::size_t widest = 0;
    for (const std::string& line : split(cell, '\n'))
        widest = std::max(widest, shown_width(line));
    return widest;
}

} // namespace

std::size_t shown_width(std::string_view painted) {
    std::size_t places = 0;
    while (!painted.empty()) {
        const piece p = next_piece(painted);
        places += p.places;
        painted.remove_prefix(p.bytes.size());
    }
    return places;
}

std::string cut(std::string_view painted, std::size_t width) {
    if (shown_width(painted) <= width)
        return std::string(painted);
    if (width == 0)
        return {};
    std::string out;
    bool coloured = false;
    for (std::size_t places = 0;;) {
        const piece p = next_piece(painted);
        if (places + p.places > width - 1)
            break;
        coloured = p.colour ? p.bytes != reset : coloured;
        out += p.bytes;
        places += p.places;
        painted.remove_prefix(p.bytes.size());
    }
    return out + "…" + (coloured ? std::string(reset) : std::string());
}

std::vector<std::string> wrap(std::string_view text, std::size_t width) {
    std::vector<std::string> out;
    for (const std::string& line : split(text, '\n')) {
        const std::vector<std::string> some =
            width == 0 ? std::vector<std::string>{line} : wrap_line(line, width);
        out.insert(out.end(), some.begin(), some.end());
    }
    return out;
}

std::string fit_lines(std::string_view text, std::size_t width) {
    if (width == 0)
        return std::string(text);
    std::string out;
    while (!text.empty()) {
        const std::string_view line = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(text.size(), line.size() + 1));
        const std::size_t indent = std::min(line.find_first_not_of(' '), line.size());
        std::size_t places = indent;
        out.append(indent, ' ');
        bool first = true;
        for (const std::string& word : split(line.substr(indent), ' ')) {
            const std::size_t needs = shown_width(word) + (first ? 0U : 1U);
            if (!first && places + needs > width) {
                out += '\n';
                out.append(indent, ' ');
                places = indent;
            } else if (!first) {
                out += ' ';
                ++places;
            }
            out += word;
            places += shown_width(word);
            first = false;
        }
        out += '\n';
    }
    return out;
}

/// As wide as the cells; where that is too much, the widest column that may gives way first.
std::vector<std::size_t> table::widths(std::size_t width) const {
    std::vector<std::size_t> out(columns_.size());
    for (std::size_t i = 0; i < columns_.size(); ++i) {
        out[i] = shown_width(columns_[i].head);
        for (const auto& row : rows_) {
            const std::size_t cell = i < row.size() ? widest_line(row[i]) : 0;
            if (columns_[i].most == 0 || cell <= columns_[i].most)
                out[i] = std::max(out[i], cell);
        }
    }
    if (width == 0)
        return out;
    std::size_t total = columns_.empty() ? 0 : (columns_.size() - 1) * gap;
    for (const std::size_t one : out)
        total += one;
    while (total > width) {
        std::size_t widest = columns_.size();
        for (std::size_t i = 0; i < columns_.size(); ++i)
            if (columns_[i].when != narrow::keep && out[i] > columns_[i].least &&
                (widest == columns_.size() || out[i] > out[widest]))
                widest = i;
        if (widest == columns_.size())
            break; // a terminal that is too narrow for anything
        --out[widest];
        --total;
    }
    return out;
}

void table::add_line(std::string& out, const std::vector<std::string>& cells,
                     const std::vector<std::size_t>& widths, bool fits) const {
    std::vector<std::vector<std::string>> parts(columns_.size());
    std::size_t height = 1;
    for (std::size_t i = 0; i < columns_.size() && i < cells.size(); ++i) {
        if (columns_[i].when == narrow::wrap)
            parts[i] = wrap(cells[i], widths[i]);
        else
            parts[i] = {fits && columns_[i].when == narrow::cut ? cut(cells[i], widths[i])
                                                                : cells[i]};
        height = std::max(height, parts[i].size());
    }
    for (std::size_t line = 0; line < height; ++line) {
        std::string text;
        for (std::size_t i = 0; i < columns_.size(); ++i) {
            const std::string cell = line < parts[i].size() ? parts[i][line] : std::string();
            text += padded(cell, widths[i], columns_[i].right);
            text.append(i + 1 < columns_.size() ? gap : 0, ' ');
        }
        text.erase(text.find_last_not_of(' ') + 1);
        out += text + '\n';
    }
}

std::string table::text(std::size_t width) const {
    std::string out;
    const std::vector<std::size_t> fitting = widths(width);
    std::vector<std::string> heads;
    for (const column& c : columns_)
        heads.push_back(c.head);
    if (std::any_of(heads.begin(), heads.end(), [](const std::string& h) { return !h.empty(); }))
        add_line(out, heads, fitting, width > 0);
    for (const auto& row : rows_)
        add_line(out, row, fitting, width > 0);
    return out;
}

} // namespace headspace::ctl
