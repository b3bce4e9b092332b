// The order of actions: what must come before what, what should, and one way through that is the
// same every time. Pure.
#pragma once

#include <cstddef>
#include <vector>

namespace headspace::schema {

class order_graph {
public:
    explicit order_graph(std::size_t nodes) : next_(nodes), previous_(nodes), wanted_(nodes) {}

    /// `first` comes before `then`.
    void must(std::size_t first, std::size_t then);
    /// So, unless it makes a circle.
    void should(std::size_t first, std::size_t then);

    [[nodiscard]] const std::vector<std::size_t>& after(std::size_t node) const {
        return next_[node];
    }
    [[nodiscard]] const std::vector<std::size_t>& before(std::size_t node) const {
        return previous_[node];
    }
    /// Everything that must come before (after) `node`, marked by its index.
    [[nodiscard]] std::vector<bool> all_before(std::size_t node) const;
    [[nodiscard]] std::vector<bool> all_after(std::size_t node) const;

    struct order {
        std::vector<std::size_t> nodes;
        std::vector<std::size_t> circle; // nodes that could not be ordered; empty when all is well
    };
    /// Among the nodes that may come next always the smallest index: number them as they should
    /// read.
    [[nodiscard]] order sort() const;

private:
    [[nodiscard]] std::vector<bool> reach(std::size_t node,
                                          const std::vector<std::vector<std::size_t>>& along) const;

    std::vector<std::vector<std::size_t>> next_;
    std::vector<std::vector<std::size_t>> previous_;
    std::vector<std::vector<std::size_t>> wanted_; // of should(), by `first`
};

} // namespace headspace::schema
