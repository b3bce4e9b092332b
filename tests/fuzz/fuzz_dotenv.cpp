#include "config/dotenv.hpp"
#include "promise.hpp"

using namespace headspace;
using namespace headspace::config;
using headspace::test::promise;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const dotenv_file file = parse_dotenv(test::as_text(data, size), ".env");
    promise(file.errors.empty() || file.variables.empty(), "with errors there are no variables");
    for (const auto& [name, value] : file.variables) {
        promise(is_our_variable(name), "only our variables are kept");
        promise(value.line >= 1, "a value has a line");
    }
    return 0;
}
