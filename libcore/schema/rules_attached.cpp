// Comments and privileges: one rule each for every kind of object that can bear them; and ALTER
// DEFAULT PRIVILEGES.
#include "base/sql_quote.hpp"
#include "schema/privileges.hpp"
#include "schema/rules.hpp"
#include "schema/types.hpp"

namespace headspace::schema {

namespace {

const fact* bearer(const fact& f, const plan_context& c) {
    const fact* found = c.to.find(f.parent);
    return found ? found : c.from.find(f.parent);
}

std::string comment_target(const fact& f, const fact& on) {
    if (f.id.on == kind::index && on.id.what != kind::index) // the one behind a constraint
        return "INDEX " + qualified(f.id.path);
    const auto address = rule_of(f.id.on).address;
    return address ? address(on) : "";
}

statements comment(const fact& f, const std::string& text, const plan_context& c) {
    const fact* on = bearer(f, c);
    const std::string target = on ? comment_target(f, *on) : "";
    if (target.empty())
        return {};
    return {plain("COMMENT ON " + target + " IS " + text)};
}

statements create_comment(const fact& f, const facts& /*folded*/, const plan_context& c) {
    return comment(f, quote_literal(f.get("text")), c);
}

result<statements> alter_comment(const change& ch, const plan_context& c) {
    return comment(*ch.after, quote_literal(ch.after->get("text")), c);
}

statements drop_comment(const fact& f, const plan_context& c) {
    return comment(f, "NULL", c);
}

std::string comment_line(const fact& f, const char* verb) {
    return std::string(verb) + std::string(word_of(f.id.on)) + " comment '" + short_name(f.id) +
           "'";
}

std::string comment_added(const fact& f, const plan_context& c) {
    return parent_is_new(f, c) ? "" : comment_line(f, "");
}

std::string comment_removed(const fact& f, const plan_context& c) {
    return parent_is_gone(f, c) ? "" : comment_line(f, "removed ");
}

std::vector<std::string> comment_changed(const change& ch, const plan_context& /*c*/) {
    return {comment_line(*ch.after, "")};
}

// What is said about a type that is made anew is said again.
bool disturbed(const fact& /*f*/, const change& of, const plan_context& /*c*/) {
    return retyped(of);
}

// ---- privileges

statements between(const attributes& before, const attributes& after, const fact& f,
                   const plan_context& c) {
    const fact* on = bearer(f, c);
    const std::string target = on ? grant_target(*on) : "";
    if (target.empty())
        return {};
    const bool of_column = f.id.on == kind::column || f.id.on == kind::view_column;
    const std::string columns = of_column ? " (" + quote_name(f.id.path[2]) + ")" : "";
    return grant_and_revoke(privileges_between(before, after, columns), target,
                            grantee_name(f.id.path.back()));
}

statements create_privilege(const fact& f, const facts& /*folded*/, const plan_context& c) {
    const fact* on = bearer(f, c);
    const attributes had = on ? implied_privileges(*on, f.id.path.back(), c) : attributes();
    return between(had, f.payload, f, c);
}

result<statements> alter_privilege(const change& ch, const plan_context& c) {
    return between(ch.before->payload, ch.after->payload, *ch.after, c);
}

statements drop_privilege(const fact& f, const plan_context& c) {
    return between(f.payload, {}, f, c);
}

std::string privilege_line(const fact& f) {
    fact_id object = f.id;
    object.what = f.id.on;
    object.path.pop_back();
    return "privileges of " + grantee_name(f.id.path.back()) + " on " +
           std::string(word_of(f.id.on)) + " '" + short_name(object) + "'";
}

std::string privilege_added(const fact& f, const plan_context& c) {
    return parent_is_new(f, c) ? "" : privilege_line(f);
}

std::string privilege_removed(const fact& f, const plan_context& c) {
    return parent_is_gone(f, c) ? "" : privilege_line(f);
}

std::vector<std::string> privilege_changed(const change& ch, const plan_context& /*c*/) {
    return {privilege_line(*ch.after)};
}

// ---- default privileges: {role, schema or "", class, grantee}

statements defaults_between(const fact& f, const attributes& before, const attributes& after) {
    std::string head = "ALTER DEFAULT PRIVILEGES FOR ROLE " + quote_name(f.id.path[0]) + " ";
    if (!f.id.path[1].empty())
        head += "IN SCHEMA " + quote_name(f.id.path[1]) + " ";
    return grant_and_revoke(privileges_between(before, after), f.id.path[2],
                            grantee_name(f.id.path[3]), head);
}

statements create_defaults(const fact& f, const facts& /*folded*/, const plan_context& /*c*/) {
    return defaults_between(f, {}, f.payload);
}

result<statements> alter_defaults(const change& ch, const plan_context& /*c*/) {
    return defaults_between(*ch.after, ch.before->payload, ch.after->payload);
}

statements drop_defaults(const fact& f, const plan_context& /*c*/) {
    return defaults_between(f, f.payload, {});
}

std::string defaults_line(const fact& f) {
    return "default privileges of " + grantee_name(f.id.path[3]) + " on " + f.id.path[2] +
           (f.id.path[1].empty() ? "" : " in schema '" + f.id.path[1] + "'");
}

std::string defaults_said(const fact& f, const plan_context& /*c*/) {
    return defaults_line(f);
}

std::vector<std::string> defaults_changed(const change& ch, const plan_context& /*c*/) {
    return {defaults_line(*ch.after)};
}

} // namespace

std::vector<rule> attached_rules() {
    rule remark;
    remark.what = kind::comment;
    remark.beside_parent = true;
    remark.disturbed = disturbed;
    remark.create = create_comment;
    remark.alter = alter_comment;
    remark.drop = drop_comment;
    remark.added = comment_added;
    remark.removed = comment_removed;
    remark.changed = comment_changed;

    rule privilege;
    privilege.what = kind::privilege;
    privilege.beside_parent = true;
    privilege.disturbed = disturbed;
    privilege.create = create_privilege;
    privilege.alter = alter_privilege;
    privilege.drop = drop_privilege;
    privilege.added = privilege_added;
    privilege.removed = privilege_removed;
    privilege.changed = privilege_changed;

    // Last of all, so that nothing that the plan creates gets them.
    rule defaults;
    defaults.what = kind::default_privilege;
    defaults.rank = 200;
    defaults.create = create_defaults;
    defaults.alter = alter_defaults;
    defaults.drop = drop_defaults;
    defaults.added = defaults_said;
    defaults.removed = defaults_said;
    defaults.changed = defaults_changed;
    return {remark, privilege, defaults};
}

} // namespace headspace::schema
