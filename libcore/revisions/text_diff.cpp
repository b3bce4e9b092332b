#include "revisions/text_diff.hpp"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

namespace headspace::revisions {

namespace {

using lines = std::vector<std::string_view>; // each with its newline, which the last may lack

lines lines_of(std::string_view text) {
    lines out;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('\n'), text.size() - 1) + 1;
        out.push_back(text.substr(0, end));
        text.remove_prefix(end);
    }
    return out;
}

enum class op : char { keep = ' ', remove = '-', add = '+' };

/// One line of either text; `from` and `to` are the numbers of lines before it.
struct edit {
    op what = op::keep;
    std::size_t from = 0;
    std::size_t to = 0;
};

class comparison {
public:
    comparison(const lines& from, const lines& to, std::size_t most_edits)
        : from_(from), to_(to), most_edits_(most_edits) {}

    std::vector<edit> run() {
        std::size_t head = 0;
        while (head < from_.size() && head < to_.size() && from_[head] == to_[head])
            ++head;
        std::size_t tail = 0;
        while (tail < from_.size() - head && tail < to_.size() - head &&
               from_[from_.size() - 1 - tail] == to_[to_.size() - 1 - tail])
            ++tail;
        head_ = head;
        n_ = static_cast<std::ptrdiff_t>(from_.size() - head - tail);
        m_ = static_cast<std::ptrdiff_t>(to_.size() - head - tail);
        std::vector<edit> out;
        for (std::size_t i = 0; i < head; ++i)
            out.push_back({op::keep, i, i});
        middle(out);
        for (std::size_t i = 0; i < tail; ++i)
            out.push_back({op::keep, from_.size() - tail + i, to_.size() - tail + i});
        return out;
    }

private:
    [[nodiscard]] bool same(std::ptrdiff_t x, std::ptrdiff_t y) const {
        return from_[head_ + static_cast<std::size_t>(x)] ==
               to_[head_ + static_cast<std::size_t>(y)];
    }
    [[nodiscard]] edit at(op what, std::ptrdiff_t x, std::ptrdiff_t y) const {
        return {what, head_ + static_cast<std::size_t>(x), head_ + static_cast<std::size_t>(y)};
    }

    void middle(std::vector<edit>& out) {
        if (const auto steps = search()) {
            walk_back(*steps, out);
            return;
        }
        for (std::ptrdiff_t x = 0; x < n_; ++x)
            out.push_back(at(op::remove, x, 0));
        for (std::ptrdiff_t y = 0; y < m_; ++y)
            out.push_back(at(op::add, n_, y));
    }

    // The furthest x on each diagonal k = x - y after d edits, for every d; nothing when it takes
    // more than most_edits.
    using reach = std::vector<std::ptrdiff_t>; // index k + d + 1
    std::optional<std::vector<reach>> search() const {
        std::vector<reach> all;
        const auto limit = std::min(n_ + m_, static_cast<std::ptrdiff_t>(most_edits_));
        for (std::ptrdiff_t d = 0; d <= limit; ++d) {
            reach now(static_cast<std::size_t>(2 * d + 3), -1);
            for (std::ptrdiff_t k = -d; k <= d; k += 2) {
                std::ptrdiff_t x = d == 0 ? 0 : start(all.back(), d, k);
                std::ptrdiff_t y = x - k;
                while (x < n_ && y < m_ && same(x, y)) {
                    ++x;
                    ++y;
                }
                now[static_cast<std::size_t>(k + d + 1)] = x;
                if (x >= n_ && y >= m_) {
                    all.push_back(std::move(now));
                    return all;
                }
            }
            all.push_back(std::move(now));
        }
        return {};
    }
    // Down (a line more of `to`) or right (a line less of `from`) from the reach of d - 1 edits.
    static bool goes_down(const reach& before, std::ptrdiff_t d, std::ptrdiff_t k) {
        const auto furthest = [&](std::ptrdiff_t diagonal) {
            return before[static_cast<std::size_t>(diagonal + d)];
        };
        return k == -d || (k != d && furthest(k - 1) < furthest(k + 1));
    }
    static std::ptrdiff_t start(const reach& before, std::ptrdiff_t d, std::ptrdiff_t k) {
        return goes_down(before, d, k) ? before[static_cast<std::size_t>(k + 1 + d)]
                                       : before[static_cast<std::size_t>(k - 1 + d)] + 1;
    }

    void walk_back(const std::vector<reach>& all, std::vector<edit>& out) const {
        std::vector<edit> reversed;
        std::ptrdiff_t x = n_;
        std::ptrdiff_t y = m_;
        for (auto d = static_cast<std::ptrdiff_t>(all.size()) - 1; d >= 0; --d) {
            const std::ptrdiff_t k = x - y;
            std::ptrdiff_t begin_x = 0;
            bool down = false;
            if (d > 0) {
                const reach& before = all[static_cast<std::size_t>(d - 1)];
                down = goes_down(before, d, k);
                begin_x = start(before, d, k);
            }
            while (x > begin_x) {
                --x;
                --y;
                reversed.push_back(at(op::keep, x, y));
            }
            if (d == 0)
                break;
            if (down)
                reversed.push_back(at(op::add, x, --y));
            else
                reversed.push_back(at(op::remove, --x, y));
        }
        out.insert(out.end(), reversed.rbegin(), reversed.rend());
    }

    const lines& from_;
    const lines& to_;
    std::size_t most_edits_;
    std::size_t head_ = 0;
    std::ptrdiff_t n_ = 0;
    std::ptrdiff_t m_ = 0;
};

/// "12,3": the first line, from 1, and how many; an empty range names the line before it.
std::string range(std::size_t before, std::size_t count) {
    return std::to_string(count == 0 ? before : before + 1) +
           (count == 1 ? "" : "," + std::to_string(count));
}

std::string hunk(const lines& from, const lines& to, const edit* first, const edit* last) {
    std::size_t removed = 0;
    std::size_t added = 0;
    std::string body;
    for (const edit* e = first; e != last; ++e) {
        removed += e->what == op::add ? 0 : 1;
        added += e->what == op::remove ? 0 : 1;
        const std::string_view text = e->what == op::add ? to[e->to] : from[e->from];
        body += static_cast<char>(e->what);
        body += text;
        if (!text.ends_with('\n'))
            body += "\n\\ No newline at end of file\n";
    }
    return "@@ -" + range(first->from, removed) + " +" + range(first->to, added) + " @@\n" + body;
}

std::string shortened(std::string text, std::size_t most) {
    std::size_t end = 0;
    for (std::size_t i = 0; i < most; ++i) {
        end = text.find('\n', end);
        if (end == std::string::npos)
            return text;
        ++end;
    }
    const auto rest = std::count(text.begin() + static_cast<std::ptrdiff_t>(end), text.end(), '\n');
    if (rest == 0)
        return text;
    text.resize(end);
    return text + "... " + std::to_string(rest) + " more lines\n";
}

} // namespace

std::string unified_diff(std::string_view from_text, std::string_view to_text,
                         const diff_options& options) {
    if (from_text == to_text)
        return {};
    const lines from = lines_of(from_text);
    const lines to = lines_of(to_text);
    const std::vector<edit> edits = comparison(from, to, options.most_edits).run();
    std::string out = "--- " + options.from + "\n+++ " + options.to + "\n";
    const auto changes = [&](std::size_t i) {
        return edits[i].what != op::keep;
    };
    for (std::size_t i = 0; i < edits.size();) {
        if (!changes(i)) {
            ++i;
            continue;
        }
        const std::size_t first = i - std::min(i, options.context);
        std::size_t last = i; // behind the last change of this hunk
        for (std::size_t j = i; j < edits.size() && j < last + 2 * options.context + 1; ++j)
            if (changes(j))
                last = j + 1;
        const std::size_t end = std::min(edits.size(), last + options.context);
        out += hunk(from, to, edits.data() + first, edits.data() + end);
        i = end;
    }
    return shortened(std::move(out), options.most_lines);
}

} // namespace headspace::revisions
