#include "schema/plan_decide.hpp"

#include <algorithm>
#include <deque>

namespace headspace::schema {

namespace {

bool asks_for_replacement(const rule& r, const change& c, const plan_context& context) {
    if (!r.alter)
        return true;
    for (const std::string_view name : r.replacing)
        if (name == "*" || c.attributes.contains(std::string(name)))
            return true;
    return r.replaced && r.replaced(c, context);
}

bool depends(const catalogue& in, const fact_id& from, const fact_id& to) {
    const auto edges = in.edges_from(from);
    return std::any_of(edges.begin(), edges.end(), [&](const edge& e) { return e.to == to; });
}

class decider {
public:
    explicit decider(const plan_context& context) : context_(context) {
        for (const edge& e : context.from.edges)
            dependents_[e.to].push_back(&e);
    }

    result<decisions> run(const difference& d) {
        for (const fact* f : d.added)
            out_.fates.emplace(f->id, fate::create);
        for (const fact* f : d.removed) {
            out_.fates.emplace(f->id, fate::drop);
            open_.push_back(f->id);
        }
        for (const change& c : d.changed) {
            const fact_id& id = c.before->id;
            out_.changes.emplace(id, c);
            const bool replace = asks_for_replacement(rule_of(id.what), c, context_);
            out_.fates.emplace(id, replace ? fate::replace : fate::alter);
            open_.push_back(id);
        }
        while (!open_.empty()) {
            const fact_id id = open_.front();
            open_.pop_front();
            if (auto spread_on = spread(id); spread_on.has_error())
                return spread_on.error();
        }
        return std::move(out_);
    }

private:
    result<void> spread(const fact_id& id) {
        const auto found = dependents_.find(id);
        if (found == dependents_.end())
            return {};
        const fate what = out_.fates.at(id);
        for (const edge* e : found->second) {
            const fact* dependent = context_.to.find(e->from);
            if (!dependent || out_.drops(e->from) || e->strength == bond::swept)
                continue;
            const bool must = what == fate::alter ? disturbed(*context_.from.find(e->from), id)
                                                  : loses_its_ground(e->from, id);
            if (!must) {
                if (what == fate::alter)
                    carry(*context_.from.find(e->from), *dependent, id);
                continue;
            }
            if (auto replaced = replace(*dependent, id); replaced.has_error())
                return replaced.error();
        }
        return {};
    }

    bool disturbed(const fact& dependent, const fact_id& altered) const {
        const rule& r = rule_of(dependent.id.what);
        return r.disturbed && r.disturbed(dependent, out_.changes.at(altered), context_);
    }

    // It follows what is altered by an alteration of its own.
    void carry(const fact& before, const fact& after, const fact_id& altered) {
        const rule& r = rule_of(before.id.what);
        if (!r.carried || !depends(context_.to, before.id, altered))
            return;
        const attribute_names names = r.carried(before, out_.changes.at(altered), context_);
        if (names.empty())
            return;
        change& own = out_.changes.emplace(before.id, change{&before, &after, {}}).first->second;
        own.attributes.insert(names.begin(), names.end());
        out_.fates.emplace(before.id, fate::alter);
        open_.push_back(before.id);
    }

    // What it stood on is dropped. If it is to stand on that again, or if nothing else changes it,
    // it must go first; else its own change frees it.
    bool loses_its_ground(const fact_id& dependent, const fact_id& dropped) const {
        return depends(context_.to, dependent, dropped) || !out_.is(dependent, fate::alter) ||
               rule_of(dependent.what).alter_keeps_ground;
    }

    result<void> replace(const fact& dependent, const fact_id& because) {
        const rule& r = rule_of(dependent.id.what);
        const std::string what =
            std::string(word_of(dependent.id.what)) + " " + to_string(dependent.id);
        const std::string why = std::string(word_of(because.what)) + " " + to_string(because);
        // What goes with a parent that is replaced is announced there.
        const bool with_parent = dependent.has_parent && out_.drops(dependent.parent);
        if (r.keeps_data && !with_parent && !dependent.has("generated"))
            return make_error(errc::conflict_here, error_class::refuse,
                              what + " would have to be dropped and created again because of " +
                                  why + ", and its data would be lost",
                              "write this migration by hand (headspacectl db revision)");
        out_.fates[dependent.id] = fate::replace;
        if (dependent.id.what != kind::comment && dependent.id.what != kind::privilege &&
            dependent.id.what != kind::default_value)
            out_.notes.push_back(what + " is dropped and created again because of " + why);
        open_.push_back(dependent.id);
        return {};
    }

    const plan_context& context_;
    std::map<fact_id, std::vector<const edge*>> dependents_;
    std::deque<fact_id> open_;
    decisions out_;
};

} // namespace

result<decisions> decide(const difference& d, const plan_context& context) {
    return decider(context).run(d);
}

} // namespace headspace::schema
