// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/base/bytes.h>
#include <skald/foundation/base/result.h>
#include <skald/storage/block/block.h>

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

// Columns as bytes before the codec: each encoder appends to `out`, each decoder takes any bytes.
// docs/formats/block.md has the layouts. Errors of all decoders: kCorruption.
namespace skald::storage {

/// Requires: at least one time; `min_time` is the least.
void encode_times(std::span<const TimeNs> times, TimeNs min_time, std::string& out);
/// Fills `times`.
Result<void> decode_times(std::string_view bytes, TimeNs min_time, std::span<TimeNs> times);

/// Requires: at least two offsets, the first 0, each larger than the one before.
void encode_offsets(std::span<const std::uint32_t> offsets, std::string& out);
/// Fills `offsets` (rows + 1). The last must come out as `text_size`.
Result<void> decode_offsets(std::string_view bytes, std::uint32_t text_size,
                            std::span<std::uint32_t> offsets);

/// A dictionary and which of its values each row has.
void encode_dictionary_column(const MetadataColumn& column, std::string& out);
/// Reads one for `rows` rows; the values point into the reader's bytes. Name and owner stay empty.
Result<MetadataColumn> decode_dictionary_column(ByteReader& in, std::uint32_t rows);

}  // namespace skald::storage
