// GRANT and REVOKE: from one state of a grantee's privileges to another. A state says what differs
// from what an object has by itself: "granted", "grantable" or "revoked". Pure.
#pragma once

#include "schema/rules.hpp"

#include <string>

namespace headspace::schema {

struct privilege_lists {
    std::string revoke, revoke_option, grant, grant_option; // "SELECT, INSERT"

    [[nodiscard]] bool empty() const {
        return revoke.empty() && revoke_option.empty() && grant.empty() && grant_option.empty();
    }
};

/// `columns`: " (name)" behind each privilege of a column, or "".
privilege_lists privileges_between(const attributes& before, const attributes& after,
                                   const std::string& columns = {});

/// As statements: head + "GRANT SELECT ON " + where + " TO " + grantee.
statements grant_and_revoke(const privilege_lists& lists, const std::string& where,
                            const std::string& grantee, const std::string& head = {});

/// `PUBLIC` for "".
std::string grantee_name(const std::string& role);

/// `TABLE public.users`; "" for what has no privileges.
std::string grant_target(const fact& object);

/// What ALTER DEFAULT PRIVILEGES, as it is before the plan, gives a grantee on an object that the
/// plan creates.
attributes implied_privileges(const fact& object, const std::string& grantee,
                              const plan_context& context);

/// Takes from those who are not to have anything what they are given by default.
statements take_back_implied(const fact& object, const plan_context& context);

} // namespace headspace::schema
