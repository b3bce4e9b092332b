#include "sd/message.hpp"

namespace headspace::sd {

namespace {

std::int64_t microseconds(duration d) {
    return std::chrono::duration_cast<std::chrono::microseconds>(d).count();
}

} // namespace

std::string one_line(std::string_view text) {
    std::string out(text);
    for (char& c : out)
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f)
            c = ' ';
    return out;
}

std::string status_message(std::string_view status) {
    return "STATUS=" + one_line(status);
}

std::string ready_message(std::string_view status) {
    return "READY=1\n" + status_message(status);
}

std::string reloading_message(duration monotonic, std::string_view status) {
    return "RELOADING=1\nMONOTONIC_USEC=" + std::to_string(microseconds(monotonic)) + "\n" +
           status_message(status);
}

std::string stopping_message(std::string_view status) {
    return "STOPPING=1\n" + status_message(status);
}

std::string extend_timeout_message(duration timeout, std::string_view status) {
    return "EXTEND_TIMEOUT_USEC=" + std::to_string(microseconds(timeout)) + "\n" +
           status_message(status);
}

std::string failed_message(std::string_view status, int errno_value) {
    return status_message(status) + "\nERRNO=" + std::to_string(errno_value);
}

} // namespace headspace::sd
