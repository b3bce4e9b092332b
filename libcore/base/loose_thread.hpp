// Threads that may be stuck in the system and are not waited for.
#pragma once

#include <atomic>
#include <cstddef>
#include <utility>

namespace headspace {

/// In what such a thread runs, so that it is counted as long as it lives. While there is one when
/// main() is about to return, the process must end by _exit(): exit() destroys statics that the
/// thread may be using.
class loose_thread {
public:
    loose_thread() noexcept { ++count_; }
    loose_thread(loose_thread&& other) noexcept : counted_(std::exchange(other.counted_, false)) {}
    ~loose_thread() {
        if (counted_)
            --count_;
    }
    loose_thread(const loose_thread&) = delete;
    loose_thread& operator=(const loose_thread&) = delete;
    loose_thread& operator=(loose_thread&&) = delete;

    [[nodiscard]] static std::size_t count() noexcept { return count_; }

private:
    static inline std::atomic<std::size_t> count_ = 0;
    bool counted_ = true;
};

} // namespace headspace
