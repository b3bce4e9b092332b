#include "lint/situation.hpp"

#include <algorithm>

namespace headspace::lint {

namespace {

bool holds(const std::vector<object_name>& list, const object_name& name) {
    return std::any_of(list.begin(), list.end(),
                       [&](const object_name& one) { return one.matches(name); });
}

} // namespace

column_types::key column_types::key_of(const object_name& table, const std::string& column) {
    return {(table.schema.empty() ? "public" : table.schema) + "." + table.name, column};
}

void column_types::remember(const fact& f) {
    switch (f.what) {
    case verb::table_column:
    case verb::add_column:
    case verb::alter_type:
        types_[key_of(f.target, f.name)] = f.column.type;
        break;
    case verb::drop_column:
        types_.erase(key_of(f.target, f.name));
        break;
    case verb::rename:
        if (f.object == object_kind::column) {
            if (auto moved = types_.extract(key_of(f.target, f.name))) {
                moved.key() = key_of(f.target, f.value);
                types_.insert(std::move(moved));
            }
            break;
        }
        [[fallthrough]];
    case verb::drop:
        // Of a table under its new name nothing is known: it is then treated with caution.
        if (f.object == object_kind::table) {
            const std::string table = key_of(f.target, {}).first;
            std::erase_if(types_, [&](const auto& one) { return one.first.first == table; });
        }
        break;
    default:
        break;
    }
}

const type_name* column_types::find(const object_name& table, const std::string& column) const {
    const auto found = types_.find(key_of(table, column));
    return found == types_.end() ? nullptr : &found->second;
}

bool situation::created(const object_name& table) const {
    return holds(created_, table);
}

bool situation::created_index(const object_name& index) const {
    return holds(indexes_, index);
}

bool situation::known_not_null(const fact& f) const {
    return std::any_of(checks_.begin(), checks_.end(), [&](const checked& c) {
        return c.validated && c.table.matches(f.target) &&
               (c.not_null.empty() ||
                std::find(c.not_null.begin(), c.not_null.end(), f.name) != c.not_null.end());
    });
}

bool situation::added_not_valid(const fact& f) const {
    return std::any_of(checks_.begin(), checks_.end(), [&](const checked& c) {
        return !c.validated && c.name == f.name && c.table.matches(f.target);
    });
}

bool situation::locked_another(const fact& f) const {
    return locks_table(f) && !locked_.empty() && !holds(locked_, f.target);
}

bool situation::added_enum_value(const std::string& value) const {
    return !enum_of(value).name.empty();
}

object_name situation::enum_of(const std::string& value) const {
    for (const auto& [type, added] : enum_values_)
        if (added == value)
            return type;
    return {};
}

void situation::remember(const fact& f) {
    if (locks_table(f) && existing(f))
        locked_.push_back(f.target);
    switch (f.what) {
    case verb::create_table:
        created_.push_back(f.target);
        break;
    case verb::create_index:
        indexes_.push_back({f.target.schema, f.name});
        break;
    case verb::rename:
        if (f.object == object_kind::table && created(f.target))
            created_.push_back({f.target.schema, f.value});
        break;
    case verb::add_constraint:
        if (f.constraint.not_valid || !f.constraint.not_null.empty())
            checks_.push_back({f.target, f.name, f.constraint.not_null, !f.constraint.not_valid});
        break;
    case verb::validate_constraint: {
        const auto known = std::find_if(checks_.begin(), checks_.end(), [&](const checked& c) {
            return c.name == f.name && c.table.matches(f.target);
        });
        if (known == checks_.end())
            checks_.push_back({f.target, f.name, {}, true});
        else
            known->validated = !known->not_null.empty();
        break;
    }
    case verb::add_enum_value:
        enum_values_.emplace_back(f.target, f.value);
        break;
    case verb::set_variable:
        statement_timeout_ = statement_timeout_ || f.name == "statement_timeout";
        break;
    default:
        break;
    }
}

} // namespace headspace::lint
