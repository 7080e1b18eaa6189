// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/storage/block/block_codec.h>

#include <cstddef>
#include <cstdint>
#include <string_view>

// Constants of docs/formats/block.md. A change here is a change of the format.
namespace skald::storage {

inline constexpr std::uint8_t kBlockVersion = 1;

/// First byte of a times column: deltas in bit-packed groups.
inline constexpr std::uint8_t kTimesDeltaGroups = 1;
/// Deltas per group.
inline constexpr std::uint32_t kTimesGroup = 128;

/// Planes of an offsets column: line lengths have at most 4 bytes.
inline constexpr std::uint8_t kOffsetPlanesMax = 4;

/// How a dictionary column says which value each row has.
inline constexpr std::uint8_t kRowsAsRuns = 0;
inline constexpr std::uint8_t kRowsPacked = 1;

/// The header flag of blocks with metadata other than `detected_level`.
inline constexpr std::uint8_t kFlagHasMetadata = 1;

}  // namespace skald::storage
