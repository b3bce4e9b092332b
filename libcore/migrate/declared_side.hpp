// The declared side of db migrate: the files of schema/, a model's database or, for db pull, the
// target itself; as a catalogue, as a scratch database, and as files.
#pragma once

#include "migrate/approach.hpp"
#include "migrate/generate.hpp"
#include "migrate/load_declared.hpp"

#include <memory>
#include <string>
#include <vector>

namespace headspace::migrate {

class declared_side {
public:
    /// `databases` must outlive it.
    declared_side(generate_settings settings, scratch& databases,
                  std::shared_ptr<io::blocking> threads, generate_sink told, time_point until);

    /// B. Errors: those of load_declaration(); those of connecting to the model, and
    /// unsupported_server when it is of another major version.
    asio::awaitable<result<catalogue_pointer>> load_files(revisions::declaration declared);
    asio::awaitable<result<catalogue_pointer>> read_model(config::conninfo model,
                                                          catalogue_pointer made);
    asio::awaitable<result<catalogue_pointer>> read_target(catalogue_pointer made);

    /// A connection to a scratch database where B is, once one of these has been called. A model's
    /// is made from what its catalogue says.
    asio::awaitable<result<std::shared_ptr<pg::session>>> in_scratch();

    /// db pull: files that say the same as the database, in the order of their names; `planned`
    /// makes B of nothing. Errors: proof_failed when they do not.
    asio::awaitable<result<std::vector<revisions::schema_file>>>
    draft_files(std::vector<schema::planned_statement> planned);

    std::vector<std::string> notes;

private:
    asio::awaitable<result<catalogue_pointer>> load(revisions::declaration declared);
    asio::awaitable<result<catalogue_pointer>> load_into(std::shared_ptr<pg::session> session,
                                                         revisions::declaration declared);
    asio::awaitable<result<catalogue_pointer>>
    read_from(std::shared_ptr<pg::connector> connector, std::string called, catalogue_pointer made);
    asio::awaitable<result<void>> leave_out_bookkeeping(pg::session& session,
                                                        catalogue_pointer made);
    asio::awaitable<result<void>> expect_same(std::vector<revisions::schema_file> files);
    void tell(std::string text, std::size_t done = 0, std::size_t all = 0) const;

    generate_settings settings_;
    scratch& databases_;
    std::shared_ptr<io::blocking> threads_;
    generate_sink told_;
    time_point until_;
    catalogue_pointer b_;
    std::shared_ptr<pg::session> session_; // to the scratch database where B was loaded last
    std::vector<std::size_t> late_;        // statements that did not load in their place
};

} // namespace headspace::migrate
