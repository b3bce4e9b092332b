#include "schema/renames.hpp"

#include "base/sql_quote.hpp"
#include "base/text.hpp"
#include "schema/rename_path.hpp"
#include "schema/rename_steps.hpp"
#include "schema/rules.hpp"
#include "schema/types.hpp"

#include <algorithm>

namespace headspace::schema {

namespace {

bool can_be_renamed(kind k) {
    switch (k) {
    case kind::default_value:
    case kind::inherited_column:
    case kind::sequence_owner:
    case kind::extension:
    case kind::user_mapping:
    case kind::default_privilege:
    case kind::privilege:
    case kind::comment:
        return false;
    default:
        return has_rule(k);
    }
}

bool has_arguments(kind k) {
    return k == kind::function || k == kind::procedure || k == kind::aggregate;
}

bool in_schema(kind k) {
    switch (k) {
    case kind::schema:
    case kind::fdw:
    case kind::server:
    case kind::event_trigger:
    case kind::publication:
    case kind::subscription:
        return false;
    default:
        return true;
    }
}

// Names of the object, without a function's arguments.
std::vector<std::string> names_of(const fact_id& id) {
    auto names = id.path;
    if (has_arguments(id.what) && names.size() > 2)
        names.resize(2);
    return names;
}

facts matching(const catalogue& in, const written_path& path, bool in_public) {
    auto names = path.names;
    if (in_public)
        names.insert(names.begin(), "public");
    facts found;
    for (const auto& [id, f] : in.facts) {
        if (!can_be_renamed(id.what) || names_of(id) != names || (in_public && !in_schema(id.what)))
            continue;
        if (path.arguments && (!has_arguments(id.what) || id.path[2] != *path.arguments))
            continue;
        found.push_back(&f);
    }
    // A column and a constraint can have the same path: the column is meant.
    for (const fact* f : found)
        if (f->id.what == kind::column || f->id.what == kind::view_column)
            return {f};
    return found;
}

facts look_up(const catalogue& in, const written_path& path) {
    facts found = matching(in, path, false);
    return found.empty() ? matching(in, path, true) : found;
}

// How SQL writes a value of an enum or an attribute of a composite type.
std::string part_of(const fact& type, const std::string& name) {
    return type.id.what == kind::enum_type ? quote_literal(name) : quote_name(name);
}

bool has_part(const fact& type, const std::string& name) {
    const std::string part = part_of(type, name);
    if (type.id.what == kind::enum_type) {
        const auto labels = literals(type.get("labels"));
        return std::find(labels.begin(), labels.end(), part) != labels.end();
    }
    const auto lines = split(std::string(type.get("attributes")), '\n');
    return std::any_of(lines.begin(), lines.end(),
                       [&](const std::string& line) { return line.starts_with(part + " "); });
}

// The type of which the last name of a path is a part.
const fact* holder_of(const catalogue& in, const written_path& path) {
    std::vector<std::string> names(path.names.begin(), path.names.end() - 1);
    if (names.size() == 1)
        names.insert(names.begin(), "public");
    for (const kind k : {kind::enum_type, kind::composite_type})
        if (const fact* type = in.find(fact_id(k, names));
            type && has_part(*type, path.names.back()))
            return type;
    return nullptr;
}

error conflict(const stated_rename& r, const std::string& what, const std::string& hint) {
    return make_error(errc::conflict_here, error_class::refuse,
                      r.where + ": " + r.from + " -> " + r.to + ": " + what, hint);
}

class resolver {
public:
    resolver(const catalogue& from, const catalogue& to) : from_(from), to_(to) {}

    result<void> add(const stated_rename& r) {
        auto old_path = parse_path(r.from);
        auto new_path = parse_path(r.to);
        for (const auto* path : {&old_path, &new_path})
            if (path->has_error())
                return conflict(r, path->error().message, path->error().hint);
        const facts old_ones = look_up(from_, *old_path);
        if (old_ones.empty())
            if (const fact* type = holder_of(from_, *old_path))
                return accept_part(r, *type, old_path->names.back(), *new_path);
        if (old_ones.empty()) {
            notes.push_back(r.where + ": ignored, there is no " + r.from + " (any more)");
            return {};
        }
        if (old_ones.size() > 1)
            return conflict(r,
                            "this can mean " + std::string(word_of(old_ones[0]->id.what)) +
                                " and " + std::string(word_of(old_ones[1]->id.what)),
                            "functions can be told apart by their arguments: area(integer)");
        return accept(r, *old_ones.front(), std::move(*new_path));
    }

    std::vector<rename_step> steps;
    std::vector<std::string> notes;

private:
    result<void> accept(const stated_rename& r, const fact& old, written_path path) {
        const auto old_names = names_of(old.id);
        if (path.names.size() + 1 == old_names.size() && in_schema(old.id.what))
            path.names.insert(path.names.begin(), "public");
        const std::string word(word_of(old.id.what));
        if (path.names.size() != old_names.size())
            return conflict(r, "the new name has another number of parts than the " + word,
                            "write the whole path on both sides");
        const auto named = [&](const catalogue& in, const std::vector<std::string>& names) {
            return std::any_of(in.facts.begin(), in.facts.end(), [&](const auto& entry) {
                return entry.first.what == old.id.what && names_of(entry.first) == names;
            });
        };
        if (!named(to_, path.names))
            return conflict(r, "nothing that is declared has the new name",
                            "declare the " + word + " under its new name");
        // A table may make room for another one of its name: for a partitioned one, for instance.
        const bool anew = old_names != path.names && to_.find(old.id);
        if (anew && old.id.what != kind::table)
            return conflict(r, "the old name is declared as well",
                            "a rename leaves nothing under the old name");
        if (anew && named(from_, path.names)) {
            notes.push_back(r.where + ": ignored, both " + r.from + " and " + r.to +
                            " are there (already)");
            return {};
        }
        if (named(from_, path.names))
            return conflict(r, "the new name exists already", "take the line out");
        for (const rename_step& s : steps)
            if (s.what == &old && s.part.empty())
                return s.names == path.names
                           ? result<void>()
                           : conflict(r, "another rename of it says otherwise", "keep one");
        steps.push_back({&old, std::move(path.names), true});
        return {};
    }

    result<void> accept_part(const stated_rename& r, const fact& type, const std::string& old_name,
                             const written_path& path) {
        const fact* there = holder_of(to_, path);
        const std::string& name = path.names.back();
        if (!there || there->id.what != type.id.what)
            return conflict(r, "nothing that is declared has the new name",
                            "declare it under its new name");
        if (has_part(*there, old_name))
            return conflict(r, "the old name is declared as well",
                            "a rename leaves nothing under the old name");
        if (has_part(type, name))
            return conflict(r, "the new name exists already", "take the line out");
        steps.push_back({&type, {}, true, part_of(type, old_name), part_of(type, name)});
        return {};
    }

    const catalogue& from_;
    const catalogue& to_;
};

} // namespace

result<rename_plan> plan_renames(const catalogue& from, const catalogue& to,
                                 const std::vector<stated_rename>& renames) {
    resolver stated(from, to);
    for (const stated_rename& r : renames)
        if (auto added = stated.add(r); added.has_error())
            return added.error();
    add_implied_renames(stated.steps, from, to);
    auto plan = write_renames(std::move(stated.steps), from);
    if (plan.has_error())
        return plan;
    plan->notes.insert(plan->notes.begin(), stated.notes.begin(), stated.notes.end());
    move_extensions(*plan, from, to);
    return plan;
}

} // namespace headspace::schema
