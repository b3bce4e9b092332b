// What the server says unasked: notices, changed parameters, the end of an idle connection.
#include "pg/connection_impl.hpp"
#include "pg/exchange.hpp"
#include "pg/result.hpp"

namespace headspace::pg {

using stream = asio::posix::stream_descriptor;

void connection::impl::arm() {
    if (armed_)
        return;
    if (!handle_->descriptor().is_open()) { // dead already, but never said from within this call
        asio::post(handle_->descriptor().get_executor(),
                   [self = shared_from_this()] { self->report_loss(); });
        return;
    }
    armed_ = true;
    handle_->descriptor().async_wait(stream::wait_read, [self = shared_from_this()](error_code ec) {
        self->armed_ = false;
        if (!ec)
            self->readable();
        else if (!self->handle_->descriptor().is_open())
            self->report_loss(); // libpq closed the socket under the wait
    });
}

void connection::impl::report_loss() {
    broken_ = true;
    if (lost_)
        std::exchange(lost_, nullptr)(lost());
}

/// Something came on the socket: the answer of a statement that runs is not ours to read.
void connection::impl::readable() {
    if (busy_ || !lost_ || handle_->get() == nullptr)
        return;
    const bool ok = consume(*handle_);
    PQisBusy(handle_->get()); // parses: notices reach receive_notice, parameters are kept
    update_role();
    if (ok && handle_->is_open() && !ends_session(last_words_.sqlstate)) {
        arm(); // a notice or a changed parameter
        return;
    }
    report_loss();
}

void connection::impl::receive_notice(void* self, const PGresult* result) noexcept {
    auto& owner = *static_cast<impl*>(self);
    try {
        const notice said = notice_of(result);
        // A crash elsewhere ends this connection too, but is only a WARNING here.
        const bool fatal = said.severity == "FATAL" || said.severity == "PANIC";
        owner.broken_ = owner.broken_ || fatal;
        if (fatal || ends_session(said.sqlstate))
            owner.last_words_ = {said.sqlstate, said.message};
        if (owner.listener_)
            owner.listener_(said);
    } catch (...) { // no memory: the notice is lost, libpq must not see an exception
        return;
    }
}

} // namespace headspace::pg
