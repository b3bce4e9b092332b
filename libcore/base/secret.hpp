// A string that must not be seen: no operator<<, no formatter, wiped when it goes away.
#pragma once

#include <string>
#include <string_view>

namespace headspace {

class secret {
public:
    secret() = default;
    explicit secret(std::string value) : value_(std::move(value)) {}
    secret(const secret&) = default;
    secret& operator=(const secret& other);
    secret(secret&& other) noexcept;
    secret& operator=(secret&& other) noexcept;
    ~secret();

    /// The value itself; only for handing it to libpq. Valid as long as this object is not changed.
    [[nodiscard]] std::string_view reveal() const noexcept { return value_; }
    [[nodiscard]] const char* c_str() const noexcept { return value_.c_str(); }
    [[nodiscard]] bool empty() const noexcept { return value_.empty(); }
    friend bool operator==(const secret& a, const secret& b) noexcept = default;

private:
    std::string value_;
};

/// Overwrites `text` in a way the compiler may not leave out, then empties it.
void wipe(std::string& text) noexcept;

} // namespace headspace
