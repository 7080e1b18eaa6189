// SPDX-License-Identifier: Apache-2.0
#include "hyper_log_log.h"

#include <skald/foundation/base/seeded_hash.h>

#include <algorithm>
#include <bit>
#include <cmath>

namespace skald::read {
namespace {

/// Not that of hash tables, so that texts that were chosen to collide there do not here.
constexpr std::uint64_t kSeed = 0x51CA1D5EED;

}  // namespace

void HyperLogLog::add(std::string_view text) {
    const std::uint64_t hash = hash64(text, kSeed);
    if (!registers_.empty()) {
        add_hash(hash);
        return;
    }
    if (std::find(hashes_.begin(), hashes_.end(), hash) != hashes_.end()) return;
    hashes_.push_back(hash);
    if (hashes_.size() <= kExactMax) return;
    registers_.resize(kRegisters);
    for (const std::uint64_t each : hashes_) add_hash(each);
    hashes_ = {};
}

void HyperLogLog::add_hash(std::uint64_t hash) {
    std::uint8_t& longest = registers_[hash >> (64 - kBits)];
    // The bit that is set ends the run even if all others are zero.
    const std::uint64_t rest = (hash << kBits) | (std::uint64_t{1} << (kBits - 1));
    longest = std::max(longest, static_cast<std::uint8_t>(std::countl_zero(rest) + 1));
}

std::uint64_t HyperLogLog::estimate() const {
    if (registers_.empty()) return hashes_.size();
    constexpr double kCount = kRegisters;
    double sum = 0;
    std::size_t empty = 0;
    for (const std::uint8_t longest : registers_) {
        sum += std::ldexp(1.0, -longest);
        if (longest == 0) ++empty;
    }
    const double alpha = 0.7213 / (1 + 1.079 / kCount);
    double estimate = alpha * kCount * kCount / sum;
    if (estimate <= 2.5 * kCount && empty > 0) {
        estimate = kCount * std::log(kCount / static_cast<double>(empty));
    }
    return static_cast<std::uint64_t>(std::llround(estimate));
}

}  // namespace skald::read
