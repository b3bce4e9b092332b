// What two catalogues do not share. Generic: it knows nothing of kinds. Pure.
#pragma once

#include "schema/fact.hpp"

#include <set>
#include <string>
#include <vector>

namespace headspace::schema {

struct change {
    const fact* before = nullptr; // borrowed from the catalogues, which must outlive this
    const fact* after = nullptr;
    std::set<std::string> attributes; // whose value differs, is new or is gone
};

struct difference {
    std::vector<const fact*> added;
    std::vector<const fact*> removed;
    std::vector<change> changed;

    [[nodiscard]] bool empty() const { return added.empty() && removed.empty() && changed.empty(); }
};

/// The names whose values differ, or that only one of them has.
std::set<std::string> differing(const attributes& before, const attributes& after);

/// All in the order of ids.
difference compare(const catalogue& from, const catalogue& to);
// What it says is borrowed: not from catalogues that are gone at once.
difference compare(const catalogue&& from, const catalogue& to) = delete;
difference compare(const catalogue& from, const catalogue&& to) = delete;
difference compare(const catalogue&& from, const catalogue&& to) = delete;

/// One line a finding, for people: "table public.a: missing", "index public.b: not expected",
/// "column public.a.b: type is integer, should be bigint". `from` is what is, `to` what should be.
std::vector<std::string> explain(const difference& d);

} // namespace headspace::schema
