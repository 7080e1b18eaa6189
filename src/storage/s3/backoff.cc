// SPDX-License-Identifier: Apache-2.0
#include "backoff.h"

#include <algorithm>

namespace skald::storage {

std::optional<std::chrono::nanoseconds> Backoff::next(std::chrono::nanoseconds elapsed) {
    if (retries_ >= options_.retries) return std::nullopt;
    const std::uint32_t doublings = std::min<std::uint32_t>(retries_, 20);
    const auto most = std::max(options_.min, options_.max);
    const auto step = std::min(
        most, std::max(options_.min, std::chrono::nanoseconds(1)) * (std::int64_t{1} << doublings));
    // xorshift64: any source will do that is not the same in all processes.
    random_ ^= random_ << 13U;
    random_ ^= random_ >> 7U;
    random_ ^= random_ << 17U;
    const double share = static_cast<double>(random_ >> 11U) * 0x1.0p-53;
    const auto pause = step / 2 + std::chrono::nanoseconds(static_cast<std::int64_t>(
                                      share * static_cast<double>((step / 2).count())));
    if (elapsed + pause > options_.give_up_after) return std::nullopt;
    ++retries_;
    return pause;
}

}  // namespace skald::storage
