#include "migrate/check_json.hpp"

#include "migrate/json_members.hpp"

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>

#include <algorithm>
#include <array>

namespace headspace::migrate {

namespace json = boost::json;

namespace {

result<sent_half> read_half(const json::value& from, std::string_view name) {
    if (!from.is_object())
        return wrong_body("\"" + std::string(name) + "\" must be an object");
    const json::object& object = from.get_object();
    sent_half out;
    auto sql = string_member(object, "text");
    if (sql.has_error())
        return sql.error();
    out.text = std::move(*sql);
    const auto transaction = bool_member(object, "transaction", true);
    if (transaction.has_error())
        return transaction.error();
    out.transaction = *transaction;
    if (const json::value* line = object.if_contains("line")) {
        boost::system::error_code ec;
        out.line = line->to_number<std::uint32_t>(ec);
        if (ec || out.line == 0)
            return wrong_body("\"line\" must be a number from 1");
    }
    return out;
}

result<sent_revision> read_revision(const json::value& from) {
    if (!from.is_object())
        return wrong_body("\"revisions\" must hold objects");
    const json::object& object = from.get_object();
    sent_revision out;
    const std::array<std::pair<std::string_view, std::string*>, 4> texts{
        {{"revision", &out.revision},
         {"message", &out.message},
         {"file", &out.file},
         {"checksum", &out.checksum}}};
    for (const auto& [name, to] : texts) {
        auto value = string_member(object, name);
        if (value.has_error())
            return value.error();
        *to = std::move(*value);
    }
    const json::value* parents = object.if_contains("parents");
    if (parents == nullptr || !parents->is_array())
        return wrong_body("\"parents\" must be an array");
    for (const json::value& parent : parents->get_array()) {
        if (!parent.is_string())
            return wrong_body("\"parents\" must hold strings");
        out.parents.emplace_back(parent.get_string());
    }
    const json::value* up = object.if_contains("up");
    if (up == nullptr)
        return wrong_body("\"up\" is missing");
    auto half = read_half(*up, "up");
    if (half.has_error())
        return half.error();
    out.up = std::move(*half);
    if (const json::value* down = object.if_contains("down")) {
        half = read_half(*down, "down");
        if (half.has_error())
            return half.error();
        out.down = std::move(*half);
    }
    return out;
}

json::array strings(const std::vector<std::string>& values) {
    return json::array(values.begin(), values.end());
}

} // namespace

result<check_request> read_check_request(const json::object& body) {
    check_request out;
    const json::value* revisions = body.if_contains("revisions");
    if (revisions == nullptr || !revisions->is_array())
        return wrong_body("\"revisions\" must be an array");
    for (const json::value& one : revisions->get_array()) {
        auto revision = read_revision(one);
        if (revision.has_error())
            return revision.error();
        out.revisions.push_back(std::move(*revision));
    }
    const std::array<std::pair<std::string_view, bool*>, 3> flags{
        {{"drift", &out.drift}, {"roundtrip", &out.roundtrip}, {"strict", &out.strict}}};
    for (const auto& [name, to] : flags) {
        const auto value = bool_member(body, name, *to);
        if (value.has_error())
            return value.error();
        *to = *value;
    }
    return out;
}

json::object to_json(const check_report& report) {
    json::array findings;
    for (const finding& f : report.findings) {
        json::object one{{"kind", to_string(f.what)},
                         {"text", f.text},
                         {"revision", f.revision},
                         {"file", f.file}};
        if (!f.diff.empty())
            one["diff"] = f.diff;
        findings.emplace_back(std::move(one));
    }
    return {{"findings", std::move(findings)},
            {"notes", strings(report.notes)},
            {"unmodelled", strings(report.unmodelled)}};
}

} // namespace headspace::migrate
