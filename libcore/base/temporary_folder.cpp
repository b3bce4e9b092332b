#include "base/temporary_folder.hpp"

#include <cerrno>
#include <cstdlib>
#include <system_error>
#include <unistd.h>

namespace headspace {

namespace fs = std::filesystem;

result<fs::path> make_temporary_folder(const fs::path& parent, const std::string& prefix) {
    std::string name = (parent / (prefix + "XXXXXX")).string();
    if (::mkdtemp(name.data()) == nullptr) {
        const int reason = errno;
        return make_error(errc::io_failed, error_class::refuse,
                          "cannot make a folder in " + parent.string() + ": " +
                              std::generic_category().message(reason));
    }
    return fs::path(name);
}

result<temporary_folder> temporary_folder::make(const fs::path& wanted, const std::string& prefix) {
    std::error_code ec;
    const bool usable = fs::is_directory(wanted, ec) && ::access(wanted.c_str(), W_OK) == 0;
    auto made = make_temporary_folder(usable ? wanted : fs::temp_directory_path(ec), prefix);
    if (made.has_error())
        return made.error();
    return temporary_folder(std::move(*made));
}

temporary_folder::~temporary_folder() {
    std::error_code ec;
    if (!path_.empty())
        fs::remove_all(path_, ec);
}

} // namespace headspace
