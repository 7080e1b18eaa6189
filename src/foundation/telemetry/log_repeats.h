// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <mutex>

namespace skald {

/// Holds back log lines that say the same again and again: of equal lines the first few of each
/// ten seconds pass. Remembers the latest different lines only, so a line between may pass, too.
/// Threading: thread-safe.
class LogRepeats {
public:
    static constexpr std::uint64_t kPassed = 10;
    static constexpr std::int64_t kWindowMillis = 10'000;

    struct Verdict {
        bool pass = true;
        std::uint64_t held_back = 0;  ///< Equal lines before, which nobody has seen.
    };
    /// `line`: a hash of what the line says, without its time.
    Verdict judge(std::uint64_t line, std::int64_t now_millis);

private:
    struct Slot {
        std::uint64_t line = 0;
        std::int64_t since = 0;
        std::uint64_t seen = 0;
        std::uint64_t held_back = 0;
    };
    std::mutex mutex_;
    std::array<Slot, 256> slots_{};
};

}  // namespace skald
