#include "config/conninfo.hpp"
#include "promise.hpp"

#include <string>

using namespace headspace;
using namespace headspace::config;
using headspace::test::promise;

namespace {

/// A password is told from chance by its length, and from what may be shown by not being part of
/// it.
bool is_telling(std::string_view password, const conninfo& value) {
    if (password.size() < 8)
        return false;
    std::string shown = value.user + " " + value.database + " " + value.service;
    for (const host_entry& h : value.hosts)
        shown += " " + h.host + " " + h.hostaddr;
    for (const auto& [key, text] : value.parameters)
        shown += " " + key + " " + text;
    return shown.find(password) == std::string::npos;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text = test::as_text(data, size);
    const auto parsed = parse_conninfo(text, "fuzz");
    if (!parsed) {
        promise(!parsed.error().message.empty(), "an error says something");
        return 0;
    }
    const conninfo& value = parsed->value;
    std::string shown = value.masked() + "\n" + value.log_form() + "\n" + value.where();
    for (const std::string& warning : parsed->warnings)
        shown += "\n" + warning;
    if (value.password && is_telling(value.password->reveal(), value))
        promise(shown.find(value.password->reveal()) == std::string::npos,
                "a password is never shown");
    for (const host_entry& h : value.hosts)
        (void)default_sslmode(h);
    return 0;
}
