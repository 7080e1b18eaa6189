// SPDX-License-Identifier: Apache-2.0
#include "line_json.h"

#include "support/result_assertions.h"

#include <gtest/gtest.h>

namespace skald::tools {
namespace {

TransferLine odd_line() {
    return {.time = 1'700'000'000'000'000'001,
            .stream = {{"app", "a\"b"}, {"env", "<x>"}},
            .metadata = {{"trace", "1\n2"}},
            .line = "tab\t, quote \", back\\slash, \xC3\xBC, nothing"};
}

void expect_equal(const TransferLine& a, const TransferLine& b) {
    EXPECT_EQ(a.time, b.time);
    EXPECT_EQ(a.stream, b.stream);
    EXPECT_EQ(a.metadata, b.metadata);
    EXPECT_EQ(a.line, b.line);
}

TEST(LineJsonTest, WhatIsExportedIsImported) {
    const Result<TransferLine> read = parse_line(to_json(odd_line()));
    ASSERT_OK(read);
    expect_equal(*read, odd_line());
    EXPECT_EQ(to_json(odd_line()).find('\n'), std::string::npos);
}

TEST(LineJsonTest, TextThatIsNoLineIsRefused) {
    for (const char* text :
         {"", "{", "[]", "{}", R"({"time":"1"})", R"({"time":1,"stream":{},"line":"x"})",
          R"({"time":"1x","stream":{},"line":"x"})", R"({"time":"1","stream":[],"line":"x"})",
          R"({"time":"1","stream":{"a":1},"line":"x"})", R"({"time":"1","stream":{},"line":1})"})
        EXPECT_FALSE(parse_line(text)) << text;
}

TEST(LineJsonTest, AnAnswerIsTakenInTheOrderOfTime) {
    const Result<std::vector<TransferLine>> lines = parse_query_answer(
        R"({"data":{"result":[{"stream":{"a":"1"},"values":[["5","five",{"structuredMetadata":)"
        R"({"m":"v"},"parsed":{"p":"q"}}],["9","nine",{}]]},{"stream":{"a":"2"},"values":[["7","seven"]]}]}})");
    ASSERT_OK(lines);
    ASSERT_EQ(lines->size(), 3U);
    EXPECT_EQ((*lines)[0].line, "five");
    EXPECT_EQ((*lines)[0].metadata, (TransferLine::Pairs{{"m", "v"}}));
    EXPECT_EQ((*lines)[1].line, "seven");
    EXPECT_EQ((*lines)[2].line, "nine");
    for (const char* text : {"", "{}", R"({"data":{"result":[{}]}})",
                             R"({"data":{"result":[{"stream":{},"values":[[]]}]}})",
                             R"({"data":{"result":[{"stream":{},"values":[["1"]]}]}})"})
        EXPECT_FALSE(parse_query_answer(text)) << text;
}

TEST(LineJsonTest, APushHasEachStreamOnce) {
    TransferLine other = odd_line();
    other.stream = {{"app", "z"}};
    EXPECT_EQ(push_body({other, odd_line(), other}).find("\"stream\""),
              push_body({other, odd_line(), other}).find("\"stream\":"));
    const std::string body = push_body({other, odd_line(), other});
    std::size_t streams = 0;
    for (std::size_t at = body.find("\"stream\":"); at != std::string::npos;
         at = body.find("\"stream\":", at + 1))
        ++streams;
    EXPECT_EQ(streams, 2U);
}

}  // namespace
}  // namespace skald::tools
