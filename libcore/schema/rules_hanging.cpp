// What hangs on relations: rules, triggers, policies. Event triggers too.
#include "schema/rules.hpp"
#include "schema/types.hpp"

namespace headspace::schema {

namespace {

std::string relation_of(const fact& f) {
    return qualified(f.id.path);
}

std::string on_relation(const fact& f, const char* word) {
    return std::string(word) + " " + quote_name(f.id.path[2]) + " ON " + relation_of(f);
}

bool disturbed(const fact& /*f*/, const change& of, const plan_context& /*c*/) {
    return reshaped(of);
}

std::string added(const fact& f, const plan_context& c) {
    return parent_is_new(f, c)
               ? ""
               : "added " + std::string(word_of(f.id.what)) + " '" + short_name(f.id) + "'";
}

std::string removed(const fact& f, const plan_context& c) {
    return parent_is_gone(f, c)
               ? ""
               : "removed " + std::string(word_of(f.id.what)) + " '" + short_name(f.id) + "'";
}

// ---- triggers and rules: a definition and whether it is on

planned_statement set_enabled(const fact& f, const plan_context& c) {
    const std::string how = f.has("enabled") ? std::string(f.get("enabled")) : "ENABLE";
    const bool trigger = f.id.what == kind::trigger;
    return on_table(c, f.parent,
                    trigger ? lock_class::share_row_exclusive : lock_class::access_exclusive,
                    "ALTER TABLE " + relation_of(f) + " " + how +
                        (trigger ? " TRIGGER " : " RULE ") + quote_name(f.id.path[2]));
}

statements create(const fact& f, const facts& /*folded*/, const plan_context& c) {
    const auto lock =
        f.id.what == kind::trigger ? lock_class::share_row_exclusive : lock_class::access_exclusive;
    statements all{on_table(c, f.parent, lock, std::string(f.get("definition")))};
    if (f.has("enabled"))
        all.push_back(set_enabled(f, c));
    return all;
}

result<statements> alter(const change& ch, const plan_context& c) {
    return statements{set_enabled(*ch.after, c)};
}

statements drop(const fact& f, const plan_context& c) {
    return {on_table(c, f.parent, lock_class::access_exclusive,
                     "DROP " + on_relation(f, f.id.what == kind::trigger ? "TRIGGER" : "RULE"))};
}

std::string trigger_address(const fact& f) {
    return on_relation(f, "TRIGGER");
}

std::string rule_address(const fact& f) {
    return on_relation(f, "RULE");
}

// ---- policies

std::string conditions(const fact& f) {
    std::string sql;
    if (f.has("using"))
        sql += "\n    USING (" + std::string(f.get("using")) + ")";
    if (f.has("check"))
        sql += "\n    WITH CHECK (" + std::string(f.get("check")) + ")";
    return sql;
}

std::string policy_address(const fact& f) {
    return on_relation(f, "POLICY");
}

statements create_policy(const fact& f, const facts& /*folded*/, const plan_context& c) {
    std::string sql = "CREATE " + policy_address(f);
    if (f.has("restrictive"))
        sql += " AS RESTRICTIVE";
    if (f.get("command") != "ALL")
        sql += " FOR " + std::string(f.get("command"));
    return {on_table(c, f.parent, lock_class::access_exclusive,
                     sql + " TO " + std::string(f.get("roles")) + conditions(f))};
}

// ALTER POLICY can change a condition and not take one away.
bool policy_replaced(const change& c, const plan_context& /*context*/) {
    return (c.before->has("using") && !c.after->has("using")) ||
           (c.before->has("check") && !c.after->has("check"));
}

result<statements> alter_policy(const change& ch, const plan_context& c) {
    const fact& f = *ch.after;
    return statements{on_table(c, f.parent, lock_class::access_exclusive,
                               "ALTER " + policy_address(f) + " TO " + std::string(f.get("roles")) +
                                   conditions(f))};
}

statements drop_policy(const fact& f, const plan_context& c) {
    return {on_table(c, f.parent, lock_class::access_exclusive, "DROP " + policy_address(f))};
}

// ---- event triggers

std::string event_address(const fact& f) {
    return "EVENT TRIGGER " + quote_name(f.id.path[0]);
}

planned_statement set_event_enabled(const fact& f) {
    return plain("ALTER " + event_address(f) + " " +
                 (f.has("enabled") ? std::string(f.get("enabled")) : "ENABLE"));
}

statements create_event(const fact& f, const facts& /*folded*/, const plan_context& /*c*/) {
    std::string sql = "CREATE " + event_address(f) + " ON " + std::string(f.get("event"));
    if (f.has("tags"))
        sql += "\n    WHEN TAG IN (" + std::string(f.get("tags")) + ")";
    statements all{plain(sql + "\n    EXECUTE FUNCTION " + std::string(f.get("function")) + "()")};
    if (f.has("enabled"))
        all.push_back(set_event_enabled(f));
    return all;
}

result<statements> alter_event(const change& ch, const plan_context& /*c*/) {
    return statements{set_event_enabled(*ch.after)};
}

statements drop_event(const fact& f, const plan_context& /*c*/) {
    return {plain("DROP " + event_address(f))};
}

} // namespace

std::vector<rule> hanging_rules() {
    rule some;
    some.disturbed = disturbed;
    some.added = added;
    some.removed = removed;

    rule trigger = some;
    trigger.what = kind::trigger;
    trigger.rank = 140;
    trigger.replacing = {"definition"};
    trigger.create = create;
    trigger.alter = alter;
    trigger.drop = drop;
    trigger.address = trigger_address;

    rule rewrite = trigger;
    rewrite.what = kind::rule;
    rewrite.rank = 130;
    rewrite.address = rule_address;

    rule policy = some;
    policy.what = kind::policy;
    policy.rank = 150;
    policy.replacing = {"command", "restrictive"};
    policy.replaced = policy_replaced;
    policy.create = create_policy;
    policy.alter = alter_policy;
    policy.drop = drop_policy;
    policy.address = policy_address;

    rule event;
    event.what = kind::event_trigger;
    event.rank = 200;
    event.replacing = {"event", "tags", "function"};
    event.create = create_event;
    event.alter = alter_event;
    event.drop = drop_event;
    event.address = event_address;
    return {trigger, rewrite, policy, event};
}

} // namespace headspace::schema
