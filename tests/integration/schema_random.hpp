// Random schemas of tables, and others that differ from them a little: what nobody thought of when
// writing pairs by hand. The same seed gives the same pair.
#pragma once

#include "integration/schema_world.hpp"

#include <cstdint>

namespace headspace::test {

schema_pair random_pair(std::uint32_t seed);

} // namespace headspace::test
