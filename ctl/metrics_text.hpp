// Pages in the Prometheus text format as headspacectl changes or makes them. Pure.
#pragma once

#include <string>
#include <string_view>

namespace headspace::ctl {

/// The page with one more label, the first, in each sample: pages of several daemons can then lie
/// side by side. What is no sample stays as it is.
[[nodiscard]] std::string with_label(std::string_view page, std::string_view name,
                                     std::string_view value);

/// What is known of a daemon that does not answer: headspace_up is 0.
[[nodiscard]] std::string page_of_nobody();

} // namespace headspace::ctl
