// Runs one coroutine on an io_context to its end: the frame of every test that is a coroutine.
#pragma once

#include "base/time.hpp"
#include "io/asio.hpp"

#include <chrono>
#include <exception>
#include <optional>
#include <stdexcept>
#include <type_traits>
#include <utility>

namespace headspace::test {

/// Runs `work` (an awaitable) on `context`, which may hold other work; returns what it returns or
/// throws what it throws. Throws std::runtime_error when it has not ended within `limit`.
template<class T>
T run_on(asio::io_context& context, asio::awaitable<T> work,
         duration limit = std::chrono::seconds(30)) {
    using value_type = std::conditional_t<std::is_void_v<T>, bool, T>;
    std::optional<value_type> value;
    std::exception_ptr thrown;
    bool ended = false;
    if constexpr (std::is_void_v<T>)
        asio::co_spawn(context, std::move(work), [&](std::exception_ptr e) {
            thrown = e;
            value = true;
            ended = true;
        });
    else
        asio::co_spawn(context, std::move(work), [&](std::exception_ptr e, T result) {
            thrown = e;
            value.emplace(std::move(result));
            ended = true;
        });
    const auto until = clock::now() + limit;
    context.restart();
    while (!ended && clock::now() < until)
        context.run_one_until(until);
    if (!ended)
        throw std::runtime_error("the coroutine under test did not end in time");
    if (thrown)
        std::rethrow_exception(thrown);
    if constexpr (!std::is_void_v<T>)
        return std::move(*value);
}

} // namespace headspace::test
