// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace skald::write {

/// Why entries were refused: the `reason` label of `loki_discarded_samples_total`.
enum class DiscardReason : std::uint8_t {
    kInvalidLabels = 0,
    kMissingLabels,
    kTooManyLabelNames,
    kLabelNameTooLong,
    kLabelValueTooLong,
    kDuplicateLabelNames,
    kMissingEnforcedLabels,
    kBlocked,
    kBlockedPolicy,
    kTooOld,
    kTooNew,
    kLineTooLong,
    kMetadataDisallowed,
    kMetadataTooLarge,
    kMetadataTooMany,
    kRateLimited,
};
inline constexpr std::size_t kDiscardReasons = 16;

std::string_view to_string(DiscardReason reason) noexcept;

/// Entries refused by one request. Threading: single-owner.
struct Discards {
    struct Count {
        std::uint64_t lines = 0;
        std::uint64_t bytes = 0;
    };
    std::array<Count, kDiscardReasons> counts;

    void add(DiscardReason reason, std::uint64_t lines, std::uint64_t bytes) {
        Count& count = counts[static_cast<std::size_t>(reason)];
        count.lines += lines;
        count.bytes += bytes;
    }
};

}  // namespace skald::write
