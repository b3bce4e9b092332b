// Asks the daemon all the time, as monitoring would, and notes what it must never see: no answer, a
// /livez or /health that is not 200, numbers of the pool that do not add up.
#pragma once

#include "soak/world.hpp"

#include <atomic>
#include <cstdint>
#include <mutex>
#include <thread>

namespace headspace::soak {

class bystander {
public:
    explicit bystander(world& w);
    ~bystander();
    bystander(const bystander&) = delete;
    bystander& operator=(const bystander&) = delete;

    [[nodiscard]] std::uint64_t asked() const { return asked_; }
    /// The first thing that was wrong since the last call, "" when all was well.
    std::string complaint();

private:
    void ask_all_the_time();
    void ask(const std::string& target);
    void complain(std::string what);

    world& world_;
    std::atomic<bool> stop_ = false;
    std::atomic<std::uint64_t> asked_ = 0;
    std::mutex guard_;
    std::string complaint_;
    std::thread thread_;
};

} // namespace headspace::soak
