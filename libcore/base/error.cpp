#include "base/error.hpp"

#include <stdexcept>

namespace headspace {

namespace {

// Boost gives its base class a protected, non-virtual destructor on purpose: categories are never
// deleted.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wnon-virtual-dtor"
class category final : public boost::system::error_category {
public:
    const char* name() const noexcept override { return "headspace"; }
    std::string message(int value) const override {
        return "headspace error " + std::to_string(value);
    }
};
#pragma GCC diagnostic pop

} // namespace

const boost::system::error_category& headspace_category() noexcept {
    static const category instance;
    return instance;
}

boost::system::error_code make_error_code(errc code) noexcept {
    return {static_cast<int>(code), headspace_category()};
}

std::string error::text() const {
    std::string out = message;
    if (!sqlstate.empty() && message.find(sqlstate) == std::string::npos)
        out += " (" + sqlstate + ")";
    if (!hint.empty())
        out += ": " + hint;
    return out;
}

error make_error(errc code, error_class kind, std::string message, std::string hint) {
    error e;
    e.code = make_error_code(code);
    e.kind = kind;
    e.message = std::move(message);
    e.hint = std::move(hint);
    return e;
}

void throw_exception_from_error(const error& e, const boost::source_location& where) {
    throw std::logic_error("unchecked error at " + where.to_string() + ": " + e.message);
}

} // namespace headspace
