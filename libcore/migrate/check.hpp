// `db check` inside the daemon: the files beside the ledger, the live catalogue beside what the
// applied revisions make in a scratch database, and all files up, down to base and up again.
#pragma once

#include "base/error.hpp"
#include "base/time.hpp"
#include "migrate/findings.hpp"
#include "migrate/scratch.hpp"
#include "pg/session.hpp"
#include "revisions/directory.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace headspace::migrate {

/// One half of a file as it is sent: of any format, since it is the parsed section.
struct sent_half {
    std::string text;       // revisions::section::text
    std::uint32_t line = 1; // revisions::section::line
    bool transaction = true;
};

struct sent_revision {
    std::string revision;
    std::vector<std::string> parents;
    std::string message;
    std::string file;
    std::string checksum;
    sent_half up;
    std::optional<sent_half> down;
};

struct check_request {
    std::vector<sent_revision> revisions;
    bool drift = true; // compare catalogues; needs scratch databases
    bool roundtrip = false;
    bool strict = false; // objects that are not compared are findings
};

struct check_report {
    std::vector<finding> findings;
    std::vector<std::string> notes;
    std::vector<std::string> unmodelled; // "operator public.=== (integer, integer)"
    /// Why catalogues could not be compared; what else was found stands above.
    std::optional<error> incomplete;
};

struct check_settings {
    std::shared_ptr<pg::connector> target;
    duration connect_timeout{}; // of one round over all hosts
    duration query_timeout{};
    duration scratch_timeout{}; // of everything in scratch databases
};

/// "replaying the migrations", 3 of 7.
using check_sink = std::function<void(const std::string& what, std::size_t done, std::size_t all)>;

/// The files that were sent, as if read from a directory. Errors: those of parse_section().
result<revisions::directory> read_sent(const std::vector<sent_revision>& sent);

/// `databases` is not begun yet; it is ended here. Errors: those of connecting and of the ledger,
/// malformed_file, cancelled.
asio::awaitable<result<check_report>> check(check_settings settings,
                                            std::shared_ptr<scratch> databases, check_request what,
                                            check_sink told);

} // namespace headspace::migrate
