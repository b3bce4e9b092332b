// What PostgreSQL's parser accepts, the splitter cuts at the same places.
#include "../unit/revisions/oracle.hpp"
#include "promise.hpp"

#include <string>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string sql(headspace::test::as_text(data, size));
    if (sql.find('\0') != std::string::npos)
        return 0; // the parser would stop there
    const std::string difference = headspace::test::disagreement(sql, "x.sql");
    // The one thing that the parser knows and migrations may not do.
    if (difference.find("COPY ... FROM STDIN") == std::string::npos)
        headspace::test::promise(difference.empty(), difference.c_str());
    return 0;
}
