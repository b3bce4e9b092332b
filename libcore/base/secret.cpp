#include "base/secret.hpp"

#include <cstring>
#include <utility>

namespace headspace {

void wipe(std::string& text) noexcept {
    ::explicit_bzero(text.data(), text.size());
    text.clear();
}

// NOLINTNEXTLINE(performance-move-constructor-init): see below
secret::secret(secret&& other) noexcept : value_(other.value_) {
    // A move of a short string leaves its bytes in the old object, so this is a copy and a wipe.
    wipe(other.value_);
}

secret& secret::operator=(const secret& other) {
    if (this != &other) {
        wipe(value_);
        value_ = other.value_;
    }
    return *this;
}

secret& secret::operator=(secret&& other) noexcept {
    if (this != &other) {
        wipe(value_);
        value_ = other.value_;
        wipe(other.value_);
    }
    return *this;
}

secret::~secret() {
    wipe(value_);
}

} // namespace headspace
