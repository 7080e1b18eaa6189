// SPDX-License-Identifier: Apache-2.0
#include <skald/foundation/base/fnv.h>
#include <skald/foundation/base/text_encoding.h>

#include <gtest/gtest.h>

#include <string>

namespace skald {
namespace {

// RFC 4648, section 10.
TEST(TextEncoding, Base64IsPadded) {
    EXPECT_EQ(encode_base64(""), "");
    EXPECT_EQ(encode_base64("f"), "Zg==");
    EXPECT_EQ(encode_base64("fo"), "Zm8=");
    EXPECT_EQ(encode_base64("foo"), "Zm9v");
    EXPECT_EQ(encode_base64("foobar"), "Zm9vYmFy");
    EXPECT_EQ(encode_base64("\xFB\xFF\xFE"), "+//+");
}

TEST(TextEncoding, HexHasTwoDigitsAByte) {
    EXPECT_EQ(encode_hex(std::string("\x00\x0F\xA0\xFF", 4)), "000fa0ff");
    EXPECT_EQ(to_hex(0), "0000000000000000");
    EXPECT_EQ(to_hex(0x0123456789ABCDEFU), "0123456789abcdef");
}

TEST(TextEncoding, PercentLeavesWhatUrlsMayHold) {
    EXPECT_EQ(percent_encode("aZ09-_.~"), "aZ09-_.~");
    EXPECT_EQ(percent_encode("a/b c\xC3\xA9\""), "a%2Fb%20c%C3%A9%22");
    EXPECT_EQ(percent_encode("a/b", "/"), "a/b");
}

// Published test vectors of FNV.
TEST(Fnv, IsTheOneThatMultipliesFirst) {
    EXPECT_EQ(fnv1_32(""), 0x811c9dc5U);
    EXPECT_EQ(fnv1_32("a"), 0x050c5d7eU);
    EXPECT_EQ(fnv1_32("foobar"), 0x31f0b262U);
    EXPECT_EQ(fnv1_32("bar", fnv1_32("foo")), fnv1_32("foobar"));
}

}  // namespace
}  // namespace skald
