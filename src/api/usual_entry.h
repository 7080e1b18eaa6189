// SPDX-License-Identifier: Apache-2.0
//
// A way past the general reader of protobuf for the entries that nearly all requests consist of.
#pragma once

#include <skald/foundation/base/units.h>
#include <skald/foundation/model/entry.h>
#include <skald/foundation/model/time.h>

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace skald::api {

/// Reads an entry as encoders write it: first a timestamp from 1970 on, with nanoseconds or
/// without, then the line, which has less than 16 KiB, and nothing else. Threading: single-owner.
class UsualEntryReader {
public:
    /// Fewer bytes before `end` are never looked at.
    static constexpr std::size_t kRoom = 40;

    /// `at` is where the tag of the entry begins. True: `entry` has time and line, and `at` is
    /// behind the entry. False: it is of another form or damaged; nothing has changed.
    static bool read(const char*& at, const char* end, EntryView& entry) {
        if (static_cast<std::size_t>(end - at) < kRoom) return false;
        UsualEntryReader in(at);
        const char* const entry_end = in.open(kEntryTag, end);
        if (entry_end == nullptr) return false;
        std::uint64_t seconds = 0;
        std::uint64_t nanos = 0;
        if (!in.read_time(seconds, nanos) || in.open(kLineTag, entry_end) != entry_end)
            return false;
        entry.time = static_cast<TimeNs>(seconds) * kNanosPerSecond + static_cast<TimeNs>(nanos);
        entry.line = {in.at_, static_cast<std::size_t>(entry_end - in.at_)};
        at = entry_end;
        return true;
    }

private:
    // Field and wire type in a byte.
    static constexpr char kEntryTag = 2 << 3 | 2;
    static constexpr char kTimeTag = 1 << 3 | 2;
    static constexpr char kLineTag = 2 << 3 | 2;
    static constexpr char kSecondsTag = 1 << 3 | 0;
    static constexpr char kNanosTag = 2 << 3 | 0;
    /// More are beyond what nanoseconds can say.
    static constexpr std::uint64_t kSecondsMax = kTimeMax / kNanosPerSecond - 1;

    explicit UsualEntryReader(const char* at) : at_(at) {}

    /// Steps over a tag and a length of one or two bytes; where that length ends. Null: something
    /// else, or it ends behind `limit`.
    const char* open(char tag, const char* limit) {
        if (at_[0] != tag) return nullptr;
        const auto low = static_cast<unsigned char>(at_[1]);
        const auto high = static_cast<unsigned char>(at_[2]);
        if (low >= 0x80 && high >= 0x80) return nullptr;
        at_ += low < 0x80 ? 2 : 3;
        const std::ptrdiff_t length = low < 0x80 ? low : (low & 0x7F) | high << 7;
        return length <= limit - at_ ? at_ + length : nullptr;
    }

    bool read_time(std::uint64_t& seconds, std::uint64_t& nanos) {
        if (at_[0] != kTimeTag || at_[2] != kSecondsTag) return false;
        const auto length = static_cast<unsigned char>(at_[1]);
        const char* const begin = at_ += 2;
        ++at_;
        if (!read_number(seconds)) return false;
        if (at_ - begin != length && (*at_++ != kNanosTag || !read_number(nanos))) return false;
        return at_ - begin == length && seconds <= kSecondsMax && nanos < kNanosPerSecond;
    }

    /// A varint of at most eight bytes, without a loop.
    bool read_number(std::uint64_t& value) {
        std::uint64_t bytes = 0;
        std::memcpy(&bytes, at_, sizeof bytes);
        const std::uint64_t ends = ~bytes & 0x8080'8080'8080'8080;
        if (ends == 0) return false;
        at_ += std::countr_zero(ends) / 8 + 1;
        bytes &= ends ^ (ends - 1);  // Up to the first end.
        bytes = (bytes & 0x007F'007F'007F'007F) | (bytes & 0x7F00'7F00'7F00'7F00) >> 1;
        bytes = (bytes & 0x0000'3FFF'0000'3FFF) | (bytes & 0x3FFF'0000'3FFF'0000) >> 2;
        value = (bytes & 0x0FFF'FFFF) | (bytes & 0x0FFF'FFFF'0000'0000) >> 4;
        return true;
    }

    const char* at_;
};

}  // namespace skald::api
