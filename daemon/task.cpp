#include "daemon/task.hpp"

#include "admin/message.hpp"
#include "daemon/migrations.hpp"

#include <boost/json/serialize.hpp>

#include <utility>

namespace headspace::daemon {

void task_control::tell(const boost::json::object& event) {
    operation_->feed->push(boost::json::serialize(event));
}

void task_control::warn(std::string text) {
    tell({{"event", "warning"}, {"text", std::move(text)}});
}

void task_control::on_cancel(std::function<void()> stop) {
    stop_ = std::move(stop);
    if (cancelled_ && stop_)
        stop_();
}

void task_control::cancel() {
    if (std::exchange(cancelled_, true))
        return;
    if (stop_)
        stop_();
}

namespace {

std::string last_line(const result<boost::json::object>& done, operation_state state) {
    boost::json::object line{{"event", "end"}, {"outcome", to_string(state)}};
    if (done.has_value())
        for (const auto& member : *done)
            line[member.key()] = member.value();
    else
        line["problem"] = admin::problem_object(done.error());
    return boost::json::serialize(line);
}

} // namespace

result<std::shared_ptr<operation>> migrations::start_task(std::string kind,
                                                          std::string requested_by, task work) {
    if (stopping_)
        return make_error(errc::pool_closing, error_class::retry,
                          "headspaced is shutting down: nothing is started");
    auto begun = ops_.begin(std::move(kind), std::move(requested_by),
                            std::chrono::system_clock::now(), nullptr);
    if (!begun.has_value())
        return begun;
    const auto control = std::make_shared<task_control>(*begun);
    // The operation owns this, so it must not own the operation.
    (*begun)->cancel = [weak = std::weak_ptr<task_control>(control)] {
        if (const auto alive = weak.lock())
            alive->cancel();
    };
    auto run = [this, op = *begun, control,
                work = std::move(work)]() mutable -> asio::awaitable<void> {
        co_await run_task(op, control, std::move(work));
    };
    asio::co_spawn(executor_, std::move(run), asio::detached);
    return begun;
}

asio::awaitable<void> migrations::run_task(std::shared_ptr<operation> op,
                                           std::shared_ptr<task_control> control, task work) {
    result<boost::json::object> done = make_error(errc::internal, error_class::bug, "not run");
    try {
        done = co_await work(control);
    } catch (const std::exception& e) {
        done = make_error(errc::internal, error_class::bug,
                          op->kind + " ended in an exception: " + e.what());
    }
    operation_state state = operation_state::succeeded;
    if (done.has_error())
        state = done.error().code == make_error_code(errc::cancelled) ? operation_state::cancelled
                                                                      : operation_state::failed;
    log_event said{log_level::info,
                   "operation_done",
                   op->kind + " " + std::string(to_string(state)) +
                       (done.has_error() ? ": " + done.error().text() : std::string()),
                   {{"OPERATION", op->id}}};
    if (state == operation_state::failed)
        said.level = log_level::error;
    events_(std::move(said));
    ops_.finish(*op, state, last_line(done, state), std::chrono::system_clock::now());
    ended_.notify();
    if (std::exchange(deferred_, false) && !stopping_)
        (void)connected();
}

} // namespace headspace::daemon
