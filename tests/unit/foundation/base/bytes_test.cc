// SPDX-License-Identifier: Apache-2.0
#include <skald/foundation/base/buffer.h>
#include <skald/foundation/base/bytes.h>
#include <skald/foundation/base/hash.h>

#include <gtest/gtest.h>

#include <limits>
#include <string>
#include <vector>

namespace skald {
namespace {

TEST(Bytes, RoundTripsEveryWidth) {
    const std::vector<std::uint64_t> numbers = {0, 1, 127, 128, 16383, 16384, 1ULL << 63, ~0ULL};
    std::string bytes;
    ByteWriter out(bytes);
    out.u8(7);
    out.u16(0xABCD);
    out.u32(0xDEADBEEF);
    out.u64(~0ULL);
    out.i64(-5);
    for (const std::uint64_t number : numbers) {
        out.varint(number);
        out.zigzag(static_cast<std::int64_t>(number));
    }
    out.text("text");

    ByteReader in(bytes);
    EXPECT_EQ(in.u8(), 7);
    EXPECT_EQ(in.u16(), 0xABCD);
    EXPECT_EQ(in.u32(), 0xDEADBEEF);
    EXPECT_EQ(in.u64(), ~0ULL);
    EXPECT_EQ(in.i64(), -5);
    for (const std::uint64_t number : numbers) {
        EXPECT_EQ(in.varint(), number);
        EXPECT_EQ(in.zigzag(), static_cast<std::int64_t>(number));
    }
    EXPECT_EQ(in.text(), "text");
    EXPECT_TRUE(in.ok());
    EXPECT_TRUE(in.done());
}

TEST(Bytes, AReadPastTheEndFailsForGood) {
    ByteReader in(std::string_view("\x05hi", 3));
    EXPECT_EQ(in.text(), "");
    EXPECT_FALSE(in.ok());
    EXPECT_EQ(in.u8(), 0);
    EXPECT_FALSE(in.ok());
}

TEST(Bytes, RefusesAVarintOfMoreThan64Bits) {
    const std::string too_long(11, '\xff');
    ByteReader in(too_long);
    in.varint();
    EXPECT_FALSE(in.ok());
    ByteReader overflow(std::string_view("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02", 10));
    overflow.varint();
    EXPECT_FALSE(overflow.ok());
}

TEST(Buffer, GrowingKeepsTheBytes) {
    Buffer buffer(3);
    std::memcpy(buffer.data(), "abc", 3);
    buffer.resize(1000);
    EXPECT_EQ(buffer.view().substr(0, 3), "abc");
    buffer.resize(2);
    EXPECT_EQ(buffer.view(), "ab");
}

TEST(Hash, MatchesThePublishedFunctions) {
    // XXH3 and XXH64 of the empty input with seed 0, from the reference implementation's test
    // vectors.
    EXPECT_EQ(hash64(""), 0x2D06800538D394C2ULL);
    EXPECT_EQ(xxh64(""), 0xEF46DB3751D8E999ULL);
    EXPECT_EQ(hash128("").to_hex(), "99aa06d3014798d86001c324468d497f");
}

}  // namespace
}  // namespace skald
