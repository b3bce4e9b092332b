#include "schema/links.hpp"

#include "schema/parents.hpp"
#include "schema/rules.hpp"

#include <algorithm>
#include <iterator>
#include <optional>

namespace headspace::schema {

namespace {

constexpr std::string_view default_bound = "DEFAULT";

std::string alter(const fact_id& table) {
    return "ALTER TABLE " + qualified(table.path);
}

const fact* default_partition(const catalogue& in, const fact& of) {
    for (const auto& [id, f] : in.facts)
        if (id.what == kind::table && id != of.id && f.get("bound") == default_bound &&
            f.get("partition_of") == of.get("partition_of"))
            return &f;
    return nullptr;
}

planned_statement locking(std::string sql, const std::vector<const fact*>& tables) {
    planned_statement s;
    s.sql = std::move(sql);
    s.lock = lock_class::access_exclusive;
    for (const fact* table : tables)
        if (table)
            s.locks.push_back(table_of(table->id));
    return s;
}

planned_statement detach(const catalogue& in, const fact& child) {
    const std::string parent(child.get("partition_of"));
    return locking("ALTER TABLE " + parent + " DETACH PARTITION " + qualified(child.id.path),
                   {&child, table_named(in, parent), default_partition(in, child)});
}

// `there` is what exists before the migration; `proved`: a check spares the reading.
planned_statement attach(const catalogue& in, const catalogue& there, const fact& child,
                         bool proved) {
    const fact* rest = default_partition(in, child);
    if (rest)
        rest = there.find(rest->id);
    auto s =
        locking("ALTER TABLE " + std::string(child.get("partition_of")) + " ATTACH PARTITION " +
                    qualified(child.id.path) + " " + std::string(child.get("bound")),
                {&child, rest});
    if (!proved)
        s.warnings.push_back("reads all rows of " + to_string(child.id) +
                             " and fails when one is outside of its bound");
    if (rest)
        s.warnings.push_back("reads all rows of the default partition " + to_string(rest->id) +
                             " and fails when one belongs to " + to_string(child.id));
    return s;
}

struct changed_link {
    const fact* before = nullptr;
    const fact* after = nullptr;
    std::size_t kept = 0; // parents from the first one on that stay
};
using changed_links = std::vector<changed_link>;

void add_cuts(std::vector<planned_statement>& to, const catalogue& in, const fact& child,
              std::size_t kept) {
    if (is_partition(child)) {
        to.push_back(detach(in, child));
        return;
    }
    const auto parents = parents_of(child);
    for (std::size_t i = parents.size(); i-- > kept;)
        to.push_back(locking(alter(child.id) + " NO INHERIT " + parents[i], {&child}));
}

// A check that says what the bound says is looked at instead of the rows. Not that of a hash
// partition, which names the parent by its oid, nor that of the default one, which depends on its
// siblings.
std::string bound_as_check(const fact& child) {
    const std::string rule(child.note("partition_constraint"));
    const bool usable = !child.has("partition_key") && child.get("bound") != default_bound &&
                        rule.find("satisfies_hash_partition") == std::string::npos;
    return usable ? rule : std::string();
}

/// Links of one side, made: first what spares the reading, then the links, then the rest.
class joiner {
public:
    joiner(const catalogue& in, const catalogue& there, bool online)
        : in_(in), there_(there), online_(online) {}

    void add(const fact& child, std::size_t kept) {
        if (!is_partition(child)) {
            const auto parents = parents_of(child);
            for (std::size_t i = kept; i < parents.size(); ++i)
                joins_.push_back(locking(alter(child.id) + " INHERIT " + parents[i], {&child}));
            return;
        }
        const std::string rule = online_ ? bound_as_check(child) : std::string();
        auto attached = attach(in_, there_, child, !rule.empty());
        joins_.push_back(std::move(attached));
        if (!rule.empty())
            spare_reading(child, rule);
    }

    std::vector<planned_statement> done() {
        for (auto* some : {&joins_, &rest_})
            std::move(some->begin(), some->end(), std::back_inserter(ready_));
        return std::move(ready_);
    }

private:
    void spare_reading(const fact& child, const std::string& rule) {
        const std::string name = "headspace_bound";
        ready_.push_back(
            locking(alter(child.id) + " ADD CONSTRAINT " + name + " CHECK (" + rule + ") NOT VALID",
                    {&child}));
        auto validate = locking(alter(child.id) + " VALIDATE CONSTRAINT " + name, {&child});
        validate.lock = lock_class::share_update_exclusive;
        validate.transactional = false;
        validate.warnings.push_back("fails when a row of " + to_string(child.id) +
                                    " is outside of its bound");
        ready_.push_back(std::move(validate));
        rest_.push_back(locking(alter(child.id) + " DROP CONSTRAINT " + name, {&child}));
    }

    const catalogue& in_;
    const catalogue& there_;
    bool online_;
    std::vector<planned_statement> ready_, joins_, rest_;
};

// ---- words

std::string called(const std::string& parent, const catalogue& in) {
    const fact* table = table_named(in, parent);
    return "'" + (table ? short_name(table->id) : parent) + "'";
}

std::string line(bool added, bool partition, const std::string& child, const std::string& parent) {
    if (partition)
        return std::string(added ? "Detected attached" : "Detected detached") + " partition " +
               child + " of " + parent;
    return std::string(added ? "Detected added" : "Detected removed") + " inheritance of table " +
           child + " from " + parent;
}

void describe(link_plan& plan, const changed_link& link, const catalogue& from,
              const catalogue& to) {
    const std::string child = "'" + short_name(link.before->id) + "'";
    const auto before = parents_of(*link.before), after = parents_of(*link.after);
    const bool was = is_partition(*link.before), is = is_partition(*link.after);
    if (was == is && before == after) {
        if (link.before->get("bound") != link.after->get("bound"))
            plan.detected.push_back("Detected change of the bound of partition " + child);
        else
            plan.notes.push_back(
                "table " + to_string(link.before->id) + " is parted from its parent meanwhile: " +
                (is ? "that is made anew" : "columns or checks move between the two"));
        return;
    }
    const auto among = [](const std::vector<std::string>& some, const std::string& one) {
        return std::find(some.begin(), some.end(), one) != some.end();
    };
    const std::size_t said = plan.detected.size();
    for (const std::string& parent : before)
        if (was != is || !among(after, parent))
            plan.detected.push_back(line(false, was, child, called(parent, from)));
    for (const std::string& parent : after)
        if (was != is || !among(before, parent))
            plan.detected.push_back(line(true, is, child, called(parent, to)));
    if (plan.detected.size() == said)
        plan.detected.push_back("Detected another order of the parents of table " + child);
}

// ---- which links

std::size_t common_prefix(const std::vector<std::string>& a, const std::vector<std::string>& b) {
    std::size_t n = 0;
    while (n < a.size() && n < b.size() && a[n] == b[n])
        ++n;
    return n;
}

std::optional<changed_link> changed(const catalogue& from, const fact& f, const catalogue& to,
                                    const fact& g) {
    changed_link link{&f, &g, 0};
    const auto before = parents_of(f), after = parents_of(g);
    if (is_partition(f) || is_partition(g)) {
        const bool same = before == after && f.get("bound") == g.get("bound");
        if (same && !made_anew(from, to, before.front()))
            return std::nullopt;
        return link;
    }
    if (before.empty() && after.empty())
        return std::nullopt;
    if (crosses(from, f, to, g))
        return link;
    link.kept = common_prefix(before, after);
    if (link.kept == before.size() && link.kept == after.size())
        return std::nullopt;
    return link;
}

changed_links changed_between(const catalogue& from, const catalogue& to) {
    changed_links links;
    for (const auto& [id, f] : from.facts)
        if (const fact* g = id.what == kind::table ? to.find(id) : nullptr)
            if (auto link = changed(from, f, to, *g))
                links.push_back(*link);
    // The default partition is attached last: what belongs to another would be looked for in it.
    std::stable_partition(links.begin(), links.end(), [](const changed_link& l) {
        return l.before->get("bound") == default_bound || l.after->get("bound") == default_bound;
    });
    return links;
}

} // namespace

void there_and_back::append(const there_and_back& next) {
    forward.insert(forward.end(), next.forward.begin(), next.forward.end());
    backward.insert(backward.begin(), next.backward.begin(), next.backward.end());
}

link_plan plan_links(const catalogue& from, const catalogue& to, const plan_options& options) {
    const changed_links links = changed_between(from, to);
    link_plan plan;
    plan.rejoins = std::any_of(links.begin(), links.end(), [](const changed_link& l) {
        return parents_of(*l.before).size() > l.kept && parents_of(*l.after).size() > l.kept;
    });
    const bool online = options.online && !plan.rejoins;
    joiner old_links(from, to, online), new_links(to, from, online);
    for (const changed_link& link : links) {
        plan.tables.insert(link.before->id);
        describe(plan, link, from, to);
        add_cuts(plan.head.forward, from, *link.before, link.kept);
        add_cuts(plan.tail.backward, to, *link.after, link.kept);
    }
    for (auto link = links.rbegin(); link != links.rend(); ++link) {
        old_links.add(*link->before, link->kept);
        new_links.add(*link->after, link->kept);
    }
    plan.head.backward = old_links.done();
    plan.tail.forward = new_links.done();
    return plan;
}

} // namespace headspace::schema
