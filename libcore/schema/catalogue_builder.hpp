// From rows of the extraction queries to a catalogue: maps the server's addresses to facts, follows
// internal objects to what stands for them, and finds what has no rule.
#pragma once

#include "pg/session.hpp"
#include "schema/fact.hpp"

#include <map>
#include <set>
#include <string>
#include <tuple>
#include <vector>

namespace headspace::schema {

/// (classid, objid, subid) as text.
struct address {
    std::string classid;
    std::string objid;
    std::string subid;

    friend auto operator<=>(const address&, const address&) = default;
};

class catalogue_builder {
public:
    // In any order, each any number of times.
    void add_members(const pg::query_result& rows);
    void add_aliases(const pg::query_result& rows);
    /// An error names what a query returns that is no fact.
    result<void> add_facts(const pg::query_result& rows);
    void add_casts(const pg::query_result& rows);

    // After all of these.
    void resolve_parents();
    void add_comments(const pg::query_result& rows);
    void add_privileges(const pg::query_result& rows);
    void add_dependencies(const pg::query_result& rows);
    /// The addresses of objects that nothing above explains.
    [[nodiscard]] std::vector<address> unexplained(const pg::query_result& everything) const;
    void add_unmodelled(const pg::query_result& rows);

    catalogue finish(int server_version, std::string role);

private:
    struct pending {
        fact what;
        std::optional<address> parent;
    };

    [[nodiscard]] bool is_member(const address& a) const;
    /// The fact at or behind an address; nothing when there is none.
    [[nodiscard]] const fact_id* fact_at(address a) const;
    /// Whether it, or what it is internal to, was made on a partition for the parent's sake.
    [[nodiscard]] bool is_clone(address a) const;
    void add_edges_upwards();
    void attach(fact_id id, const fact_id& parent, attributes payload);

    catalogue out_;
    std::vector<std::pair<address, pending>> pending_;
    std::map<address, fact_id> at_;
    std::map<address, address> aliases_;
    std::set<address> clones_;
    std::map<std::pair<std::string, std::string>, std::string> members_; // to the extension's oid
    std::set<edge> edges_;
};

} // namespace headspace::schema
