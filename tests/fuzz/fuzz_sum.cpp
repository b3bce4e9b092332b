#include "promise.hpp"
#include "revisions/sum.hpp"

using namespace headspace;
using namespace headspace::revisions;
using headspace::test::promise;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto lines = parse_sum(test::as_text(data, size));
    if (!lines) {
        promise(lines.error().message.starts_with("headspace.sum:"), "an error names its line");
        return 0;
    }
    promise(compare_sum(*lines, {}).size() == lines->size(), "without files all were removed");
    return 0;
}
