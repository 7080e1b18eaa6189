// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace skald {

static_assert(std::endian::native == std::endian::little, "the formats are written in host order");

/// Appends integers and strings to a byte string: little-endian fixed widths, LEB128 varints.
/// Threading: single-owner.
class ByteWriter {
public:
    explicit ByteWriter(std::string& out) : out_(out) {}

    void u8(std::uint8_t value) { out_.push_back(static_cast<char>(value)); }
    void u16(std::uint16_t value) { fixed(value); }
    void u32(std::uint32_t value) { fixed(value); }
    void u64(std::uint64_t value) { fixed(value); }
    void i64(std::int64_t value) { fixed(value); }
    void varint(std::uint64_t value) {
        while (value >= 0x80) {
            out_.push_back(static_cast<char>(value | 0x80));
            value >>= 7;
        }
        out_.push_back(static_cast<char>(value));
    }
    /// Signed varint, zigzag: small magnitudes of either sign stay short.
    void zigzag(std::int64_t value) {
        varint((static_cast<std::uint64_t>(value) << 1) ^ static_cast<std::uint64_t>(value >> 63));
    }
    void raw(std::string_view bytes) { out_.append(bytes); }
    /// Varint length, then the bytes.
    void text(std::string_view bytes) {
        varint(bytes.size());
        raw(bytes);
    }

    std::size_t size() const { return out_.size(); }

private:
    template <class T>
    void fixed(T value) {
        char bytes[sizeof value];
        std::memcpy(bytes, &value, sizeof value);
        out_.append(bytes, sizeof value);
    }

    std::string& out_;
};

/// Reads what ByteWriter wrote from bytes that may be damaged.
///
/// Invariant: after the first read past the end (or malformed varint) `ok()` is false, stays false,
/// and every later read returns 0 or an empty view. Check `ok()` before trusting any value that
/// sizes an allocation.
/// Threading: single-owner. Views point into the bytes given.
class ByteReader {
public:
    explicit ByteReader(std::string_view bytes) : rest_(bytes), size_(bytes.size()) {}

    bool ok() const { return ok_; }
    bool done() const { return rest_.empty(); }
    std::size_t remaining() const { return rest_.size(); }
    std::size_t position() const { return size_ - rest_.size(); }
    /// Marks the input as malformed.
    void fail() {
        ok_ = false;
        rest_ = {};
    }

    std::uint8_t u8() { return fixed<std::uint8_t>(); }
    std::uint16_t u16() { return fixed<std::uint16_t>(); }
    std::uint32_t u32() { return fixed<std::uint32_t>(); }
    std::uint64_t u64() { return fixed<std::uint64_t>(); }
    std::int64_t i64() { return fixed<std::int64_t>(); }
    std::uint64_t varint() {
        std::uint64_t value = 0;
        for (int shift = 0; shift < 64; shift += 7) {
            if (rest_.empty()) break;
            const auto byte = static_cast<std::uint8_t>(rest_.front());
            rest_.remove_prefix(1);
            if (shift == 63 && byte > 1) break;
            value |= static_cast<std::uint64_t>(byte & 0x7F) << shift;
            if ((byte & 0x80) == 0) return value;
        }
        fail();
        return 0;
    }
    std::int64_t zigzag() {
        const std::uint64_t value = varint();
        return static_cast<std::int64_t>(value >> 1) ^ -static_cast<std::int64_t>(value & 1);
    }
    std::string_view raw(std::size_t count) {
        if (count > rest_.size()) {
            fail();
            return {};
        }
        const std::string_view bytes = rest_.substr(0, count);
        rest_.remove_prefix(count);
        return bytes;
    }
    std::string_view text() { return raw(varint()); }

private:
    template <class T>
    T fixed() {
        T value = 0;
        if (rest_.size() < sizeof value) {
            fail();
            return 0;
        }
        std::memcpy(&value, rest_.data(), sizeof value);
        rest_.remove_prefix(sizeof value);
        return value;
    }

    std::string_view rest_;
    std::size_t size_;
    bool ok_ = true;
};

}  // namespace skald
