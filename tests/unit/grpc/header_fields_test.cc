// SPDX-License-Identifier: Apache-2.0
//
// Goal: headers are counted as they are, however their block is cut into pieces.
// Method: blocks by hand, those of RFC 7541's appendix C, and headers made at random.
#include "header_fields.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace skald::grpc {
namespace {

/// HPACK's integer behind the `first` bits of its byte.
std::string number(std::uint64_t value, unsigned bits, unsigned first = 0) {
    const unsigned most = (1U << bits) - 1;
    if (value < most) return {static_cast<char>(first | value)};
    std::string bytes = {static_cast<char>(first | most)};
    for (value -= most; value > 127; value >>= 7U) bytes += static_cast<char>(value | 0x80U);
    return bytes + static_cast<char>(value);
}

std::string text(std::size_t size, bool packed = false) {
    return number(size, 7, packed ? 0x80 : 0) + std::string(size, '\xFF');
}

/// The count, if the block's end is the end of a header.
std::optional<std::uint64_t> count(std::string_view block, std::size_t step) {
    HeaderFields fields;
    for (std::size_t at = 0; at < block.size(); at += step)
        if (!fields.read(block.substr(at, step))) return std::nullopt;
    if (!fields.is_whole()) return std::nullopt;
    return fields.count();
}

struct Case {
    std::string name;
    std::string block;
    std::uint64_t fields;
};
void PrintTo(const Case& each, std::ostream* out) {
    *out << each.name;
}

const Case kCases[] = {
    {"nothing", "", 0},
    {"known", "\x82\x86\x84", 3},
    {"known_far_in_the_table", number(62, 7, 0x80) + number(127, 7, 0x80) + number(70'000, 7, 0x80),
     3},
    {"known_name", number(15, 4) + text(10) + number(14, 4) + text(0), 2},
    {"known_name_kept", number(63, 6, 0x40) + text(200) + number(62, 6, 0x40) + text(1), 2},
    {"never_kept", number(300, 4, 0x10) + text(127), 1},
    {"new_name", "\x40" + text(3) + text(4) + "\x10" + text(126) + text(128, true), 2},
    {"new_name_without_texts", std::string(1, '\0') + text(0) + text(0), 1},
    {"sizes_of_the_table", number(0, 5, 0x20) + number(31, 5, 0x20) + number(4096, 5, 0x20), 3},
    {"long_text", "\x40" + text(5, true) + text(16'500, true) + "\x82", 2},
    {"rfc_c_3_1", "\x82\x86\x84\x41\x0fwww.example.com", 4},
    {"rfc_c_2_3", "\x10\x08password\x06secret", 1},
    {"rfc_c_4_3",
     "\x82\x87\x85\xbf\x40\x88\x25\xa8\x49\xe9\x5b\xa9\x7d\x7f\x89\x25\xa8\x49\xe9\x5b\xb8\xe8\xb4"
     "\xbf",
     5},
};

class HeaderFieldsOf : public testing::TestWithParam<Case> {};

TEST_P(HeaderFieldsOf, AreCountedHoweverTheyAreCut) {
    const std::string& block = GetParam().block;
    for (std::size_t step = 1; step <= std::min<std::size_t>(block.size(), 40) + 1; ++step)
        EXPECT_EQ(count(block, step), GetParam().fields) << step;
    for (std::size_t at = 0; at <= block.size(); ++at) {
        HeaderFields fields;
        ASSERT_TRUE(fields.read(std::string_view(block).substr(0, at)));
        ASSERT_TRUE(fields.read(std::string_view(block).substr(at)));
        ASSERT_TRUE(fields.is_whole());
        ASSERT_EQ(fields.count(), GetParam().fields) << at;
    }
}

INSTANTIATE_TEST_SUITE_P(HeaderFields, HeaderFieldsOf, testing::ValuesIn(kCases),
                         [](const auto& test) { return test.param.name; });

TEST(HeaderFields, KnowsABlockThatIsCutOff) {
    for (const std::string block : {"\x82", "\x40", "\x7F", "\x7F\x80"}) {
        HeaderFields fields;
        ASSERT_TRUE(fields.read(block));
        EXPECT_EQ(fields.is_whole(), block == "\x82");
        EXPECT_EQ(fields.count(), 1);
    }
}

TEST(HeaderFields, RefusesNumbersWithoutEnd) {
    const std::string more(4, '\x80');
    EXPECT_TRUE(count("\xFF" + more + '\0', 1));
    EXPECT_FALSE(count("\xFF" + more + '\x80' + '\0', 1));
    HeaderFields longest;
    EXPECT_TRUE(
        longest.read("\x0F\xFF\xFF\xFF\xFF\x7F"
                     "\x7F\xFF\xFF\xFF\xFF\x7F"));
    EXPECT_TRUE(longest.read(std::string(1 << 20, 'x')));
    EXPECT_FALSE(longest.is_whole());
    EXPECT_EQ(longest.count(), 1);
}

TEST(HeaderFields, AgreesWithWhatWasPacked) {
    std::minstd_rand random(7);
    const auto below = [&](unsigned end) { return static_cast<unsigned>(random() % end); };
    const auto size = [&] { return below(8) == 0 ? below(5000) : below(140); };
    for (int round = 0; round < 300; ++round) {
        std::string block;
        const unsigned fields = below(60);
        for (unsigned i = 0; i < fields; ++i) {
            const unsigned bits = std::vector{4U, 4U, 5U, 6U, 7U}[below(5)];
            const unsigned first = bits == 4 ? 0x10 * below(2) : 1U << bits;
            const bool is_text = bits == 4 || bits == 6;
            const unsigned index = is_text && below(2) == 0 ? 0 : 1 + below(300);
            block += number(index, bits, first);
            if (is_text && index == 0) block += text(size(), below(2) == 0);
            if (is_text) block += text(size(), below(2) == 0);
        }
        EXPECT_EQ(count(block, 1 + below(100)), fields) << round;
    }
}

}  // namespace
}  // namespace skald::grpc
