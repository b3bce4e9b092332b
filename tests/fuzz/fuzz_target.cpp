#include "promise.hpp"
#include "revisions/target.hpp"

using namespace headspace;
using namespace headspace::revisions;
using headspace::test::promise;

namespace {

/// 1 <- 10, 1 <- 11, both <- 20, 20 <- 30: a branch, a merge, prefixes.
graph small_graph() {
    std::vector<script> scripts;
    for (const auto& [name, parent] : {std::pair{"1_a.sql", "base"},
                                       {"10_a.sql", "1"},
                                       {"11_a.sql", "1"},
                                       {"20_a.sql", "10,11"},
                                       {"30_a.sql", "20"}})
        scripts.push_back(*parse_script(name, "-- headspace:parent " + std::string(parent) +
                                                  "\n-- migrate:up\n"));
    return build_graph(std::move(scripts)).graph;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const graph g = small_graph();
    const std::string_view text = test::as_text(data, size);
    const revision_set applied{"1", "10", "11"};
    if (const auto named = resolve_target(g, text, applied))
        for (const std::string& revision : *named)
            promise(g.contains(revision), "a target is a revision of the graph");
    if (const auto up = upgrade_path(g, applied, text))
        for (const std::string& revision : *up)
            promise(!applied.contains(revision), "nothing is applied twice");
    if (const auto down = downgrade_path(g, applied, text))
        for (const std::string& revision : *down)
            promise(applied.contains(revision), "only what is applied is reverted");
    (void)resolve_range(g, text, applied);
    (void)resolve_range(g, text, std::nullopt);
    (void)needs_applied(text);
    return 0;
}
