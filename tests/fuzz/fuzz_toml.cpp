#include "config/load.hpp"
#include "promise.hpp"

#include <algorithm>

using namespace headspace;
using namespace headspace::config;
using headspace::test::promise;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text = test::as_text(data, size);
    const file_settings file = load_toml(text, "fuzz.toml");
    const auto lines = static_cast<std::uint32_t>(std::count(text.begin(), text.end(), '\n')) + 1;
    for (const auto& list : {file.errors, file.warnings})
        for (const diagnostic& d : list) {
            promise(!d.message.empty(), "a diagnostic says something");
            promise(d.line <= lines, "a diagnostic names a line of the file");
        }
    if (!file.errors.empty())
        return 0;
    for (const auto& [key, where] : file.given)
        promise(where.line >= 1 && where.line <= lines, "a key stands on a line of the file");
    const settings& s = file.values;
    promise(s.database.pool_size >= 1 && s.database.pool_size <= 10000, "the pool has a size");
    promise(s.database.pool_timeout >= duration::zero(), "no duration is negative");
    promise(s.shutdown.drain_timeout >= duration::zero(), "no duration is negative");
    return 0;
}
