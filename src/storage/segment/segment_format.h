// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

// Constants of docs/formats/segment.md. A change here is a change of the format.
namespace skald::storage {

inline constexpr std::uint32_t kSegmentVersion = 1;
/// Of footers that name the members of their set.
inline constexpr std::uint32_t kSetFooterVersion = 2;
/// Without and with filters.
inline constexpr std::uint8_t kRegionTableVersion = 1;
inline constexpr std::uint8_t kFilteredTableVersion = 2;
inline constexpr std::uint8_t kFilterGroupVersion = 1;

inline constexpr std::string_view kSegmentMagic = "SKALDSEG";
inline constexpr std::string_view kTrailerMagic = "SKALDEND";

/// At the start of the object: magic, u32 version, u32 zero.
inline constexpr std::size_t kSegmentHeaderSize = 16;
/// At its end: u64 footer offset, u32 footer size, u32 version, u64 footer checksum, magic.
inline constexpr std::size_t kTrailerSize = 32;

/// What a reader fetches from the end of the object first: most footers are inside.
inline constexpr std::size_t kFooterGuess = 32U << 10;
inline constexpr std::uint32_t kFooterBytesMax = 1U << 28;
/// No region table is larger, stored or decoded, nor are the labels in it.
inline constexpr std::uint32_t kTableBytesMax = 1U << 30;
/// A zstd block of 128 KiB takes at least 3 bytes: no table can grow by more when it is decoded.
inline constexpr std::uint64_t kTableRatioMax = 43691;

/// No group of filters is larger, decoded; a writer leaves filters out that would make it so.
inline constexpr std::uint32_t kFilterGroupBytesMax = 1U << 28;

/// Least bytes of a stream, a block and a run in a table.
inline constexpr std::size_t kStreamBytesMin = 2;
inline constexpr std::size_t kBlockEntryBytesMin = 20;
inline constexpr std::size_t kRunBytesMin = 8;

}  // namespace skald::storage
