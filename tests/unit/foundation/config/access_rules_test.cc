// SPDX-License-Identifier: Apache-2.0
#include <skald/foundation/config/access_rules.h>

#include <gtest/gtest.h>

#include <string>

namespace skald {
namespace {

const std::string kToken = "0123456789abcdef";

std::string entry(const std::string& keys) {
    return "tokens: [{" + keys + "}]";
}

TEST(AccessRules, SayWhoMayDoWhat) {
    const LoadedAccessRules loaded = load_access_rules(
        entry("name: a, token: " + kToken + ", tenants: [y, x, y, '*'], rights: [read, admin]"));
    ASSERT_TRUE(loaded.problems.empty()) << loaded.problems[0].text;
    ASSERT_EQ(loaded.rules.size(), 1u);
    const AccessRule& rule = loaded.rules[0];
    EXPECT_EQ(rule.name, "a");
    EXPECT_EQ(rule.token, kToken);
    EXPECT_TRUE(rule.all_tenants);
    EXPECT_EQ(rule.tenants, (std::vector<std::string>{"x", "y"}));
    EXPECT_EQ(rule.rights, (std::vector<Right>{Right::kRead, Right::kAdmin}));
}

TEST(AccessRules, TakeADigestForAToken) {
    const LoadedAccessRules loaded = load_access_rules(
        entry("name: a, token_sha256: 00ff" + std::string(60, 'A') + ", rights: [write]"));
    ASSERT_TRUE(loaded.problems.empty()) << loaded.problems[0].text;
    EXPECT_EQ(loaded.rules[0].token, "");
    EXPECT_EQ(loaded.rules[0].token_sha256[1], 0xff);
    EXPECT_EQ(loaded.rules[0].token_sha256[31], 0xaa);
    EXPECT_FALSE(loaded.rules[0].all_tenants);
}

TEST(AccessRules, TellWhatIsWrongButNeverTheToken) {
    const std::string token = "token: " + kToken + ", ";
    const std::string cases[] = {
        "",
        "a",
        "tokens: x",
        "tokens: [x]",
        "tokens: []\nmore: 1",
        "tokens: [" + kToken,
        entry(token + "rights: [read]"),
        entry("name: a, rights: [read]"),
        entry("name: a, " + token),
        entry("name: a, " + token + "rights: read"),
        entry("name: a, " + token + "rights: [" + kToken + "]"),
        entry("name: 'a:b', " + token + "rights: [read]"),
        entry("name: a, token: short, rights: [read]"),
        entry("name: a, " + token + "token_sha256: " + std::string(64, '0') + ", rights: [read]"),
        entry("name: a, token_sha256: " + std::string(63, '0') + "g, rights: [read]"),
        entry("name: a, " + token + "rights: [read], tenants: ['a|b']"),
        entry("name: a, " + token + "rights: [read], tenants: ['a:b']"),
        entry("name: a, " + token + "rights: [read], " + kToken + ": 1"),
        "tokens: [{name: a, " + token + "rights: [read]}, {name: b, " + token + "rights: [read]}]",
    };
    for (const std::string& text : cases) {
        const LoadedAccessRules loaded = load_access_rules(text);
        ASSERT_FALSE(loaded.problems.empty()) << text;
        for (const ConfigProblem& problem : loaded.problems)
            EXPECT_EQ(problem.text.find(kToken), std::string::npos) << problem.text;
    }
}

}  // namespace
}  // namespace skald
