// A text in memory that the service manager holds (its descriptor store,
// sd_pid_notify_with_fds(3)): it outlives a crash of this process, but not a reboot.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace headspace::sd {

class kept_text {
public:
    /// Of the descriptor in the store.
    static constexpr std::string_view name = "headspaced";

    /// Keeps nothing: there is no service manager, or not yet.
    kept_text() noexcept = default;
    /// Goes on with `passed`, else makes the memory and hands it to the service manager.
    explicit kept_text(std::optional<int> passed);
    ~kept_text();
    kept_text(kept_text&& other) noexcept;
    kept_text& operator=(kept_text&& other) noexcept;

    /// What was written last, perhaps by an earlier process; "" when there is none. A crash in the
    /// middle of write() may leave a mixture: the reader has to notice.
    [[nodiscard]] std::string read() const;
    void write(std::string_view text) noexcept;
    /// The orderly end: the next process begins anew.
    void forget() noexcept;

private:
    int fd_ = -1;
};

} // namespace headspace::sd
