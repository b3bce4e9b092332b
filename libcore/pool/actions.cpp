#include "pool/actions.hpp"

namespace headspace::pool {

std::string_view to_string(close_reason reason) noexcept {
    switch (reason) {
    case close_reason::recycle:
        return "recycle";
    case close_reason::idle:
        return "idle";
    case close_reason::ping:
        return "ping";
    case close_reason::dead_idle:
        return "dead_idle";
    case close_reason::broken:
        return "broken";
    case close_reason::reset_failed:
        return "reset_failed";
    case close_reason::dirty:
        return "dirty";
    case close_reason::generation:
        return "generation";
    case close_reason::drain:
        return "drain";
    case close_reason::abandoned:
        return "abandoned";
    }
    return "drain";
}

} // namespace headspace::pool
