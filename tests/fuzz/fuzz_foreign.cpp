// The readers of other tools' files. The first byte chooses the format, the rest is the file.
#include "promise.hpp"
#include "revisions/formats/detect.hpp"
#include "revisions/graph.hpp"

#include <array>
#include <string>

using namespace headspace;
using namespace headspace::revisions;
using headspace::test::promise;

namespace {

struct kind {
    directory_format format;
    const char* path;
};

constexpr std::array<kind, 6> kinds{{{directory_format::goose, "1_x.sql"},
                                     {directory_format::golang_migrate, "1_x.up.sql"},
                                     {directory_format::flyway, "V1__x.sql"},
                                     {directory_format::flyway, "V1__x.sql.conf"},
                                     {directory_format::diesel, "1_x/metadata.toml"},
                                     {directory_format::dbmate, "1_x.sql"}}};

void check(const section& s) {
    const auto stored = parse_section(s.text, "x");
    promise(stored.has_value(), "what the ledger stores reads back");
    promise(stored->options.transaction == s.options.transaction, "with its options");
    promise(stored->statements.size() == s.statements.size(), "and its statements");
    for (std::size_t i = 0; i < s.statements.size(); ++i)
        promise(stored->statements[i].text == s.statements[i].text, "which are the same");
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0)
        return 0;
    const kind& which = kinds[data[0] % kinds.size()];
    const std::string path = which.path;
    std::vector<foreign_file> files{{path, std::string(test::as_text(data + 1, size - 1))}};
    if (path == "V1__x.sql.conf")
        files.push_back({"V1__x.sql", "select 1;"});
    if (path == "1_x/metadata.toml")
        files.push_back({"1_x/up.sql", "select 1;"});
    (void)detect(files, "x");
    const foreign_reading read = read_foreign(which.format, files);
    promise(read.problems.size() + read.scripts.size() == 1, "a file is a revision or a problem");
    for (const error& e : read.problems)
        promise(e.message.starts_with(path), "an error names the file");
    for (const script& s : read.scripts) {
        promise(s.revision == "1", "the name says the revision");
        promise(!s.message.empty(), "there is always a message");
        check(s.up);
        if (s.down)
            check(*s.down);
        const auto native = parse_script("1_x.sql", s.text);
        promise(native.has_value() && native->checksum == s.checksum,
                "the text is a file of our own format");
    }
    return 0;
}
