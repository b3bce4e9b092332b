// Where scratch databases are made by what the generator of migrations is given.
#pragma once

#include "migrate/generate.hpp"

namespace headspace::migrate {

/// For one run, with a key of its own.
[[nodiscard]] scratch_options make_scratch_options(asio::any_io_executor executor,
                                                   const generate_settings& settings,
                                                   jitter_source& jitter);

} // namespace headspace::migrate
