#include "migrate/generate_json.hpp"

#include "migrate/json_members.hpp"

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>

namespace headspace::migrate {

namespace json = boost::json;

namespace {

/// Calls `take` with each object of the array `name`; a missing one is empty.
template<class Take>
result<void> each(const json::object& from, std::string_view name, Take take) {
    const json::value* found = from.if_contains(name);
    if (found == nullptr)
        return {};
    if (!found->is_array())
        return wrong_body("\"" + std::string(name) + "\" must be an array");
    for (const json::value& one : found->get_array()) {
        if (!one.is_object())
            return wrong_body("\"" + std::string(name) + "\" must hold objects");
        if (const result<void> taken = take(one.get_object()); taken.has_error())
            return taken.error();
    }
    return {};
}

result<void> read_migration(const json::object& from, generate_request& to) {
    const auto file = string_member(from, "file");
    const auto up = string_member(from, "up");
    const auto transaction = bool_member(from, "transaction", true);
    if (file.has_error())
        return file.error();
    if (up.has_error())
        return up.error();
    if (transaction.has_error())
        return transaction.error();
    sent_migration sent{*file, *up, 1, *transaction};
    if (const json::value* line = from.if_contains("line")) {
        boost::system::error_code ec;
        sent.line = line->to_number<std::uint32_t>(ec);
        if (ec || sent.line == 0)
            return wrong_body("\"line\" must be a number from 1");
    }
    to.migrations.push_back(std::move(sent));
    return {};
}

result<void> read_schema_file(const json::object& from, generate_request& to) {
    const auto file = string_member(from, "file");
    const auto content = string_member(from, "text");
    if (file.has_error())
        return file.error();
    if (content.has_error())
        return content.error();
    to.schema.push_back({*file, *content});
    return {};
}

result<void> read_rename(const json::object& from, generate_request& to) {
    const auto old_name = string_member(from, "from");
    const auto new_name = string_member(from, "to");
    if (old_name.has_error())
        return old_name.error();
    if (new_name.has_error())
        return new_name.error();
    to.renames.push_back({*old_name, *new_name, "--rename"});
    return {};
}

result<void> read_model(const json::object& body, generate_request& to) {
    const json::value* model = body.if_contains("model");
    if (model == nullptr)
        return {};
    if (!model->is_object())
        return wrong_body("\"model\" must be an object");
    const auto url = string_member(model->get_object(), "url");
    if (url.has_error())
        return url.error();
    auto parsed = config::parse_conninfo(*url, "--model-url");
    if (parsed.has_error())
        return parsed.error();
    std::string user;
    if (const json::value* given = model->get_object().if_contains("user");
        given != nullptr && given->is_string())
        user = given->get_string();
    config::fill_defaults(parsed->value, user);
    to.model = std::move(parsed->value);
    if (to.model->password)
        to.model->password_source = "--model-url";
    return {};
}

json::array array_of(const std::vector<std::string>& values) {
    json::array out;
    for (const std::string& v : values)
        out.emplace_back(v);
    return out;
}

std::string_view to_string(generate_progress::phase p) {
    switch (p) {
    case generate_progress::phase::loading:
        return "loading";
    case generate_progress::phase::comparing:
        return "comparing";
    case generate_progress::phase::proving:
        return "proving";
    }
    return "loading";
}

} // namespace

result<generate_request> read_generate_request(const json::object& body) {
    generate_request out;
    const auto migrations =
        each(body, "migrations", [&](const json::object& one) { return read_migration(one, out); });
    if (migrations.has_error())
        return migrations.error();
    const auto schema =
        each(body, "schema", [&](const json::object& one) { return read_schema_file(one, out); });
    if (schema.has_error())
        return schema.error();
    const auto renames =
        each(body, "renames", [&](const json::object& one) { return read_rename(one, out); });
    if (renames.has_error())
        return renames.error();
    for (const auto& [name, member] :
         {std::pair("online", &out.online), std::pair("strict", &out.strict),
          std::pair("pull", &out.pull)}) {
        const auto given = bool_member(body, name, false);
        if (given.has_error())
            return given.error();
        *member = *given;
    }
    if (const auto model = read_model(body, out); model.has_error())
        return model.error();
    if (out.pull && (out.model || !out.migrations.empty() || !out.schema.empty()))
        return wrong_body("\"pull\" goes with no files and no model");
    if (out.model && !out.schema.empty())
        return wrong_body("\"model\" and \"schema\" exclude each other");
    return out;
}

json::object to_json(const generate_progress& p) {
    json::object out{{"event", to_string(p.what)}, {"text", p.text}};
    if (p.all > 0) {
        out["done"] = p.done;
        out["all"] = p.all;
    }
    return out;
}

json::object to_json(const generated& g) {
    json::array revisions;
    for (const revision_draft& r : g.revisions)
        revisions.emplace_back(json::object{{"up", r.up},
                                            {"down", r.down},
                                            {"up_transaction", r.up_transaction},
                                            {"down_transaction", r.down_transaction}});
    json::array files;
    for (const revisions::schema_file& f : g.pulled)
        files.emplace_back(json::object{{"file", f.file}, {"text", f.text}});
    return {{"revisions", std::move(revisions)},    {"detected", array_of(g.detected)},
            {"hints", array_of(g.hints)},           {"notes", array_of(g.notes)},
            {"unmodelled", array_of(g.unmodelled)}, {"schema", std::move(files)},
            {"seeded_rows", g.seeded_rows}};
}

} // namespace headspace::migrate
