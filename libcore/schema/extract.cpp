#include "schema/extract.hpp"

namespace headspace::schema {

asio::awaitable<result<catalogue>>
read_catalogue(pg::session& /*session*/, extract_options /*options*/, time_point /*until*/) {
    co_return make_error(errc::conflict_here, error_class::refuse,
                         "the catalogue cannot be read yet");
}

} // namespace headspace::schema
