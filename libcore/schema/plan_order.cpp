#include "schema/plan_order.hpp"

#include "schema/graph.hpp"

#include <algorithm>
#include <limits>
#include <map>
#include <tuple>

namespace headspace::schema {

namespace {

constexpr std::size_t none = std::numeric_limits<std::size_t>::max();
using step = action::step;

// Where an action would like to stand: drops first, from the outside in; then per object in order
// of rank, each with what belongs to it.
using wish = std::tuple<int, int, std::vector<std::string>, kind, fact_id, step>;

wish wish_of(const fact& f, step what, const catalogue& in) {
    const fact* root = &f;
    while (rule_of(root->id.what).beside_parent && root->has_parent) {
        const fact* parent = in.find(root->parent);
        if (!parent)
            break;
        root = parent;
    }
    const int rank = rule_of(root->id.what).rank;
    // A column that is added or altered reads better in the table's own order.
    auto path = f.id;
    if (f.id.what == kind::column)
        path.path[2] = std::string(f.note("position")) + path.path[2];
    return {what == step::drop     ? 0
            : what == step::finish ? 2
                                   : 1,
            what == step::drop ? -rank : rank,
            root->id.path,
            f.id.what == root->id.what ? root->id.what : f.id.what,
            path,
            what};
}

class orderer {
public:
    orderer(const decisions& d, const plan_context& c)
        : decisions_(d), context_(c), nodes_(make_nodes()), graph_(nodes_.size()) {
        for (std::size_t i = 0; i < nodes_.size(); ++i) {
            const action& a = nodes_[i];
            const fact_id& id = a.before ? a.before->id : a.after->id;
            (a.what == step::drop     ? drops_
             : a.what == step::alter  ? alters_
             : a.what == step::finish ? finishes_
                                      : creates_)[id] = i;
        }
    }

    result<std::vector<action>> run() {
        link_drops();
        link_creates();
        link_claims();
        link_finishes();
        link_evaluations();
        host_.assign(nodes_.size(), none);
        const auto hosts = possible_hosts();
        wish_for(hosts);
        const auto order = graph_.sort();
        if (!order.circle.empty())
            return circle(order.circle);
        return settle(order.nodes, hosts);
    }

private:
    std::vector<action> make_nodes() const {
        std::vector<std::pair<wish, action>> wished;
        const auto add = [&](step what, const fact* before, const fact* after) {
            action a;
            a.what = what;
            a.before = what == step::create ? nullptr : before;
            a.after = what == step::drop ? nullptr : after;
            const bool old = what == step::drop;
            wished.emplace_back(
                wish_of(old ? *before : *after, what, old ? context_.from : context_.to),
                std::move(a));
        };
        for (const auto& [id, f] : decisions_.fates) {
            const fact* before = context_.from.find(id);
            const fact* after = context_.to.find(id);
            if (f == fate::drop || f == fate::replace)
                add(step::drop, before, after);
            if (f == fate::alter) {
                add(step::alter, before, after);
                const rule& r = rule_of(id.what);
                if (r.finish && !r.finish(decisions_.changes.at(id), context_).empty())
                    add(step::finish, before, after);
            }
            if (f == fate::create || f == fate::replace)
                add(step::create, before, after);
        }
        std::sort(wished.begin(), wished.end(),
                  [](const auto& a, const auto& b) { return a.first < b.first; });
        std::vector<action> nodes;
        for (auto& [key, a] : wished)
            nodes.push_back(std::move(a));
        return nodes;
    }

    using index = std::map<fact_id, std::size_t>;
    static std::size_t at(const index& in, const fact_id& id) {
        const auto found = in.find(id);
        return found == in.end() ? none : found->second;
    }
    void must(std::size_t first, std::size_t then) {
        if (first != none && then != none)
            graph_.must(first, then);
    }

    // A sequence goes with its column; so does the fact that it is owned, when the sequence goes.
    bool sweeps(const edge& e) const {
        if (e.strength != bond::swept)
            return false;
        const fact_id sequence(kind::sequence, e.from.path);
        return at(drops_, sequence) != none && at(drops_, e.to) != none;
    }

    void link_drops() {
        for (const edge& e : context_.from.edges) {
            const std::size_t drop = at(drops_, e.from);
            if (sweeps(e)) {
                must(at(drops_, e.to), drop);
                continue;
            }
            must(drop, at(drops_, e.to));
            must(drop, at(alters_, e.to));
            must(at(alters_, e.from), at(drops_, e.to));
        }
    }

    void link_creates() {
        for (const edge& e : context_.to.edges) {
            const std::size_t create = at(creates_, e.from);
            const bool late = e.strength == bond::swept && e.from.what == kind::sequence;
            if (!late) {
                must(at(creates_, e.to), create);
                must(at(creates_, e.to), at(alters_, e.from));
            }
            must(at(alters_, e.to), create);
            if (const auto a = at(alters_, e.to), b = at(alters_, e.from); a != none && b != none)
                graph_.should(a, b);
        }
    }

    void link_claims() {
        std::multimap<std::string, std::size_t> freed;
        for (const auto& [id, node] : drops_) {
            must(node, at(creates_, id));
            if (rule_of(id.what).claims)
                for (std::string& claim : rule_of(id.what).claims(id))
                    freed.emplace(std::move(claim), node);
        }
        for (const auto& [id, node] : creates_)
            if (rule_of(id.what).claims)
                for (const std::string& claim : rule_of(id.what).claims(id)) {
                    const auto [first, last] = freed.equal_range(claim);
                    for (auto f = first; f != last; ++f)
                        must(f->second, node);
                }
    }

    // Whoever stays moves from the old to the new in between; whoever leaves does so before.
    void link_finishes() {
        if (finishes_.empty())
            return;
        for (const auto& [id, node] : finishes_)
            must(at(alters_, id), node);
        for (const edge& e : context_.from.edges)
            if (const std::size_t finish = at(finishes_, e.to); finish != none) {
                must(at(alters_, e.from), finish);
                must(at(drops_, e.from), finish);
            }
        for (const edge& e : context_.to.edges)
            if (at(finishes_, e.to) != none)
                must(at(alters_, e.to), at(alters_, e.from));
    }

    // What runs a function when it is created, over all rows: whatever that function calls should
    // be there by then, and of a body that is a string nobody knows what it calls.
    void link_evaluations() {
        const auto routine = [](const fact_id& id) {
            return id.what == kind::function || id.what == kind::procedure ||
                   id.what == kind::aggregate;
        };
        std::vector<std::size_t> routines;
        for (const index* some : {&creates_, &alters_})
            for (const auto& [id, node] : *some)
                if (routine(id))
                    routines.push_back(node);
        if (routines.empty())
            return;
        for (const auto& [id, node] : creates_) {
            const auto edges = context_.to.edges_from(id);
            const bool runs =
                id.what == kind::materialized_view ||
                ((id.what == kind::index || id.what == kind::check || id.what == kind::exclusion ||
                  id.what == kind::column || id.what == kind::default_value) &&
                 std::any_of(edges.begin(), edges.end(),
                             [&](const edge& e) { return routine(e.to); }));
            if (!runs)
                continue;
            const auto later = graph_.all_after(node);
            for (const std::size_t r : routines)
                if (!later[r])
                    graph_.should(r, node);
        }
    }

    // Whose statement could do the work of a node: the one that creates its parent, or the drop of
    // something that takes it along; the outermost.
    std::vector<std::size_t> possible_hosts() const {
        std::vector<std::size_t> hosts(nodes_.size(), none);
        for (const auto& [id, node] : creates_) {
            const fact& f = *nodes_[node].after;
            // CREATE TABLE takes constraints for valid, whatever it is told.
            if (context_.options.fold && f.has_parent && rule_of(id.what).folds &&
                !f.has("not_valid"))
                hosts[node] = at(creates_, f.parent);
        }
        for (const auto& [id, node] : drops_) {
            const fact& f = *nodes_[node].before;
            if (f.has_parent && takes_children(f.parent.what))
                hosts[node] = at(drops_, f.parent);
            for (const edge& e : context_.from.edges_from(id))
                if (hosts[node] == none &&
                    (e.strength == bond::automatic || (sweeps(e) && e.from != f.parent)))
                    hosts[node] = at(drops_, e.to);
        }
        // A sequence that goes with its column must not wait for itself.
        for (std::size_t i = 0; i < hosts.size(); ++i) {
            std::size_t steps = 0;
            while (hosts[i] != none && hosts[hosts[i]] != none && steps++ < hosts.size())
                hosts[i] = hosts[hosts[i]];
        }
        return hosts;
    }

    // The order should let the hosts do it.
    void wish_for(const std::vector<std::size_t>& hosts) {
        std::map<std::size_t, std::vector<std::size_t>> guests;
        for (std::size_t i = 0; i < hosts.size(); ++i)
            if (hosts[i] != none)
                guests[hosts[i]].push_back(i);
        for (const auto& [host, some] : guests) {
            const bool dropping = nodes_[host].what == step::drop;
            std::vector<std::size_t> others;
            for (const std::size_t guest : some)
                for (const std::size_t other :
                     dropping ? graph_.after(guest) : graph_.before(guest))
                    if (other != host && hosts[other] != host)
                        others.push_back(other);
            if (others.empty())
                continue;
            const auto impossible = dropping ? graph_.all_before(host) : graph_.all_after(host);
            for (const std::size_t other : others)
                if (!impossible[other])
                    dropping ? graph_.should(host, other) : graph_.should(other, host);
        }
    }

    result<std::vector<action>> settle(const std::vector<std::size_t>& order,
                                       const std::vector<std::size_t>& hosts) {
        std::vector<std::size_t> place(nodes_.size());
        for (std::size_t i = 0; i < order.size(); ++i)
            place[order[i]] = i;
        const auto same = [&](std::size_t node, std::size_t host) {
            return node == host || host_[node] == host;
        };
        for (const std::size_t node : order) // parents are created before their children
            if (hosts[node] != none && nodes_[node].what == step::create) {
                const auto& before = graph_.before(node);
                const std::size_t host = hosts[node];
                if (std::all_of(before.begin(), before.end(), [&](std::size_t b) {
                        return same(b, host) || place[b] < place[host];
                    }))
                    host_[node] = host;
            }
        for (auto n = order.rbegin(); n != order.rend(); ++n) // and dropped after them
            if (hosts[*n] != none && nodes_[*n].what == step::drop) {
                const auto& after = graph_.after(*n);
                const std::size_t host = hosts[*n];
                if (std::all_of(after.begin(), after.end(), [&](std::size_t a) {
                        return same(a, host) || place[a] > place[host];
                    }))
                    host_[*n] = host;
            }
        std::vector<action> out;
        for (const std::size_t node : order)
            if (host_[node] != none && nodes_[node].what == step::create)
                nodes_[host_[node]].folded.push_back(nodes_[node].after);
        for (const std::size_t node : order)
            if (host_[node] == none)
                out.push_back(std::move(nodes_[node]));
        return out;
    }

    [[nodiscard]] error circle(const std::vector<std::size_t>& nodes) const {
        std::string names;
        constexpr std::size_t shown = 8;
        for (std::size_t i = 0; i < std::min(nodes.size(), shown); ++i) {
            const action& a = nodes_[nodes[i]];
            const fact& f = a.before ? *a.before : *a.after;
            names += (i == 0 ? "" : ", ") + std::string(word_of(f.id.what)) + " " + to_string(f.id);
        }
        return make_error(errc::internal, error_class::bug,
                          "these changes wait for each other: " + names,
                          "make the change in two steps, and please report this");
    }

    const decisions& decisions_;
    const plan_context& context_;
    std::vector<action> nodes_;
    order_graph graph_;
    index drops_, alters_, creates_, finishes_;
    std::vector<std::size_t> host_;
};

} // namespace

result<std::vector<action>> order_actions(const decisions& d, const plan_context& context) {
    return orderer(d, context).run();
}

} // namespace headspace::schema
