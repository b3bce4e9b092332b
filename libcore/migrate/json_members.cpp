#include "migrate/json_members.hpp"

#include <boost/json/value.hpp>

namespace headspace::migrate {

namespace json = boost::json;

error wrong_body(const std::string& what) {
    return make_error(errc::bad_request, error_class::refuse, what);
}

result<std::string> string_member(const json::object& from, std::string_view name) {
    const json::value* found = from.if_contains(name);
    if (found == nullptr || !found->is_string())
        return wrong_body("\"" + std::string(name) + "\" must be a string");
    return std::string(found->get_string());
}

result<bool> bool_member(const json::object& from, std::string_view name, bool otherwise) {
    const json::value* found = from.if_contains(name);
    if (found == nullptr)
        return otherwise;
    if (!found->is_bool())
        return wrong_body("\"" + std::string(name) + "\" must be true or false");
    return found->get_bool();
}

} // namespace headspace::migrate
