#include "support/small_disk.hpp"

#include "support/temp_cluster.hpp"

#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <pwd.h>
#include <stdexcept>
#include <sys/mount.h>
#include <unistd.h>
#include <vector>

namespace headspace::test {

namespace fs = std::filesystem;

namespace {

constexpr const char* preload = "LD_PRELOAD";
constexpr const char* switch_file = "TEST_FULL_DISK";

void give_to_server(const fs::path& path) {
    const passwd* user = getpwnam("postgres");
    if (user == nullptr || lchown(path.c_str(), user->pw_uid, user->pw_gid) != 0)
        throw std::runtime_error("cannot give " + path.string() + " to postgres");
}

} // namespace

small_disk::small_disk(temp_cluster& cluster) : cluster_(cluster) {
    mounted_ = ::mount("headspace_test", home_.path().c_str(), "tmpfs", 0, "size=96m") == 0;
    // The server looks into it, as another user.
    fs::permissions(home_.path(), fs::perms(0711));
    if (!mounted_) {
        std::printf("no file system can be mounted here: the full disk is one that a library in "
                    "the server pretends\n");
        ::setenv(preload, HEADSPACE_TEST_FULL_DISK, 1);
        ::setenv(switch_file, filler().c_str(), 1);
        cluster.start();
        ::unsetenv(preload);
        ::unsetenv(switch_file);
        return;
    }
    const fs::path base = cluster.data_directory() / "base";
    const fs::path there = home_.path() / "base";
    fs::copy(base, there, fs::copy_options::recursive);
    fs::remove_all(base);
    fs::create_directory_symlink(there, base);
    give_to_server(there);
    for (const auto& entry : fs::recursive_directory_iterator(there))
        give_to_server(entry.path());
    cluster.start();
}

small_disk::~small_disk() {
    try {
        if (cluster_.running())
            cluster_.stop(stop_mode::immediate);
    } catch (const std::exception&) {
        std::printf("the cluster on the small disk did not stop\n");
    }
    if (mounted_)
        ::umount2(home_.path().c_str(), MNT_DETACH);
}

void small_disk::fill() {
    if (!mounted_) {
        write_file(filler(), "");
        return;
    }
    // What is in memory only needs no room that it has not got.
    cluster_.sql("postgres", "CHECKPOINT");
    const int file = ::open(filler().c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    const std::vector<char> page(4096);
    while (::write(file, page.data(), page.size()) > 0) {
    }
    ::close(file);
}

void small_disk::free() {
    fs::remove(filler());
}

} // namespace headspace::test
