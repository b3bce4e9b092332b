#include "promise.hpp"
#include "revisions/script.hpp"
#include "revisions/sum.hpp"

using namespace headspace;
using namespace headspace::revisions;
using headspace::test::promise;

namespace {

void check(const section& s, const char* label) {
    const auto stored = parse_section(s.text, label);
    promise(stored.has_value(), "what the ledger stores reads back");
    promise(stored->options.transaction == s.options.transaction, "with its options");
    promise(stored->options.lock_timeout == s.options.lock_timeout, "all of them");
    promise(stored->statements.size() == s.statements.size(), "and its statements");
    for (std::size_t i = 0; i < s.statements.size(); ++i) {
        const statement& one = s.statements[i];
        promise(stored->statements[i].text == one.text, "which are the same");
        promise(s.text.substr(one.offset, one.text.size()) == one.text,
                "offsets point into the section");
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto s = parse_script("20261121100000_x.sql", test::as_text(data, size));
    if (!s) {
        promise(s.error().message.starts_with("versions/20261121100000_x.sql:"),
                "an error names file and line");
        return 0;
    }
    promise(s->checksum.size() == 64, "a checksum is 64 digits");
    promise(!s->message.empty(), "there is always a message");
    check(s->up, "up");
    if (s->down)
        check(*s->down, "down");
    (void)forbidden_statements(s->up, "x");
    const auto lines = parse_sum(compute_sum({*s}));
    promise(lines && compare_sum(*lines, {*s}).empty(), "a sum covers what it was computed from");
    return 0;
}
