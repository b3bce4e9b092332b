// Child processes of tests. They die with the test (PR_SET_PDEATHSIG), whatever becomes of it.
#pragma once

#include "base/time.hpp"

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <sys/types.h>
#include <vector>

namespace headspace::test {

struct process_options {
    std::string user = {};                // "": ours; anything else only as root
    std::filesystem::path output = {};    // stdout and stderr, appended; "": /dev/null
    std::filesystem::path directory = {}; // working directory; "": ours
    std::map<std::string, std::string> environment = {}; // beside ours
    std::vector<std::string> without = {}; // variables (or PREFIX*) the child does not get
    int death_signal = 9;                  // sent to the child when the test dies
};

/// Starts argv[0], an absolute path or a name in PATH. Throws std::runtime_error when there is no
/// such user or program. The caller owns the child: wait_for() collects it.
pid_t spawn(const std::vector<std::string>& argv, const process_options& options = {});

/// The child's status as of waitpid, or nothing when it still runs after `limit`.
std::optional<int> wait_for(pid_t child, duration limit);

struct process_outcome {
    int exit_status = -1; // 128 + signal for a child that was killed
    std::string output;
};
/// Runs to the end; throws std::runtime_error when that takes longer than `limit`.
process_outcome run(const std::vector<std::string>& argv, process_options options = {},
                    duration limit = std::chrono::seconds(120));

/// Every process whose parent is `parent` now.
std::vector<pid_t> children_of(pid_t parent);
/// False also for a process that has ended and was not collected yet.
bool is_running(pid_t process);
/// Polls until `condition` holds; false when it does not within `limit`, which is for machines that
/// are slow or stand still for a while: what passes takes no longer for it.
template<class Condition>
bool eventually(Condition condition, duration limit = std::chrono::seconds(30));

void pause_briefly();

template<class Condition>
bool eventually(Condition condition, duration limit) {
    const auto until = clock::now() + limit;
    while (!condition()) {
        if (clock::now() > until)
            return false;
        pause_briefly();
    }
    return true;
}

} // namespace headspace::test
