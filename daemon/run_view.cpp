#include "daemon/run_view.hpp"

namespace headspace::daemon {

using migrate::progress_kind;

void run_view::follow(const migrate::progress& p) {
    switch (p.kind) {
    case progress_kind::planned:
        has_work_ = !p.plan.empty() || !p.forget.empty();
        return;
    case progress_kind::warning:
        return;
    case progress_kind::waiting_for_lock:
        has_work_ = true;
        blocked_by_ = p.holder ? p.holder->public_text() : "";
        return;
    case progress_kind::statement: // perhaps the next try of one that was blocked: that is seen
                                   // again
        break;
    default:
        blocked_by_.clear();
    }
    has_work_ = true;
    doing_ = p.doing ? p.doing->text() : "";
    if (p.count > 0)
        place_ = std::to_string(p.index) + "/" + std::to_string(p.count);
}

std::string run_view::progress() const {
    return doing_.empty() ? place_ : place_ + ", " + doing_;
}

bool changes_schema(const migrate::progress& p) noexcept {
    switch (p.kind) {
    case progress_kind::applied:
    case progress_kind::reverted:
    case progress_kind::failed:
        return true;
    case progress_kind::statement: // the one before it is kept already
        return !p.step.transaction && p.statement > 1;
    default:
        return false;
    }
}

} // namespace headspace::daemon
