// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/base/result.h>

#include <cstdint>
#include <string_view>

namespace skald::grpc {

/// Counts what a block of packed headers (HPACK, RFC 7541) holds, without unpacking it: a byte of
/// it may stand for a header of 4 KiB. Blocks come in pieces. Threading: single-owner.
class HeaderFields {
public:
    /// The bytes of the block that come next. Errors: kInvalidArgument, a number that is none.
    Result<void> read(std::string_view bytes);
    /// Headers so far, the one that has begun included, and changes of the table's size.
    std::uint64_t count() const { return count_; }
    /// True between two headers, where a block may end.
    bool is_whole() const { return next_ == Next::kField; }

private:
    enum class Next : std::uint8_t { kField, kNumber, kLength, kText };

    void begin_field(unsigned byte);
    void begin_number(unsigned byte, unsigned bits);
    Result<void> go_on_with_number(unsigned byte);
    void end_number();
    void go_on();

    std::uint64_t count_ = 0;
    Next next_ = Next::kField;
    unsigned texts_left_ = 0;  ///< Name and value that the header still has.
    bool is_length_ = false;   ///< What the number is: of a text, or an index.
    unsigned shift_ = 0;       ///< Of the number's next bits.
    std::uint64_t number_ = 0;
    std::uint64_t text_left_ = 0;
};

}  // namespace skald::grpc
