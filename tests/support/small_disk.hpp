// A file system that a test fills and empties, for a cluster's tables: the server's own errors of a
// full disk (53100). As root a real tmpfs of 96 MB; where mounting is not permitted, a library in
// the server that refuses to make files longer, which is said.
#pragma once

#include "support/temp_directory.hpp"

#include <filesystem>

namespace headspace::test {

class temp_cluster;

class small_disk {
public:
    /// `cluster` has not been started yet; this starts it.
    explicit small_disk(temp_cluster& cluster);
    /// Stops the cluster.
    ~small_disk();
    small_disk(const small_disk&) = delete;
    small_disk& operator=(const small_disk&) = delete;

    void fill();
    void free();
    [[nodiscard]] bool real() const { return mounted_; }

private:
    [[nodiscard]] std::filesystem::path filler() const { return home_.path() / "filler"; }

    temp_cluster& cluster_;
    temp_directory home_{"hsfull"};
    bool mounted_ = false;
};

} // namespace headspace::test
