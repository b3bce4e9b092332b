#include "support/temp_directory.hpp"

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <system_error>

namespace headspace::test {

namespace {

constexpr std::size_t short_enough = 40; // a Unix socket's path has 107 bytes

std::string parent() {
    const char* given = std::getenv("TMPDIR");
    const std::string wanted = given != nullptr ? given : "";
    return !wanted.empty() && wanted.size() <= short_enough ? wanted : "/tmp";
}

} // namespace

temp_directory::temp_directory(const std::string& prefix) {
    std::string name = parent() + "/" + prefix + "-XXXXXX";
    if (mkdtemp(name.data()) == nullptr)
        throw std::runtime_error("cannot make a directory like " + name);
    path_ = name;
}

temp_directory::~temp_directory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
}

std::string read_file(const std::filesystem::path& file) {
    std::ifstream in(file, std::ios::binary);
    if (!in)
        throw std::runtime_error("cannot read " + file.string());
    return {std::istreambuf_iterator<char>(in), {}};
}

void write_file(const std::filesystem::path& file, const std::string& text) {
    std::ofstream out(file, std::ios::binary | std::ios::trunc);
    out << text;
    if (!out.flush())
        throw std::runtime_error("cannot write " + file.string());
}

} // namespace headspace::test
