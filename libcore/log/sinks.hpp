// The spdlog sinks: each decodes a record and shows it in its own way.
#pragma once

#include "log/log.hpp"

#include <spdlog/sinks/sink.h>

namespace headspace::log {

spdlog::sink_ptr make_sink(format where);

/// Whether that sink would take the event without waiting for a reader. Never said of the journal,
/// whose library waits for it.
bool is_taken_at_once(format where, const log_event& event, wall_time at);

} // namespace headspace::log
