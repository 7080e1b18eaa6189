// SPDX-License-Identifier: Apache-2.0
//
// The format: https://github.com/google/snappy/blob/main/format_description.txt. A block is its
// size and then elements: a tag byte, whose lower two bits are the type, and what belongs to it.
#include <skald/foundation/base/snappy_unpack.h>

#include <array>
#include <cstdint>
#include <cstring>
#include <limits>

namespace skald {
namespace {

enum Type : std::uint32_t { kLiteral = 0, kCopyNear = 1, kCopyFar = 2, kCopyFarthest = 3 };

/// Literals of up to so many bytes have their length in the tag; longer ones in 1 to 4 bytes.
constexpr std::size_t kTagLiteralMax = 60;
/// What the fast loop copies at a time, whatever the length.
constexpr std::size_t kPiece = 16;
/// It may write so far behind where it is: a literal, and a copy.
constexpr std::size_t kOutReach = 128;
/// And read so far: two tags with what belongs to them, and a literal.
constexpr std::size_t kInReach = 96;

std::uint32_t type_of(std::uint8_t tag) {
    return tag & 3U;
}

/// Literal bytes that a tag announces; 0 if it doesn't say so itself.
constexpr auto kLiteralBytes = [] {
    std::array<std::uint8_t, 256> bytes{};
    for (std::size_t tag = kLiteral; tag < kTagLiteralMax * 4; tag += 4)
        bytes[tag] = static_cast<std::uint8_t>(tag / 4 + 1);
    return bytes;
}();

/// Of a tag of the two usual copies: its length, and with 0x700 the upper bits of the offset.
constexpr std::uint32_t kCopyLength = 0xFF;
constexpr std::uint32_t kCopyOffset = 0x700;
constexpr auto kCopies = [] {
    std::array<std::uint16_t, 256> copies{};
    for (std::size_t tag = 0; tag < copies.size(); ++tag) {
        if (tag % 4 == kCopyNear)
            copies[tag] = static_cast<std::uint16_t>((4 + tag / 4 % 8) | (tag / 32) << 8);
        if (tag % 4 == kCopyFar) copies[tag] = static_cast<std::uint16_t>(tag / 4 + 1);
    }
    return copies;
}();
/// Which of the bytes behind the tag of a copy are its offset, by type.
constexpr std::array<std::uint32_t, 4> kOffsetBytes = {0, 0xFF, 0xFFFF, 0};

std::uint32_t load32(const char* at) {
    std::uint32_t value = 0;
    std::memcpy(&value, at, sizeof value);
    return value;
}
/// Piece by piece, so that a copy may read what it has just written a piece before.
template <std::size_t kBytes>
void copy_pieces(char* to, const char* from) {
    for (std::size_t i = 0; i < kBytes; i += kPiece) {
        std::array<char, kPiece> piece;
        std::memcpy(piece.data(), from + i, kPiece);
        std::memcpy(to + i, piece.data(), kPiece);
    }
}

/// Reads elements one after the other. Two loops: one for the many, far from the ends, that does
/// without branches that can't be foretold, and one for all others, that checks each byte.
class Unpacker {
public:
    Unpacker(std::string_view elements, char* out, std::size_t size)
        : in_(elements.data()),
          in_end_(in_ + elements.size()),
          begin_(out),
          out_(out),
          out_end_(out + size) {}

    bool run() {
        while (in_ < in_end_) {
            if (is_far_from_ends()) run_far_from_ends();
            if (in_ < in_end_ && !step()) return false;
        }
        return out_ == out_end_;
    }

private:
    std::size_t in_left() const { return static_cast<std::size_t>(in_end_ - in_); }
    std::size_t out_left() const { return static_cast<std::size_t>(out_end_ - out_); }
    std::size_t written() const { return static_cast<std::size_t>(out_ - begin_); }
    bool is_far_from_ends() const {
        return written() >= kPiece && in_left() > kInReach && out_left() > kOutReach;
    }

    void run_far_from_ends();
    bool step();
    bool step_literal(std::uint8_t tag);
    bool step_copy(std::uint8_t tag);
    bool read_number(std::size_t bytes, std::uint32_t& value);

    const char* in_;
    const char* const in_end_;
    char* const begin_;
    char* out_;
    char* const out_end_;
};

/// Each round takes a literal, if there is one, and the copy behind it; with anything unusual it
/// stops in front of it. Tables instead of branches by type: which type comes can't be foretold,
/// and what follows is found only once it is known.
void Unpacker::run_far_from_ends() {
    const char* in = in_;
    char* out = out_;
    const char* const in_stop = in_end_ - kInReach;
    const char* const out_stop = out_end_ - kOutReach;
    auto tag = static_cast<std::uint8_t>(*in);
    while (in < in_stop && out < out_stop) {
        const std::size_t literal = kLiteralBytes[tag];
        if (literal == 0 && type_of(tag) == kLiteral) break;
        copy_pieces<kPiece>(out, in + 1);
        if (literal > kPiece) copy_pieces<3 * kPiece>(out + kPiece, in + 1 + kPiece);
        in += literal + (literal > 0 ? 1 : 0);
        out += literal;

        const std::uint32_t element = load32(in);
        tag = static_cast<std::uint8_t>(element);
        const std::uint32_t type = type_of(tag);
        const std::size_t length = kCopies[tag] & kCopyLength;
        const std::size_t offset =
            ((element >> 8) & kOffsetBytes[type]) | (kCopies[tag] & kCopyOffset);
        // One comparison for what is no usual copy (its offset is 0 here), for one whose pieces
        // would overlap, and for one from before the beginning.
        if (offset - kPiece > static_cast<std::size_t>(out - begin_) - kPiece) break;
        copy_pieces<4 * kPiece>(out, out - offset);
        in += 1 + type;
        out += length;
        tag = static_cast<std::uint8_t>(element >> (8 * (1 + type)));
    }
    in_ = in;
    out_ = out;
}

bool Unpacker::step() {
    const auto tag = static_cast<std::uint8_t>(*in_++);
    return type_of(tag) == kLiteral ? step_literal(tag) : step_copy(tag);
}

bool Unpacker::read_number(std::size_t bytes, std::uint32_t& value) {
    if (in_left() < bytes) return false;
    value = 0;
    for (std::size_t i = 0; i < bytes; ++i)
        value |= std::uint32_t{static_cast<std::uint8_t>(in_[i])} << (8 * i);
    in_ += bytes;
    return true;
}

bool Unpacker::step_literal(std::uint8_t tag) {
    std::size_t length = std::size_t{tag} / 4 + 1;
    if (length > kTagLiteralMax) {
        std::uint32_t value = 0;
        if (!read_number(length - kTagLiteralMax, value)) return false;
        length = std::size_t{value} + 1;
    }
    if (length > in_left() || length > out_left()) return false;
    std::memcpy(out_, in_, length);
    in_ += length;
    out_ += length;
    return true;
}

bool Unpacker::step_copy(std::uint8_t tag) {
    const std::uint32_t type = type_of(tag);
    std::uint32_t offset = 0;
    if (!read_number(type == kCopyFarthest ? 4 : type, offset)) return false;
    std::size_t length = std::size_t{tag} / 4 + 1;
    if (type == kCopyNear) {
        length = kCopies[tag] & kCopyLength;
        offset |= kCopies[tag] & kCopyOffset;
    }
    if (offset == 0 || offset > written() || length > out_left()) return false;
    // Byte by byte: what is copied may be what has just been written.
    const char* const from = out_ - offset;
    for (std::size_t i = 0; i < length; ++i) out_[i] = from[i];
    out_ += length;
    return true;
}

/// The number in front of the elements; takes it off `packed`.
std::optional<std::size_t> take_size(std::string_view& packed) noexcept {
    constexpr std::size_t kBytesMax = 5;
    std::uint64_t size = 0;
    for (std::size_t i = 0; i < kBytesMax && i < packed.size(); ++i) {
        const auto byte = static_cast<std::uint8_t>(packed[i]);
        size |= std::uint64_t{byte & 0x7FU} << (7 * i);
        if (byte >= 0x80) continue;
        if (size > std::numeric_limits<std::uint32_t>::max()) return std::nullopt;
        packed.remove_prefix(i + 1);
        return size;
    }
    return std::nullopt;
}

}  // namespace

std::optional<std::size_t> snappy_unpacked_size(std::string_view packed) noexcept {
    return take_size(packed);
}

bool unpack_snappy(std::string_view packed, char* out, std::size_t size) noexcept {
    if (take_size(packed) != size) return false;
    return Unpacker(packed, out, size).run();
}

}  // namespace skald
