#include "schema/graph.hpp"

#include <algorithm>
#include <functional>
#include <set>

namespace headspace::schema {

void order_graph::must(std::size_t first, std::size_t then) {
    if (first == then ||
        std::find(next_[first].begin(), next_[first].end(), then) != next_[first].end())
        return;
    next_[first].push_back(then);
    previous_[then].push_back(first);
}

void order_graph::should(std::size_t first, std::size_t then) {
    if (first != then)
        wanted_[first].push_back(then);
}

std::vector<bool> order_graph::reach(std::size_t node,
                                     const std::vector<std::vector<std::size_t>>& along) const {
    std::vector<bool> seen(next_.size());
    std::vector<std::size_t> open{node};
    while (!open.empty()) {
        const std::size_t at = open.back();
        open.pop_back();
        for (const std::size_t n : along[at])
            if (!seen[n]) {
                seen[n] = true;
                open.push_back(n);
            }
    }
    return seen;
}

std::vector<bool> order_graph::all_before(std::size_t node) const {
    return reach(node, previous_);
}

std::vector<bool> order_graph::all_after(std::size_t node) const {
    return reach(node, next_);
}

order_graph::order order_graph::sort() const {
    const std::size_t n = next_.size();
    std::vector<std::size_t> musts(n), shoulds(n);
    for (std::size_t i = 0; i < n; ++i) {
        for (const std::size_t t : next_[i])
            ++musts[t];
        for (const std::size_t t : wanted_[i])
            ++shoulds[t];
    }
    std::set<std::size_t> ready, reluctant; // reluctant: only wishes are in the way
    std::vector<bool> done(n);
    const auto file = [&](std::size_t i) {
        if (done[i] || musts[i] > 0)
            return;
        if (shoulds[i] > 0) {
            reluctant.insert(i);
        } else {
            reluctant.erase(i);
            ready.insert(i);
        }
    };
    for (std::size_t i = 0; i < n; ++i)
        file(i);
    order out;
    while (!ready.empty() || !reluctant.empty()) {
        auto& from = ready.empty() ? reluctant : ready;
        const std::size_t node = *from.begin();
        from.erase(from.begin());
        done[node] = true;
        out.nodes.push_back(node);
        for (const std::size_t t : next_[node]) {
            --musts[t];
            file(t);
        }
        for (const std::size_t t : wanted_[node]) {
            --shoulds[t];
            file(t);
        }
    }
    for (std::size_t i = 0; i < n; ++i)
        if (!done[i])
            out.circle.push_back(i);
    return out;
}

} // namespace headspace::schema
