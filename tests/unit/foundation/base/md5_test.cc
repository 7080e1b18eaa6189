// SPDX-License-Identifier: Apache-2.0
#include <skald/foundation/base/md5.h>
#include <skald/foundation/base/text_encoding.h>

#include <gtest/gtest.h>

#include <string>

namespace skald {
namespace {

std::string hex_of(std::string_view bytes) {
    const auto digest = md5(bytes);
    return encode_hex({reinterpret_cast<const char*>(digest.data()), digest.size()});
}

TEST(Md5, IsThatOfTheSuiteInRfc1321) {
    EXPECT_EQ(hex_of(""), "d41d8cd98f00b204e9800998ecf8427e");
    EXPECT_EQ(hex_of("a"), "0cc175b9c0f1b6a831c399e269772661");
    EXPECT_EQ(hex_of("abc"), "900150983cd24fb0d6963f7d28e17f72");
    EXPECT_EQ(hex_of("message digest"), "f96b697d7cb7938d525a2f31aaf161d0");
    EXPECT_EQ(hex_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"),
              "d174ab98d277d9f5a5611c2c9f419d9f");
}

TEST(Md5, FillsTheLastBlockAndABlockMore) {
    EXPECT_EQ(hex_of(std::string(55, 'a')), "ef1772b6dff9a122358552954ad0df65");
    EXPECT_EQ(hex_of(std::string(56, 'a')), "3b0c8ac703f828b04c6c197006d17218");
    EXPECT_EQ(hex_of(std::string(64, 'a')), "014842d480b571495a4a0363793f7367");
}

}  // namespace
}  // namespace skald
