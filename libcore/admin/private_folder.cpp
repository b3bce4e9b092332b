#include "admin/private_folder.hpp"

#include <cerrno>
#include <cstring>
#include <sys/stat.h>
#include <unistd.h>

namespace headspace::admin {

std::string folder_of(const std::string& path) {
    const std::size_t slash = path.rfind('/');
    return slash == std::string::npos ? "." : slash == 0 ? "/" : path.substr(0, slash);
}

result<void> check_private_folder(const std::string& folder) {
    struct stat info {};
    if (::lstat(folder.c_str(), &info) != 0)
        return make_error(errc::io_failed, error_class::refuse,
                          "cannot look at " + folder + ": " + std::strerror(errno));
    if (S_ISDIR(info.st_mode) && info.st_uid == ::geteuid() && (info.st_mode & 0777U) == 0700U)
        return {};
    return make_error(errc::conflict_here, error_class::refuse,
                      "the folder " + folder + " of the admin socket is not ours alone",
                      "it must be a directory that belongs to this user with mode 0700; remove it, "
                      "or set XDG_RUNTIME_DIR or the socket's path");
}

} // namespace headspace::admin
