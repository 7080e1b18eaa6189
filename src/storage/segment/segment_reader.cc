// SPDX-License-Identifier: Apache-2.0
#include "footer.h"
#include "region_table.h"
#include "segment_format.h"
#include "table_compression.h"

#include <skald/foundation/base/hash.h>

#include <algorithm>
#include <utility>

namespace skald::storage {
namespace {

Result<Buffer> read_exactly(const RangeReader& read, std::uint64_t offset, std::size_t length) {
    SKALD_TRY(Buffer bytes, read(offset, length));
    if (bytes.size() != length) {
        return Error{ErrorCode::kCorruption, "segment: " + std::to_string(bytes.size()) +
                                                 " bytes at " + std::to_string(offset) +
                                                 " instead of " + std::to_string(length)};
    }
    return bytes;
}

Result<SegmentFooter> checked_footer(std::string_view bytes, const Trailer& trailer) {
    if (hash64(bytes) != trailer.footer_checksum) {
        return Error{ErrorCode::kCorruption, "segment footer: checksum mismatch"};
    }
    return decode_footer(bytes, trailer.footer_offset, trailer.version);
}

}  // namespace

Result<void> check_header(const RangeReader& read) {
    SKALD_TRY(const Buffer bytes, read(0, kSegmentHeaderSize));
    if (bytes.view() == encode_segment_header()) return {};
    return Error{ErrorCode::kCorruption, "it is not that of a segment"};
}

Result<SegmentFooter> read_footer(const RangeReader& read, std::uint64_t object_size) {
    if (object_size < kSegmentHeaderSize + kTrailerSize) {
        return Error{ErrorCode::kCorruption, "segment: too small to be one"};
    }
    const auto guess = static_cast<std::size_t>(std::min<std::uint64_t>(object_size, kFooterGuess));
    SKALD_TRY(const Buffer tail, read_exactly(read, object_size - guess, guess));
    const std::string_view bytes = tail.view();
    SKALD_TRY(const Trailer trailer,
              Trailer::decode(bytes.substr(bytes.size() - kTrailerSize), object_size));
    const std::size_t wanted = std::size_t{trailer.footer_size} + kTrailerSize;
    if (wanted <= guess) {
        return checked_footer(bytes.substr(guess - wanted, trailer.footer_size), trailer);
    }
    SKALD_TRY(const Buffer footer, read_exactly(read, trailer.footer_offset, trailer.footer_size));
    return checked_footer(footer.view(), trailer);
}

Result<RegionTable> read_region(const RangeReader& read, const RegionSummary& region,
                                const StreamMaker& make) {
    if (region.table_stored_size > region.table_raw_size ||
        region.table_raw_size > kTableBytesMax ||
        region.table_raw_size > region.table_stored_size * kTableRatioMax) {
        return Error{ErrorCode::kCorruption, "region table: impossible size"};
    }
    SKALD_TRY(Buffer stored, read_exactly(read, region.table_offset, region.table_stored_size));
    if (hash64(stored.view()) != region.table_checksum) {
        return Error{ErrorCode::kCorruption, "region table: checksum mismatch"};
    }
    SKALD_TRY(const Buffer raw, decompress_table(std::move(stored), region.table_raw_size));
    return decode_region_table(raw.view(), region, make);
}

}  // namespace skald::storage
