// SPDX-License-Identifier: Apache-2.0
#include "id_set.h"

#include <gtest/gtest.h>

#include <random>
#include <set>
#include <string>

namespace skald::storage {
namespace {

IdSet random_set(std::mt19937_64& random, std::uint32_t range, std::size_t count) {
    std::vector<std::uint32_t> numbers;
    for (std::size_t i = 0; i < count; ++i)
        numbers.push_back(static_cast<std::uint32_t>(random() % range));
    return to_id_set(std::move(numbers));
}

TEST(IdSet, SurvivesEncoding) {
    std::mt19937_64 random(1);
    for (int round = 0; round < 500; ++round) {
        const IdSet set = random_set(random, 1 + random() % 3000, random() % 400);
        std::string bytes;
        ByteWriter out(bytes);
        encode_id_set(set, out);

        IdSet decoded;
        ByteReader in(bytes);
        ASSERT_TRUE(decode_id_set(in, set.size() + 1, decoded));
        EXPECT_TRUE(in.done());
        EXPECT_EQ(decoded, set);
    }
}

TEST(IdSet, IsEncodedAsTheDocumentSays) {
    std::string bytes;
    ByteWriter out(bytes);
    encode_id_set({0, 1, 2, 7}, out);
    EXPECT_EQ(bytes, std::string("\x02\x00\x02\x04\x00", 5));
}

TEST(IdSet, TakesAFewBytesForNeighbours) {
    std::string bytes;
    ByteWriter out(bytes);
    encode_id_set(all_ids(100'000), out);
    EXPECT_LE(bytes.size(), 5U);
}

TEST(IdSet, AgreesWithStdSet) {
    std::mt19937_64 random(2);
    for (int round = 0; round < 500; ++round) {
        const auto range = static_cast<std::uint32_t>(1 + random() % 2000);
        // Sizes far apart take the searching way.
        const IdSet a = random_set(random, range, random() % 20);
        const IdSet b = random_set(random, range, random() % 1500);
        IdSet both;
        IdSet rest;
        const std::set<std::uint32_t> in_b(b.begin(), b.end());
        for (const std::uint32_t id : a) (in_b.contains(id) ? both : rest).push_back(id);
        EXPECT_EQ(intersect(a, b), both);
        EXPECT_EQ(intersect(b, a), both);
        EXPECT_EQ(subtract(a, b), rest);
    }
}

TEST(IdSet, RefusesDamagedBytes) {
    std::mt19937_64 random(3);
    for (int round = 0; round < 5000; ++round) {
        std::string bytes(random() % 24, '\0');
        for (char& byte : bytes) byte = static_cast<char>(random());
        IdSet decoded;
        ByteReader in(bytes);
        const bool accepted = decode_id_set(in, 1000, decoded);
        EXPECT_LE(decoded.size(), 1000U);
        if (accepted) {
            EXPECT_TRUE(std::is_sorted(decoded.begin(), decoded.end()));
        }
    }
}

TEST(IdSet, RefusesMoreThanAskedFor) {
    std::string bytes;
    ByteWriter out(bytes);
    encode_id_set(all_ids(11), out);
    IdSet decoded;
    ByteReader in(bytes);
    EXPECT_FALSE(decode_id_set(in, 10, decoded));
    EXPECT_TRUE(decoded.empty());
}

}  // namespace
}  // namespace skald::storage
