// SPDX-License-Identifier: Apache-2.0
#include "bit_packing.h"

#include <gtest/gtest.h>

#include <cstring>
#include <memory>
#include <random>
#include <vector>

namespace skald::storage {
namespace {

std::vector<std::uint64_t> random_values(unsigned width, std::uint32_t count) {
    std::mt19937_64 random(width * 1000 + count);
    std::vector<std::uint64_t> values(count);
    for (std::uint64_t& value : values) value = width == 0 ? 0 : random() >> (64 - width);
    return values;
}

TEST(BitPacking, GivesBackValuesOfEveryWidthAndCount) {
    for (unsigned width = 0; width <= 64; width = width == 56 ? 64 : width + 1) {
        for (const std::uint32_t count : {1U, 7U, 8U, 9U, 64U, 127U, kPackGroup}) {
            const std::vector<std::uint64_t> values = random_values(width, count);
            std::string bytes;
            pack(values, width, bytes);
            ASSERT_EQ(bytes.size(), packed_size(count, width));
            // Exactly sized on the heap, so that a sanitizer sees a read past the end.
            const std::unique_ptr<char[]> exact(new char[bytes.size()]);
            std::memcpy(exact.get(), bytes.data(), bytes.size());

            std::vector<std::uint64_t> unpacked(count);
            unpack(exact.get(), bytes.size(), count, width, unpacked.data());

            EXPECT_EQ(unpacked, values) << "width " << width << ", count " << count;
        }
    }
}

TEST(BitPacking, ReadsTheSameWithAndWithoutBytesAfterTheEnd) {
    const std::vector<std::uint64_t> values = random_values(13, 100);
    std::string bytes;
    pack(values, 13, bytes);
    bytes += std::string(20, '\xff');

    std::vector<std::uint64_t> unpacked(values.size());
    unpack(bytes.data(), bytes.size(), 100, 13, unpacked.data());

    EXPECT_EQ(unpacked, values);
}

TEST(BitPacking, PutsTheLowestBitFirst) {
    const std::vector<std::uint64_t> values = {1, 2, 3};
    std::string bytes;

    pack(values, 3, bytes);

    // 011 010 001 from the high end: 0xD1, and no bit of the second byte.
    EXPECT_EQ(bytes, std::string("\xD1\x00", 2));
}

TEST(BitPacking, UsesWholeWordsForValuesOfMoreThan56Bits) {
    EXPECT_EQ(width_of(0), 0U);
    EXPECT_EQ(width_of(255), 8U);
    EXPECT_EQ(width_of((std::uint64_t{1} << 56) - 1), 56U);
    EXPECT_EQ(width_of(std::uint64_t{1} << 56), 64U);
}

}  // namespace
}  // namespace skald::storage
