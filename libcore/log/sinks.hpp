// The spdlog sinks: each decodes a record and shows it in its own way.
#pragma once

#include "log/log.hpp"

#include <spdlog/sinks/sink.h>

namespace headspace::log {

spdlog::sink_ptr make_sink(format where);

} // namespace headspace::log
