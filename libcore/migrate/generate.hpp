// db migrate inside the daemon: from the files and the declared schema to proved revisions. Every
// run works in scratch databases only.
#pragma once

#include "base/event.hpp"
#include "base/jitter.hpp"
#include "config/conninfo.hpp"
#include "config/settings.hpp"
#include "io/blocking.hpp"
#include "migrate/draft.hpp"
#include "migrate/scratch.hpp"
#include "revisions/declared.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace headspace::migrate {

/// The up half of a migration file as it is sent: of any format, since it is the parsed section.
struct sent_migration {
    std::string file;
    std::string up;         // revisions::section::text
    std::uint32_t line = 1; // revisions::section::line
    bool transaction = true;
};

struct generate_request {
    std::vector<sent_migration> migrations; // in the order in which they run
    std::vector<revisions::schema_file> schema;
    std::vector<revisions::rename_note> renames; // of --rename; those of the files are read here
    bool online = false; // forms that block nobody, in several revisions where needed
    bool strict = false; // refuse when there are objects that are not compared
    /// The declared model is this database and not `schema`.
    std::optional<config::conninfo> model;
    /// db pull: the declared model is the target itself, and there are no migrations.
    bool pull = false;
};

struct generated {
    std::vector<revision_draft> revisions; // empty: nothing to do
    std::vector<std::string> detected;     // "Detected added table 'x'"
    std::vector<std::string> hints;
    std::vector<std::string> notes;
    std::vector<std::string> unmodelled;        // "operator public.=== (integer, integer)"
    std::vector<revisions::schema_file> pulled; // of a pull: schema/*.sql
    std::uint64_t seeded_rows = 0;              // that the proof watched
};

struct generate_progress {
    enum class phase { loading, comparing, proving };
    phase what = phase::loading;
    std::string text;     // "replaying the migrations"
    std::size_t done = 0; // of `all`; 0 of 0 where nothing is counted
    std::size_t all = 0;
};
using generate_sink = std::function<void(const generate_progress&)>;

struct generate_limits {
    duration scratch_timeout{}; // of a whole run
    duration connect_timeout{}; // of one round over all hosts
    duration query_timeout{};   // of dropping one scratch database
    duration connection_check{};
};

generate_limits make_generate_limits(const config::settings& all);

struct generate_settings {
    std::shared_ptr<pg::connector> target; // the database that migrations are for
    database_opener open;                  // where scratch databases live
    bool elsewhere = false;                // that is another server
    /// Opens the model's database, for reading only.
    std::function<std::shared_ptr<pg::connector>(const config::conninfo&)> open_model;
    generate_limits limits;
};

/// One run at a time.
class generator {
public:
    /// `jitter` must outlive it.
    generator(asio::any_io_executor executor, jitter_source& jitter);

    /// For the next run.
    void apply(generate_settings settings) { settings_ = std::move(settings); }
    void apply(generate_limits limits) { settings_.limits = limits; }

    /// Errors, nothing being written then: malformed_file, migration_failed, schema_invalid,
    /// no_scratch_rights, unmodelled_objects, proof_failed (which names what differs),
    /// conflict_here (a change that cannot be planned without guessing), unsupported_server,
    /// standby, unsafe_through_pooler, cancelled, timed_out, and those of connecting.
    asio::awaitable<result<generated>> run(generate_request what, generate_sink told);
    /// run() then returns errc::cancelled, its databases dropped.
    void cancel();

    /// Drops what killed runs have left; the names, and what could not be dropped.
    struct reaped {
        std::vector<std::string> dropped;
        std::vector<std::string> warnings;
    };
    asio::awaitable<result<reaped>> reap();

private:
    scratch_options options() const;

    asio::any_io_executor executor_;
    jitter_source& jitter_;
    std::shared_ptr<io::blocking> threads_;
    generate_settings settings_;
    std::weak_ptr<scratch> current_;
};

} // namespace headspace::migrate
