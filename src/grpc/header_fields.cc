// SPDX-License-Identifier: Apache-2.0
#include "header_fields.h"

#include <algorithm>

namespace skald::grpc {

namespace {

constexpr unsigned kShiftMax = 28;  // Numbers of 32 bits, as gRPC takes them.

}  // namespace

Result<void> HeaderFields::read(std::string_view bytes) {
    while (!bytes.empty()) {
        if (next_ == Next::kText) {
            const auto taken = std::min<std::uint64_t>(text_left_, bytes.size());
            text_left_ -= taken;
            bytes.remove_prefix(taken);
            if (text_left_ == 0) go_on();
            continue;
        }
        const unsigned byte = static_cast<unsigned char>(bytes.front());
        bytes.remove_prefix(1);
        if (next_ == Next::kField) {
            begin_field(byte);
        } else if (next_ == Next::kLength) {
            is_length_ = true;
            begin_number(byte, 7);
        } else {
            SKALD_CHECK(go_on_with_number(byte));
        }
    }
    return {};
}

/// The first bits tell the kind (RFC 7541, 6).
void HeaderFields::begin_field(unsigned byte) {
    ++count_;
    is_length_ = false;
    const bool is_known = (byte & 0x80U) != 0;     // Name and value are in the table.
    const bool is_kept = (byte & 0xC0U) == 0x40U;  // The receiver adds it to the table.
    const bool is_resize = (byte & 0xE0U) == 0x20U;
    const unsigned bits = is_known ? 7 : is_kept ? 6 : is_resize ? 5 : 4;
    const bool has_name = (byte & ((1U << bits) - 1)) == 0;  // Instead of an index of one.
    texts_left_ = is_known || is_resize ? 0 : has_name ? 2 : 1;
    begin_number(byte, bits);
}

void HeaderFields::begin_number(unsigned byte, unsigned bits) {
    const unsigned most = (1U << bits) - 1;
    number_ = byte & most;
    shift_ = 0;
    next_ = Next::kNumber;
    if (number_ < most) end_number();
}

Result<void> HeaderFields::go_on_with_number(unsigned byte) {
    if (shift_ > kShiftMax)
        return Error{ErrorCode::kInvalidArgument, "a number in headers that is too long"};
    number_ += static_cast<std::uint64_t>(byte & 0x7FU) << shift_;
    shift_ += 7;
    if ((byte & 0x80U) == 0) end_number();
    return {};
}

void HeaderFields::end_number() {
    if (!is_length_) return go_on();
    --texts_left_;
    text_left_ = number_;
    next_ = Next::kText;
    if (text_left_ == 0) go_on();
}

void HeaderFields::go_on() {
    next_ = texts_left_ > 0 ? Next::kLength : Next::kField;
}

}  // namespace skald::grpc
