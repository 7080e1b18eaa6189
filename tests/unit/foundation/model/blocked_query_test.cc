// SPDX-License-Identifier: Apache-2.0
#include "support/result_assertions.h"

#include <skald/foundation/model/blocked_query.h>
#include <skald/foundation/model/stream_policy.h>

#include <gtest/gtest.h>

#include <utility>

namespace skald {
namespace {

using Rule = BlockedQuery::Rule;

Rule of_text(std::string pattern, bool regex = false) {
    Rule rule;
    rule.pattern = std::move(pattern);
    rule.regex = regex;
    return rule;
}
Rule of_hash(std::uint32_t hash) {
    Rule rule;
    rule.hash = hash;
    return rule;
}
Rule of_kind(std::vector<std::string> types, std::vector<BlockedQuery::Tag> tags = {}) {
    Rule rule;
    rule.types = std::move(types);
    rule.tags = std::move(tags);
    return rule;
}

bool blocks(BlockedQuery::Rule rule, QueryTraits query) {
    const auto blocked = BlockedQuery::create(std::move(rule));
    return blocked && blocked->blocks(query);
}

TEST(BlockedQuery, IsTheWholeTextWithoutTheSpaceAround) {
    EXPECT_TRUE(blocks(of_text("{a=\"b\"} "), {" {a=\"b\"}", "limited", ""}));
    EXPECT_FALSE(blocks(of_text("{a=\"b\"}"), {"{a=\"b\"} | json", "filter", ""}));
}

TEST(BlockedQuery, OfAnExpressionNeedsItSomewhere) {
    EXPECT_TRUE(blocks(of_text("a=\"b+\"", true), {"{a=\"bb\"}", "limited", ""}));
    EXPECT_FALSE(blocks(of_text("^a", true), {"{a=\"bb\"}", "limited", ""}));
    EXPECT_FALSE(BlockedQuery::create(of_text("(", true)));
}

TEST(BlockedQuery, OfAHashNeedsItsText) {
    // The reference values of FNV-1 with 32 bits.
    EXPECT_EQ(query_hash(""), 0x811c9dc5U);
    EXPECT_EQ(query_hash("a"), 0x050c5d7eU);
    EXPECT_EQ(query_hash("foobar"), 0x31f0b262U);
    EXPECT_TRUE(blocks(of_hash(0x31f0b262U), {"foobar", "metric", ""}));
    EXPECT_FALSE(blocks(of_hash(0x31f0b262U), {"foobaz", "metric", ""}));
}

TEST(BlockedQuery, WithoutATextIsEveryQueryOfItsTypesAndTags) {
    EXPECT_TRUE(blocks(of_kind({"metric", "filter"}), {"x", "filter", ""}));
    EXPECT_FALSE(blocks(of_kind({"metric"}), {"x", "limited", ""}));
    EXPECT_FALSE(BlockedQuery::create(of_kind({"metrics"})));
    const std::vector<BlockedQuery::Tag> tags = {{"Source", "robot"}, {"name", "x"}};
    EXPECT_TRUE(blocks(of_kind({}, tags), {"x", "metric", "name=x, source=Robot"}));
    EXPECT_FALSE(blocks(of_kind({}, tags), {"x", "metric", "source=robot"}));
}

TEST(QueryTags, AreCleanedAndBounded) {
    const auto tags = split_tags("Source=a b, x\n=1,=2,none,Y=3\",Z=4", 3);
    ASSERT_EQ(tags.size(), 3U);
    EXPECT_EQ(tags[0].name + ":" + tags[0].value, "source:a b");
    EXPECT_EQ(tags[1].name, "x");
    EXPECT_EQ(tags[2].name + ":" + tags[2].value, "y:3_");
}

TEST(ParseMatchers, ReadsEachOperator) {
    const auto matchers = parse_matchers(R"( {a="x", b!="y\"",c=~"z|w" , d!~`q`,} )");
    ASSERT_TRUE(matchers);
    ASSERT_EQ(matchers->size(), 4U);
    EXPECT_EQ((*matchers)[1].value(), "y\"");
    EXPECT_TRUE((*matchers)[2].matches("w"));
    EXPECT_FALSE((*matchers)[3].matches("q"));
}

TEST(ParseMatchers, RefusesEverythingElse) {
    for (const char* text : {"", "{}", "{a}", "{a=b}", "{a=\"b\"", "{a=\"b\"} x", "{=\"b\"}",
                             "{a=\"b\" c=\"d\"}", "{a=~\"(\"}", "{a=\"b", "a=\"b\"", "{a=\"\\"})
        EXPECT_FALSE(parse_matchers(text)) << text;
}

TEST(Policy, IsThatOfTheHighestPriorityThenTheFirstByName) {
    PolicyConfig config;
    const auto add = [&](const char* policy, const char* selector, std::int64_t priority) {
        config.rules.push_back({policy, selector, *parse_matchers(selector), priority});
    };
    add("low", R"({app=~".+"})", 1);
    add("z", R"({app="a"})", 5);
    add("b", R"({app="a"})", 5);
    EXPECT_EQ(config.policy_of(Labels::from_pairs({{"app", "a"}})), "b");
    EXPECT_EQ(config.policy_of(Labels::from_pairs({{"app", "x"}})), "low");
    EXPECT_EQ(config.policy_of(Labels::from_pairs({{"job", "x"}})), "");
}

TEST(Policy, WithoutATimeOfItsOwnIsBlockedAsTheStarSays) {
    PolicyConfig config;
    config.blocked_until = {{"*", 5}, {"a", 9}};
    EXPECT_EQ(config.blocked_until_of("a"), 9);
    EXPECT_EQ(config.blocked_until_of("b"), 5);
    EXPECT_EQ(config.blocked_until_of(""), 5);
    config.blocked_until.erase("*");
    EXPECT_EQ(config.blocked_until_of("b"), 0);
}

}  // namespace
}  // namespace skald
