// Comments and privileges: one rule each for every kind of object that can bear them.
#include "schema/rules.hpp"

#include <map>

namespace headspace::schema {

namespace {

const fact* bearer(const fact& f, const plan_context& c) {
    const fact* found = c.to.find(f.parent);
    return found ? found : c.from.find(f.parent);
}

statements comment(const fact& f, const std::string& text, const plan_context& c) {
    const fact* on = bearer(f, c);
    const auto address = rule_of(f.id.on).address;
    if (!on || !address)
        return {};
    return {plain("COMMENT ON " + address(*on) + " IS " + text)};
}

statements create_comment(const fact& f, const facts& /*folded*/, const plan_context& c) {
    return comment(f, quote_text(f.get("text")), c);
}

result<statements> alter_comment(const change& ch, const plan_context& c) {
    return comment(*ch.after, quote_text(ch.after->get("text")), c);
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

// ---- privileges

// What a privilege is like, from how it usually is ("usual": what acldefault gives) to a state.
std::string grantee(const fact& f) {
    const std::string& name = f.id.path.back();
    return name.empty() ? "PUBLIC" : quote_name(name);
}

struct privilege_lists {
    std::string revoke, revoke_option, grant, grant_option;
};

void add(std::string& list, const std::string& privilege, const std::string& columns) {
    list += (list.empty() ? "" : ", ") + privilege + columns;
}

statements write(const fact& f, const privilege_lists& lists, const plan_context& c) {
    const fact* on = bearer(f, c);
    const rule& r = rule_of(f.id.on);
    const auto target = r.grantable ? r.grantable : r.address;
    if (!on || !target)
        return {};
    const std::string where =
        f.id.on == kind::column ? "TABLE " + qualified(f.id.path) : target(*on);
    statements all;
    const auto say = [&](const std::string& head, const std::string& list, const char* word,
                         const char* tail) {
        if (!list.empty())
            all.push_back(plain(head + list + " ON " + where + word + grantee(f) + tail));
    };
    say("REVOKE ", lists.revoke, " FROM ", "");
    say("REVOKE GRANT OPTION FOR ", lists.revoke_option, " FROM ", "");
    say("GRANT ", lists.grant, " TO ", "");
    say("GRANT ", lists.grant_option, " TO ", " WITH GRANT OPTION");
    return all;
}

std::string columns_of(const fact& f) {
    return f.id.on == kind::column ? " (" + quote_name(f.id.path[2]) + ")" : "";
}

// From one state of a privilege to another; "" is what the object has by itself, and then what a
// state "revoked" takes away is had, and what the others give is not.
void step(privilege_lists& lists, const std::string& name, std::string_view before,
          std::string_view after, const std::string& columns) {
    const bool usually_had = before == "revoked" || after == "revoked";
    const std::string_view usual = usually_had ? "granted" : "none";
    const auto state = [&](std::string_view s) {
        return s.empty() ? usual : s == "revoked" ? std::string_view("none") : s;
    };
    const std::string_view was = state(before), is = state(after);
    if (was == is)
        return;
    if (is == "none")
        add(lists.revoke, name, columns);
    else if (is == "grantable")
        add(lists.grant_option, name, columns);
    else if (was == "grantable")
        add(lists.revoke_option, name, columns);
    else
        add(lists.grant, name, columns);
}

statements between(const fact* before, const fact* after, const plan_context& c) {
    const fact& any = after ? *after : *before;
    std::map<std::string, std::pair<std::string_view, std::string_view>> states;
    if (before)
        for (const auto& [name, state] : before->payload)
            states[name].first = state;
    if (after)
        for (const auto& [name, state] : after->payload)
            states[name].second = state;
    privilege_lists lists;
    for (const auto& [name, both] : states)
        step(lists, name, both.first, both.second, columns_of(any));
    return write(any, lists, c);
}

statements create_privilege(const fact& f, const facts& /*folded*/, const plan_context& c) {
    return between(nullptr, &f, c);
}

result<statements> alter_privilege(const change& ch, const plan_context& c) {
    return between(ch.before, ch.after, c);
}

statements drop_privilege(const fact& f, const plan_context& c) {
    return between(&f, nullptr, c);
}

std::string privilege_line(const fact& f) {
    fact_id object = f.id;
    object.what = f.id.on;
    object.path.pop_back();
    return "privileges of " + grantee(f) + " on " + std::string(word_of(f.id.on)) + " '" +
           short_name(object) + "'";
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

} // namespace

std::vector<rule> attached_rules() {
    rule remark;
    remark.what = kind::comment;
    remark.beside_parent = true;
    remark.create = create_comment;
    remark.alter = alter_comment;
    remark.drop = drop_comment;
    remark.added = comment_added;
    remark.removed = comment_removed;
    remark.changed = comment_changed;

    rule privilege;
    privilege.what = kind::privilege;
    privilege.beside_parent = true;
    privilege.create = create_privilege;
    privilege.alter = alter_privilege;
    privilege.drop = drop_privilege;
    privilege.added = privilege_added;
    privilege.removed = privilege_removed;
    privilege.changed = privilege_changed;
    return {remark, privilege};
}

} // namespace headspace::schema
