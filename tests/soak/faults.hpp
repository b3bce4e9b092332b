// What can happen to a service in a day, each with its end.
#pragma once

#include "soak/world.hpp"

#include <span>
#include <string_view>

namespace headspace::soak {

enum class effect {
    none,   // nobody may notice
    blip,   // connections are lost; whether that becomes an outage is a matter of chance
    outage, // /health says disconnected until it is over
};

struct fault {
    std::string_view name;
    effect what;
    void (*begin)(world&);
    void (*end)(world&);
};

std::span<const fault> every_fault();

} // namespace headspace::soak
