// SPDX-License-Identifier: Apache-2.0
#include <skald/foundation/model/matcher.h>
#include <skald/foundation/model/regex_allowance.h>

#include <gtest/gtest.h>

#include <string>

namespace skald {
namespace {

using Kind = RegexAllowance::Kind;

constexpr auto kDefault = re2::RE2::Options::kDefaultMaxMem;

re2::RE2::Options quiet() {
    re2::RE2::Options options;
    options.set_log_errors(false);
    return options;
}

Result<std::shared_ptr<const re2::RE2>> compile(const std::string& pattern) {
    return RegexAllowance::compile(pattern, quiet());
}

std::int64_t memory_of_next() {
    return (*compile("[a-c]+d"))->options().max_mem();
}

TEST(RegexAllowance, GivesLaterExpressionsLess) {
    EXPECT_EQ(memory_of_next(), kDefault);
    {
        const RegexAllowance allowance(Kind::kFresh);
        EXPECT_EQ(memory_of_next(), kDefault);
        EXPECT_EQ(memory_of_next(), kDefault);
        EXPECT_EQ(memory_of_next(), 1 << 20);
        {
            const RegexAllowance shared(Kind::kShared);
            EXPECT_EQ(memory_of_next(), 1 << 20) << "goes on";
            const RegexAllowance fresh(Kind::kFresh);
            EXPECT_EQ(memory_of_next(), kDefault) << "begins";
        }
        for (int i = 0; i < 12; ++i) EXPECT_EQ(memory_of_next(), 1 << 20);
        EXPECT_EQ(memory_of_next(), 128 << 10);
    }
    EXPECT_EQ(memory_of_next(), kDefault);
}

TEST(RegexAllowance, TakesWordListsAndRefusesThousandsOfExpressions) {
    const RegexAllowance allowance(Kind::kFresh);
    for (int i = 0; i < 512; ++i) ASSERT_TRUE(compile("user-[0-9]{3}" + std::to_string(i))) << i;
    const auto refused = compile("a.c");
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().message, "more than 512 regular expressions in one query");
    EXPECT_FALSE(Matcher::create(MatchOp::kRegex, "a", "a.c"));
}

TEST(RegexAllowance, RefusesExpressionsThatAreTooLargeTogether) {
    const RegexAllowance allowance(Kind::kFresh);
    int taken = 0;
    while (compile("\\pL{100}\\pN{" + std::to_string(50 + taken) + "}")) ++taken;
    EXPECT_GE(taken, 2);
    EXPECT_LE(taken, 8);
}

TEST(RegexAllowance, GivesALaterOneWhatItNeeds) {
    const RegexAllowance allowance(Kind::kFresh);
    for (int i = 0; i < 20; ++i) memory_of_next();
    const auto large = compile("(\\pL+ ){40}");
    ASSERT_TRUE(large);
    EXPECT_TRUE((*large)->ok());
    EXPECT_EQ((*large)->options().max_mem(), kDefault);
    EXPECT_FALSE((*compile("("))->ok());
}

}  // namespace
}  // namespace skald
