// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/base/result.h>
#include <skald/storage/segment/segment.h>

#include <cstdint>
#include <string>
#include <string_view>

namespace skald::storage {

/// The first bytes of every segment.
std::string encode_segment_header();

std::string encode_footer(const SegmentFooter& footer);
/// `footer_offset` bounds what the directory may point at. Errors: kCorruption.
Result<SegmentFooter> decode_footer(std::string_view bytes, std::uint64_t footer_offset,
                                    std::uint32_t version);

/// Where the footer is and how to check it: the last bytes of every segment.
struct Trailer {
    std::uint64_t footer_offset = 0;
    std::uint32_t footer_size = 0;
    std::uint64_t footer_checksum = 0;
    std::uint32_t version = 1;  ///< Of the footer.

    std::string encode() const;
    /// Checks that the footer ends where the trailer begins. `bytes` are the object's last
    /// kTrailerSize. Errors: kCorruption.
    static Result<Trailer> decode(std::string_view bytes, std::uint64_t object_size);
};

}  // namespace skald::storage
