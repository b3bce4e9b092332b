// Small catalogues for tests, written by hand.
#pragma once

#include "schema/fact.hpp"

#include <algorithm>
#include <string>
#include <vector>

namespace headspace::schema {

class schema_builder {
public:
    schema_builder() {
        catalogue_.role = "me";
        for (const auto& [from, to, context] : {std::tuple{"integer", "bigint", 'i'},
                                                {"bigint", "integer", 'a'},
                                                {"numeric", "integer", 'a'},
                                                {"integer", "numeric", 'i'},
                                                {"timestamp with time zone", "date", 'a'},
                                                {"integer", "boolean", 'e'}})
            catalogue_.casts.push_back({from, to, context, false});
        catalogue_.casts.push_back({"character varying", "text", 'i', true});
        catalogue_.casts.push_back({"text", "character varying", 'i', true});
        add(fact_id(kind::schema, {"public"}));
    }

    schema_builder& add(fact_id id, attributes payload = {}, attributes aside = {}) {
        fact f;
        f.id = std::move(id);
        f.payload = std::move(payload);
        f.aside = std::move(aside);
        last_ = f.id;
        catalogue_.facts[f.id] = std::move(f);
        return *this;
    }
    /// The last one is a child of it.
    schema_builder& in(fact_id parent, bond strength = bond::automatic) {
        fact& f = catalogue_.facts.at(last_);
        f.parent = parent;
        f.has_parent = true;
        return on(std::move(parent), strength);
    }
    /// The last one depends on it.
    schema_builder& on(fact_id other, bond strength = bond::normal) {
        catalogue_.edges.push_back({last_, std::move(other), strength});
        return *this;
    }
    schema_builder& table(const std::string& name) {
        return add(fact_id(kind::table, {"public", name}))
            .in(fact_id(kind::schema, {"public"}), bond::normal);
    }
    schema_builder& column(const std::string& of, const std::string& name, const std::string& type,
                           attributes more = {}) {
        more["type"] = type;
        const std::string bare = type.substr(0, type.find('('));
        const std::string position = std::to_string(catalogue_.facts.size() + 10000);
        return add(fact_id(kind::column, {"public", of, name}), std::move(more),
                   {{"type", bare}, {"base", bare}, {"position", position}})
            .in(fact_id(kind::table, {"public", of}));
    }
    schema_builder& constraint(kind k, const std::string& of, const std::string& name,
                               const std::string& definition) {
        return add(fact_id(k, {"public", of, name}), {{"definition", definition}})
            .in(fact_id(kind::table, {"public", of}));
    }
    schema_builder& value(const std::string& of, const std::string& name,
                          const std::string& expression) {
        return add(fact_id(kind::default_value, {"public", of, name}), {{"expression", expression}})
            .in(fact_id(kind::column, {"public", of, name}));
    }
    [[nodiscard]] catalogue done() const {
        catalogue c = catalogue_;
        std::sort(c.edges.begin(), c.edges.end());
        std::sort(c.casts.begin(), c.casts.end());
        return c;
    }

private:
    catalogue catalogue_;
    fact_id last_;
};

} // namespace headspace::schema
