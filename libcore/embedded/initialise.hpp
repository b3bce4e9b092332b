// Makes a new cluster: beside its place, under another name, and in one step at its place when it
// is whole.
#pragma once

#include "embedded/folders.hpp"
#include "embedded/locate.hpp"
#include "io/asio.hpp"

#include <string>

namespace headspace::embedded {

struct new_cluster {
    programs with;
    std::string superuser;
    server_account account;
    bool ephemeral = false; // then nothing is synced
    duration limit;
};

/// `lock` is that of the (empty) data directory and must outlive the coroutine. Errors: unavailable
/// when initdb fails (its own words), refuse when the folder cannot be put into place; nothing of
/// the try is left.
asio::awaitable<result<void>> initialise(folder_lock& lock, new_cluster made);

} // namespace headspace::embedded
