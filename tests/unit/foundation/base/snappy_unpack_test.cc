// SPDX-License-Identifier: Apache-2.0
//
// Goal: snappy blocks are unpacked as libsnappy does it, good ones and damaged ones. Method:
// libsnappy beside it, over texts of all kinds, blocks made element by element, and damage at every
// place; memory of the exact size, so that sanitizers see a byte too far.
#include <skald/foundation/base/snappy_unpack.h>

#include <gtest/gtest.h>
#include <snappy.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <initializer_list>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <string_view>

namespace skald {
namespace {

/// A copy that ends where its memory does.
class Exact {
public:
    explicit Exact(std::string_view text) : bytes_(new char[text.size()]), size_(text.size()) {
        if (!text.empty()) std::memcpy(bytes_.get(), text.data(), text.size());
    }
    std::string_view view() const { return {bytes_.get(), size_}; }

private:
    std::unique_ptr<char[]> bytes_;
    std::size_t size_;
};

std::optional<std::string> unpack(std::string_view packed) {
    const Exact block(packed);
    const auto size = snappy_unpacked_size(block.view());
    if (!size || *size > (1U << 24)) return std::nullopt;
    const std::unique_ptr<char[]> out(new char[*size]);
    if (!unpack_snappy(block.view(), out.get(), *size)) return std::nullopt;
    return std::string(out.get(), *size);
}
std::optional<std::string> unpack_by_library(std::string_view packed) {
    std::string out;
    std::size_t size = 0;
    if (!snappy::GetUncompressedLength(packed.data(), packed.size(), &size) || size > (1U << 24))
        return std::nullopt;
    if (!snappy::Uncompress(packed.data(), packed.size(), &out)) return std::nullopt;
    return out;
}
std::string pack(std::string_view text) {
    std::string packed;
    snappy::Compress(text.data(), text.size(), &packed);
    return packed;
}

/// Text with repeats near and far, as logs have them.
std::string repetitive_text(std::mt19937& random, std::size_t size) {
    std::string text;
    while (text.size() < size) {
        const std::size_t length = 1 + random() % 90;
        if (text.empty() || random() % 3 == 0) {
            for (std::size_t i = 0; i < length; ++i)
                text.push_back(static_cast<char>(random() % 256));
            continue;
        }
        const std::size_t offset = 1 + random() % std::min<std::size_t>(text.size(), 70'000);
        for (std::size_t i = 0; i < length; ++i) text.push_back(text[text.size() - offset]);
    }
    text.resize(size);
    return text;
}

/// Builds a block element by element.
class Block {
public:
    explicit Block(std::size_t size) { varint(size); }

    Block& literal(std::string_view text) {
        const std::size_t length = text.size() - 1;
        if (length < 60) {
            bytes_.push_back(static_cast<char>(length << 2));
        } else {
            bytes_.push_back(static_cast<char>(63 << 2));
            number(length, 4);
        }
        bytes_ += text;
        return *this;
    }
    Block& near(std::size_t length, std::size_t offset) {
        bytes_.push_back(static_cast<char>(1 | (length - 4) << 2 | (offset >> 8) << 5));
        return number(offset, 1);
    }
    Block& far(std::size_t length, std::size_t offset) {
        bytes_.push_back(static_cast<char>(2 | (length - 1) << 2));
        return number(offset, 2);
    }
    Block& farthest(std::size_t length, std::size_t offset) {
        bytes_.push_back(static_cast<char>(3 | (length - 1) << 2));
        return number(offset, 4);
    }
    const std::string& bytes() const { return bytes_; }

private:
    void varint(std::size_t value) {
        for (; value >= 0x80; value >>= 7) bytes_.push_back(static_cast<char>(value | 0x80));
        bytes_.push_back(static_cast<char>(value));
    }
    Block& number(std::size_t value, std::size_t bytes) {
        for (std::size_t i = 0; i < bytes; ++i)
            bytes_.push_back(static_cast<char>(value >> (8 * i)));
        return *this;
    }
    std::string bytes_;
};

TEST(SnappyUnpack, UnpacksWhatTheLibraryPacks) {
    std::mt19937 random(7);
    for (std::size_t size = 0; size < 600; ++size) {
        const std::string text = repetitive_text(random, size);
        ASSERT_EQ(unpack(pack(text)), text) << size;
    }
    for (int round = 0; round < 60; ++round) {
        const std::string text = repetitive_text(random, random() % 300'000);
        ASSERT_EQ(unpack(pack(text)), text) << round;
    }
}

TEST(SnappyUnpack, UnpacksCopiesOfEveryLengthAndOffset) {
    const std::string text = [] {
        std::mt19937 random(11);
        std::string bytes;
        for (int i = 0; i < 300; ++i) bytes.push_back(static_cast<char>(random()));
        return bytes;
    }();
    for (std::size_t length = 1; length <= 64; ++length) {
        for (const std::size_t offset : std::initializer_list<std::size_t>{
                 1, 2, 3, 7, 8, 15, 16, 17, 31, 33, 63, 64, 65, 255, 300}) {
            Block block(300 + 4 * length + 200);
            block.literal(text).far(length, offset).farthest(length, offset);
            if (length >= 4 && length <= 11) {
                block.near(length, offset).near(length, 300);
            } else {
                block.far(length, 300).far(length, offset);
            }
            block.literal(text.substr(0, 200));
            ASSERT_EQ(unpack(block.bytes()), unpack_by_library(block.bytes()))
                << length << " from " << offset;
            ASSERT_TRUE(unpack(block.bytes()).has_value());
        }
    }
}

TEST(SnappyUnpack, UnpacksLiteralsBehindEachOther) {
    Block block(400);
    std::string text;
    for (int i = 0; i < 40; ++i) {
        const std::string part(10, static_cast<char>('a' + i % 26));
        block.literal(part);
        text += part;
    }
    EXPECT_EQ(unpack(block.bytes()), text);
}

TEST(SnappyUnpack, RefusesCopiesFromBeforeTheBeginning) {
    const std::string tail(300, 'x');
    for (const std::size_t literal : std::initializer_list<std::size_t>{1, 15, 16, 17, 40}) {
        Block block(literal + 20 + tail.size());
        block.literal(std::string(literal, 'a')).far(20, literal + 1).literal(tail);
        EXPECT_FALSE(unpack(block.bytes())) << literal;
    }
    EXPECT_FALSE(unpack(Block(320).literal("ab").far(18, 0).literal(tail).bytes()));
    EXPECT_FALSE(unpack(Block(320).far(20, 1).literal(tail).bytes()));
}

TEST(SnappyUnpack, RefusesSizesThatAreNotTrue) {
    const std::string packed = pack(std::string(500, 'a') + std::string(500, 'b'));
    std::string out(1001, '\0');
    EXPECT_TRUE(unpack_snappy(packed, out.data(), 1000));
    EXPECT_FALSE(unpack_snappy(packed, out.data(), 999));
    EXPECT_FALSE(unpack_snappy(packed, out.data(), 1001));
    EXPECT_FALSE(unpack(Block(9).literal("0123456789").bytes()));
    EXPECT_FALSE(unpack(Block(11).literal("0123456789").bytes()));
    EXPECT_FALSE(unpack(packed + '\0'));
}

TEST(SnappyUnpack, ReadsSizesAsTheLibraryDoes) {
    using namespace std::string_literals;
    for (const std::string& bytes :
         {""s, "\x80"s, "\x7F"s, "\x80\x01"s, "\xFF\xFF\xFF\xFF\x0F"s, "\xFF\xFF\xFF\xFF\x1F"s,
          "\x80\x80\x80\x80\x80\x01"s, "\x80\x80\x80\x80\x00"s, "\x80\x00"s}) {
        std::size_t size = 0;
        const bool known = snappy::GetUncompressedLength(bytes.data(), bytes.size(), &size);
        EXPECT_EQ(snappy_unpacked_size(bytes), known ? std::optional(size) : std::nullopt);
    }
}

TEST(SnappyUnpack, AgreesWithTheLibraryAboutDamagedBlocks) {
    std::mt19937 random(23);
    std::size_t accepted = 0;
    for (int round = 0; round < 40'000; ++round) {
        std::string packed = pack(repetitive_text(random, 1 + random() % 1500));
        for (int damage = 0; damage <= round % 3; ++damage) {
            // Behind the size, most times: else nothing but that is tested.
            const std::size_t first =
                random() % 16 == 0 ? 0 : std::min<std::size_t>(2, packed.size() - 1);
            packed[first + random() % (packed.size() - first)] = static_cast<char>(random());
        }
        if (random() % 8 == 0) packed.resize(random() % packed.size());
        const auto mine = unpack(packed);
        ASSERT_EQ(mine, unpack_by_library(packed)) << round;
        accepted += mine.has_value() ? 1 : 0;
    }
    EXPECT_GT(accepted, 4'000U);
    EXPECT_LT(accepted, 36'000U);
}

}  // namespace
}  // namespace skald
