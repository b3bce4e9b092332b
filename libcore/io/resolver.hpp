// Names to addresses beside the event loop. A lookup that hangs costs its callers their deadline
// and one thread, never the loop or the end of the process, and other names are looked up
// meanwhile.
#pragma once

#include "io/blocking.hpp"

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace headspace::io {

struct addresses {
    std::vector<std::string> list; // numeric, in the order of preference; never empty
    bool stale = false;            // from an earlier lookup: the present one does not answer
};

class resolver {
public:
    /// Blocks; called on threads. Errors: io_failed; not_found when there is no such name, which
    /// makes an earlier answer worthless.
    using lookup_function =
        std::function<result<std::vector<std::string>>(const std::string& name)>;

    /// `threads`: how many names may be looked up at once. The default asks the system.
    explicit resolver(std::size_t threads, lookup_function lookup = system_lookup());
    ~resolver();

    /// A numeric address is its own answer. Where a lookup hangs or fails for now, the answer of
    /// the last one that succeeded is given and marked stale. One lookup of a name runs at a time,
    /// shared by all who ask. Errors: io_failed, timed_out, cancelled; kind retry; naming the name.
    asio::awaitable<result<addresses>> resolve(std::string name, time_point until);

    /// getaddrinfo for stream sockets.
    static lookup_function system_lookup();

private:
    struct entry;
    struct shared;
    std::shared_ptr<shared> shared_;
    blocking threads_;
};

} // namespace headspace::io
