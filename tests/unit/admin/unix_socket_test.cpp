// Making, replacing and removing the socket file.
#include "support.hpp"
#include "support/process.hpp"

#include <array>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>

using namespace headspace;
using namespace headspace::admin;
using namespace headspace::admin::testing;

namespace fs = std::filesystem;

namespace {

struct unix_socket : ::testing::Test {
    test::temp_directory folder;
    asio::io_context context;
    std::string path = folder.path() / "admin.sock";

    result<listener> make(mode_t mode = 0660, std::string group = {}) {
        return listener::unix_socket(context.get_executor(), {path, mode, std::move(group), false});
    }
};

mode_t mode_of(const std::string& path) {
    struct stat info {};
    return ::lstat(path.c_str(), &info) == 0 ? info.st_mode & 07777U : 0;
}

/// A socket file whose listener was killed.
void leave_behind(const std::string& path, int type = SOCK_STREAM) {
    const int fd = ::socket(AF_UNIX, type, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::copy(path.begin(), path.end(), address.sun_path);
    ASSERT_EQ(::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    ::close(fd);
}

} // namespace

TEST_F(unix_socket, it_has_the_mode_that_was_asked_for_whatever_the_umask) {
    const mode_t old = ::umask(0777);
    const auto made = make(0660);
    ::umask(old);
    ASSERT_TRUE(made) << made.error().text();
    EXPECT_EQ(mode_of(path), 0660U);
    EXPECT_EQ(made->where(), path);
    EXPECT_EQ(made->reach(), scope::admin);
}

TEST_F(unix_socket, missing_folders_are_made) {
    path = folder.path() / "a" / "b" / "admin.sock";
    EXPECT_TRUE(make());
    EXPECT_TRUE(raw_client(path).connected() == false);
}

TEST_F(unix_socket, a_left_over_file_is_replaced) {
    leave_behind(path);
    const auto made = make();
    ASSERT_TRUE(made) << made.error().text();
    EXPECT_TRUE(raw_client(path).connected());
}

TEST_F(unix_socket, a_living_daemon_is_named_with_its_pid_and_keeps_its_socket) {
    const auto first = make();
    ASSERT_TRUE(first);
    const auto second = make();
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, make_error_code(errc::conflict_here));
    EXPECT_EQ(second.error().message,
              "another headspaced (pid " + std::to_string(::getpid()) + ") answers on " + path);
    EXPECT_TRUE(raw_client(path).connected());
}

TEST_F(unix_socket, a_socket_that_somebody_else_listens_on_without_our_lock_is_left_alone) {
    const int fd = ::socket(AF_UNIX, SOCK_STREAM, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::copy(path.begin(), path.end(), address.sun_path);
    ASSERT_EQ(::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    ASSERT_EQ(::listen(fd, 1), 0);
    const auto made = make();
    ASSERT_FALSE(made);
    EXPECT_NE(made.error().message.find("(pid " + std::to_string(::getpid()) + ")"),
              std::string::npos);
    EXPECT_TRUE(fs::exists(path));
    ::close(fd);
}

TEST_F(unix_socket, a_file_that_is_no_socket_is_never_touched) {
    test::write_file(path, "precious");
    const auto made = make();
    ASSERT_FALSE(made);
    EXPECT_EQ(made.error().code, make_error_code(errc::conflict_here));
    EXPECT_EQ(test::read_file(path), "precious");
}

TEST_F(unix_socket, a_symbolic_link_is_no_socket) {
    const std::string target = folder.path() / "other.sock";
    leave_behind(target);
    fs::create_symlink(target, path);
    EXPECT_FALSE(make());
    EXPECT_TRUE(fs::is_symlink(path));
    EXPECT_TRUE(fs::exists(target));
}

TEST_F(unix_socket, closing_removes_the_file_and_the_lock) {
    {
        const auto made = make();
        ASSERT_TRUE(made);
        EXPECT_TRUE(fs::exists(path + ".lock"));
    }
    EXPECT_FALSE(fs::exists(path));
    EXPECT_FALSE(fs::exists(path + ".lock"));
}

TEST_F(unix_socket, closing_leaves_a_file_that_another_made_in_its_place) {
    auto made = make();
    ASSERT_TRUE(made);
    fs::remove(path);
    leave_behind(path);
    made->close();
    EXPECT_TRUE(fs::exists(path));
}

TEST_F(unix_socket, moving_a_listener_keeps_the_file) {
    auto made = make();
    ASSERT_TRUE(made);
    listener moved = std::move(*made);
    EXPECT_TRUE(raw_client(path).connected());
    moved.close();
    EXPECT_FALSE(fs::exists(path));
}

TEST_F(unix_socket, a_lock_that_a_killed_daemon_left_is_no_hindrance) {
    test::write_file(path + ".lock", "1\n");
    EXPECT_TRUE(make());
}

TEST_F(unix_socket, of_many_that_start_at_once_exactly_one_wins) {
    leave_behind(path);
    std::array<int, 2> go{};
    ASSERT_EQ(::pipe(go.data()), 0);
    std::vector<pid_t> children;
    for (int i = 0; i < 8; ++i) {
        const pid_t child = ::fork();
        if (child == 0) {
            char byte = 0;
            ::close(go[1]);
            static_cast<void>(::read(go[0], &byte, 1)); // all begin when the parent closes its end
            asio::io_context own;
            auto made = listener::unix_socket(own.get_executor(), {path, 0600, "", false});
            if (made)
                ::pause(); // listening until killed
            ::_exit(made.error().code == make_error_code(errc::conflict_here) ? 1 : 2);
        }
        children.push_back(child);
    }
    ::close(go[0]);
    ::close(go[1]);
    int refused = 0;
    for (int i = 0; i < 7; ++i) {
        int status = 0;
        const pid_t ended = ::wait(&status);
        std::erase(children, ended);
        refused += WIFEXITED(status) && WEXITSTATUS(status) == 1 ? 1 : 0;
    }
    EXPECT_EQ(refused, 7);
    ASSERT_EQ(children.size(), 1U);
    // The others are refused as soon as it holds the lock, which is before it listens.
    EXPECT_TRUE(test::eventually([&] { return raw_client(path).connected(); }));
    ::kill(children[0], SIGKILL);
    ::waitpid(children[0], nullptr, 0);
    EXPECT_TRUE(make()) << "what the killed one left is replaced";
}

TEST_F(unix_socket, a_path_that_does_not_fit_is_named) {
    path = folder.path() / std::string(120, 'x');
    const auto made = make();
    ASSERT_FALSE(made);
    EXPECT_NE(made.error().message.find("too long"), std::string::npos);
}

TEST_F(unix_socket, an_unknown_group_is_named_and_nothing_is_left_behind) {
    const auto made = make(0660, "no-such-group-here");
    ASSERT_FALSE(made);
    EXPECT_NE(made.error().message.find("no-such-group-here"), std::string::npos);
    EXPECT_FALSE(fs::exists(path));
    EXPECT_FALSE(fs::exists(path + ".lock"));
}

TEST_F(unix_socket, it_is_given_to_the_group_by_number) {
    const auto made = make(0660, std::to_string(::getegid()));
    ASSERT_TRUE(made) << made.error().text();
    struct stat info {};
    ::lstat(path.c_str(), &info);
    EXPECT_EQ(info.st_gid, ::getegid());
}

TEST_F(unix_socket, a_private_folder_that_others_may_enter_is_refused) {
    const fs::path shared = folder.path() / "shared";
    fs::create_directory(shared);
    path = shared / "admin.sock";
    const auto attempt = [&] {
        return listener::unix_socket(context.get_executor(), {path, 0660, "", true});
    };
    fs::permissions(shared, fs::perms::owner_all | fs::perms::others_exec);
    ASSERT_FALSE(attempt());
    EXPECT_EQ(attempt().error().code, make_error_code(errc::conflict_here));
    fs::permissions(shared, fs::perms::owner_all);
    EXPECT_TRUE(attempt());
    fs::remove_all(shared);
    EXPECT_TRUE(attempt()) << "one that is missing is made";
    EXPECT_EQ(mode_of(shared), 0700U);
    fs::rename(shared, folder.path() / "real");
    fs::create_symlink(folder.path() / "real", shared);
    EXPECT_FALSE(attempt()) << "a symbolic link is not ours";
}

TEST_F(unix_socket, an_inherited_socket_is_adopted_and_its_file_stays) {
    const int fd = ::socket(AF_UNIX, SOCK_STREAM, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::copy(path.begin(), path.end(), address.sun_path);
    ASSERT_EQ(::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    EXPECT_FALSE(listener::adopt(context.get_executor(), fd)) << "it does not listen yet";
    ASSERT_EQ(::listen(fd, 5), 0);
    {
        const auto made = listener::adopt(context.get_executor(), fd);
        ASSERT_TRUE(made) << made.error().text();
        EXPECT_EQ(made->where(), path);
    }
    EXPECT_TRUE(fs::exists(path));
}

TEST_F(unix_socket, what_is_no_listening_unix_socket_is_not_adopted) {
    EXPECT_FALSE(listener::adopt(context.get_executor(), -1));
    const int file = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
    EXPECT_FALSE(listener::adopt(context.get_executor(), file));
    EXPECT_EQ(::close(file), 0) << "it is still the caller's";
}
