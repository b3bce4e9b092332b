// What happens to each object: what the difference says, and what it makes necessary for others.
// Pure.
#pragma once

#include "schema/diff.hpp"
#include "schema/rules.hpp"

#include <map>
#include <string>
#include <vector>

namespace headspace::schema {

enum class fate : std::uint8_t { create, alter, drop, replace };

struct decisions {
    std::map<fact_id, fate> fates; // without those that stay as they are
    std::map<fact_id, change> changes;
    std::vector<std::string> notes; // what is replaced for the sake of something else

    [[nodiscard]] bool is(const fact_id& id, fate f) const {
        const auto found = fates.find(id);
        return found != fates.end() && found->second == f;
    }
    [[nodiscard]] bool drops(const fact_id& id) const {
        return is(id, fate::drop) || is(id, fate::replace);
    }
    [[nodiscard]] bool creates(const fact_id& id) const {
        return is(id, fate::create) || is(id, fate::replace);
    }
};

/// Errors: conflict_here (refuse) when something would have to be replaced that keeps data.
result<decisions> decide(const difference& d, const plan_context& context);

} // namespace headspace::schema
