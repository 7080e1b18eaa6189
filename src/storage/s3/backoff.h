// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

namespace skald::storage {

/// How long to wait before the next attempt: doubled each time up to a maximum, and a random part
/// of it, so that many who failed together don't come back together.
/// Threading: single-owner.
class Backoff {
public:
    struct Options {
        std::chrono::nanoseconds min = std::chrono::milliseconds(100);
        std::chrono::nanoseconds max = std::chrono::seconds(3);
        std::uint32_t retries = 5;
        /// No further attempt begins so long after the first.
        std::chrono::nanoseconds give_up_after = std::chrono::seconds(60);
    };

    Backoff(const Options& options, std::uint64_t seed) : options_(options), random_(seed | 1U) {}

    /// The pause before the next attempt, between a half of the step and all of it; nothing if
    /// there is to be no other. `elapsed`: since the first attempt began.
    std::optional<std::chrono::nanoseconds> next(std::chrono::nanoseconds elapsed);
    /// Attempts so far.
    std::uint32_t attempts() const { return retries_ + 1; }

private:
    Options options_;
    std::uint64_t random_;
    std::uint32_t retries_ = 0;
};

}  // namespace skald::storage
