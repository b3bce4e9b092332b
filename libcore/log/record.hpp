// A log event as one string and back: how it travels through spdlog, whose messages have no fields,
// and how each format shows it. Pure.
#pragma once

#include "base/event.hpp"
#include "base/secret.hpp"
#include "base/time.hpp"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace headspace::log {

/// Message, name and fields, separated by the ASCII record separator.
std::string encode(const log_event& event);
/// The level is not part of the record. What encode() did not write comes back as a message without
/// fields.
log_event decode(std::string_view record);

/// "2026-11-21 10:00:00.123Z warning message", with ANSI colours for the level when `colour`.
std::string text_line(const log_event& event, wall_time at, bool colour);
/// {"time","level","message","event", and the fields in lower case}, no line end.
std::string json_line(const log_event& event, wall_time at);

/// The fields of the journal's entry, each as NAME=value: MESSAGE, PRIORITY, SYSLOG_IDENTIFIER,
/// HEADSPACE_EVENT and MESSAGE_ID of the event, SQLSTATE and ERRNO by those names, and every other
/// field of the event as HEADSPACE_NAME.
std::vector<std::string> journal_fields(const log_event& event);

/// Replaces every occurrence of a secret (raw or percent-encoded, at least four characters) by ***.
/// The last line of defence: nothing should ever get this far.
std::string redact(std::string text, std::span<const secret> secrets);

} // namespace headspace::log
