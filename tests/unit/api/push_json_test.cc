// SPDX-License-Identifier: Apache-2.0
//
// Goal: JSON pushes are read as permissively as Loki reads them, and no body does harm.
// Method: small bodies with what they should come to; each good body cut at every byte.
#include "push_json.h"

#include "support/result_assertions.h"
#include "support/unlimited_share.h"

#include <skald/foundation/base/units.h>

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace skald::api {
namespace {

Buffer buffer(std::string_view text) {
    Buffer body(text.size());
    std::copy(text.begin(), text.end(), body.data());
    return body;
}
Result<write::PushBatch> decode(std::string_view text) {
    return decode_push_json(buffer(text), false, support::unlimited_share());
}
Result<write::PushBatch> decode_legacy(std::string_view text) {
    return decode_push_json(buffer(text), true, support::unlimited_share());
}
/// A body with one stream and these values.
std::string with_values(const std::string& values) {
    return R"({"streams":[{"stream":{"app":"x"},"values":)" + values + "}]}";
}
std::string line_of(const std::string& json_string) {
    const auto batch = decode(with_values("[[\"1\"," + json_string + "]]"));
    return batch ? std::string(batch->entries.at(0).line) : "refused: " + batch.error().message;
}
std::string labels_of(const std::string& object) {
    const auto batch = decode(R"({"streams":[{"stream":)" + object + R"(,"values":[]}]})");
    return batch ? std::string(batch->streams.at(0).labels) : "refused: " + batch.error().message;
}

TEST(PushJson, ReadsStreamsEntriesAndMetadata) {
    const auto batch = decode(R"({"streams":[
        {"stream":{"z":"1","app":"x"},"values":[["10","one"],["11","two",{"k":"v","a":"b"}]]},
        {"values":[["-12","three",{}]],"stream":{"app":"y"}}]})");

    ASSERT_OK(batch);
    ASSERT_EQ(batch->streams.size(), 2U);
    EXPECT_EQ(batch->streams[0].labels, R"({app="x", z="1"})");
    EXPECT_EQ(batch->streams[0].entries_begin, 0U);
    EXPECT_EQ(batch->streams[0].entries_end, 2U);
    EXPECT_EQ(batch->streams[1].labels, R"({app="y"})");
    EXPECT_EQ(batch->streams[1].entries_begin, 2U);
    EXPECT_EQ(batch->streams[1].entries_end, 3U);
    ASSERT_EQ(batch->entries.size(), 3U);
    EXPECT_EQ(batch->entries[0].time, 10);
    EXPECT_EQ(batch->entries[0].line, "one");
    EXPECT_EQ(batch->entries[0].metadata_count, 0U);
    EXPECT_EQ(batch->entries[1].metadata_count, 2U);
    EXPECT_EQ(batch->entries[2].time, -12);
    const std::vector<LabelView> expected = {{"k", "v"}, {"a", "b"}};
    EXPECT_EQ(batch->pairs, expected);
    EXPECT_EQ(batch->format, write::PushFormat::kLoki);
}

TEST(PushJson, AcceptsNothingAsNothing) {
    for (const char* body : {"{}", "null", " { } \n", R"({"streams":null})", R"({"streams":[]})",
                             R"({"other":[1,{"a":[]}],"streams":[null],"more":"x"})"}) {
        const auto batch = decode(body);
        ASSERT_OK(batch);
        EXPECT_TRUE(batch->streams.empty()) << body;
    }
}

TEST(PushJson, IgnoresWhatItDoesNotKnow) {
    const auto batch =
        decode(R"({"a":{"b":[1,2,{"c":null}]},"STREAMS":[{"x":"\"}","stream":{"app":"x"},
        "hash":12.5e3,"values":[["1","l",{"k":"v"},4,[5],{"six":6}],null,["2","m"]]}]})");

    ASSERT_OK(batch);
    ASSERT_EQ(batch->entries.size(), 2U);
    EXPECT_EQ(batch->entries[0].line, "l");
    EXPECT_EQ(batch->entries[1].line, "m");
}

TEST(PushJson, TakesNullAndMissingValuesAsNoEntries) {
    for (const char* stream :
         {R"({"stream":{"app":"x"}})", R"({"stream":{"app":"x"},"values":null})",
          R"({"stream":{"app":"x"},"values":[null]})"}) {
        const auto batch = decode(std::string(R"({"streams":[)") + stream + "]}");
        ASSERT_OK(batch);
        ASSERT_EQ(batch->streams.size(), 1U);
        EXPECT_EQ(batch->entries.size(), 0U);
    }
}

TEST(PushJson, ResolvesEscapesOfLines) {
    EXPECT_EQ(line_of(R"("plain")"), "plain");
    EXPECT_EQ(line_of(R"("")"), "");
    EXPECT_EQ(line_of(R"("\u00e4 \u00f6 \ud83d\ude00 \" \\ \/ \b\f\n\r\t")"),
              "\xC3\xA4 \xC3\xB6 \xF0\x9F\x98\x80 \" \\ / \b\f\n\r\t");
    EXPECT_EQ(line_of(R"("a\u0000b")"), std::string("a\0b", 3));
    EXPECT_EQ(line_of(R"("\u4E2D")"), "\xE4\xB8\xAD");
}

TEST(PushJson, ReplacesLoneSurrogates) {
    const std::string replacement = "\xEF\xBF\xBD";

    EXPECT_EQ(line_of(R"("a\ud83d")"), "a" + replacement);
    EXPECT_EQ(line_of(R"("\ud83dx")"), replacement + "x");
    EXPECT_EQ(line_of(R"("\ude00\ud83d")"), replacement + replacement);
    EXPECT_EQ(line_of(R"("\ud83d\u0041")"), replacement + "A");
    EXPECT_EQ(line_of(R"("\ud83d\ud83d\ude00")"), replacement + "\xF0\x9F\x98\x80");
    EXPECT_EQ(line_of(R"("\ud83d\n")"), replacement + "\n");
}

TEST(PushJson, KeepsRawControlBytesAndInvalidUtf8) {
    EXPECT_EQ(line_of("\"a\nb\x01\t\""), "a\nb\x01\t");
    EXPECT_EQ(line_of("\"a\xFF\xC3(\""), "a\xFF\xC3(");
    EXPECT_EQ(line_of(std::string("\"a\0b\"", 5)), std::string("a\0b", 3));
}

TEST(PushJson, ResolvesEscapesAtAnyPlaceOfALongLine) {
    for (std::size_t before = 0; before < 70; ++before) {
        for (const std::size_t between : {0U, 1U, 7U, 15U, 16U, 17U, 40U}) {
            const std::string a(before, 'a');
            const std::string b(between, 'b');
            const std::string c(50, 'c');
            ASSERT_EQ(line_of("\"" + a + "\\\"" + b + "\\u00e4\\\\" + c + "\""),
                      a + "\"" + b + "\xC3\xA4\\" + c);
        }
    }
}

TEST(PushJson, RefusesBrokenStrings) {
    for (const char* line :
         {R"("\x")", R"("\u12G4")", R"("\u12)", R"("\)", R"(")", R"("\ud83d\u12")"}) {
        const auto batch = decode(with_values(std::string("[[\"1\",") + line));
        EXPECT_FALSE(batch) << line;
    }
}

TEST(PushJson, WritesLabelsAsProtobufClientsDo) {
    EXPECT_EQ(labels_of(R"({"b":"2","a":"1"})"), R"({a="1", b="2"})");
    EXPECT_EQ(labels_of(R"({"n":1,"b":true,"z":null,"f":-1.5e3})"),
              R"({b="true", f="-1.5e3", n="1", z="null"})");
    EXPECT_EQ(labels_of(R"({"q":"a\"b\\c\n\u00fc"})"), "{q=\"a\\\"b\\\\c\\n\xC3\xBC\"}");
    EXPECT_EQ(labels_of(R"({"a":"1","a":"2"})"), R"({a="2"})");
    EXPECT_EQ(labels_of(R"({"\u0061":"1"})"), R"({a="1"})");
    EXPECT_EQ(labels_of("{}"), "{}");
    EXPECT_EQ(labels_of("null"), "{}");
    EXPECT_EQ(labels_of(R"({"a-b":"1"})"), R"({a-b="1"})");
}

TEST(PushJson, GivesAStreamWithoutLabelsEmptyBraces) {
    const auto batch = decode(R"({"streams":[{"values":[["1","a"]]}]})");

    ASSERT_OK(batch);
    EXPECT_EQ(batch->streams.at(0).labels, "{}");
}

TEST(PushJson, KeepsMetadataNamesAsWrittenAndResolvesValues) {
    const auto batch = decode(with_values(R"([["1","a",{"a\u002eb":"x\ty","a":"1","a":"2"}]])"));

    ASSERT_OK(batch);
    const std::vector<LabelView> expected = {{"a\\u002eb", "x\ty"}, {"a", "1"}, {"a", "2"}};
    EXPECT_EQ(batch->pairs, expected);
}

TEST(PushJson, ReadsAllNanosecondDigits) {
    const auto batch = decode(with_values(
        R"([["1793491200000000001",""],["9223372036854775807",""],["-9223372036854775808",""]])"));

    ASSERT_OK(batch);
    EXPECT_EQ(batch->entries[0].time, 1793491200000000001);
    EXPECT_EQ(batch->entries[1].time, kTimeMax);
    EXPECT_EQ(batch->entries[2].time, kTimeMin);
}

TEST(PushJson, TakesMissingPartsOfAnEntryAsEmpty) {
    const auto batch = decode(with_values(R"([["5"],[]])"));

    ASSERT_OK(batch);
    EXPECT_EQ(batch->entries.at(0).line, "");
    EXPECT_EQ(batch->entries.at(1).time, kTimeMin);
}

struct BadBody {
    std::string name;
    std::string body;
};
void PrintTo(const BadBody& bad, std::ostream* out) {
    *out << bad.body;
}
class PushJsonRefuses : public testing::TestWithParam<BadBody> {};

TEST_P(PushJsonRefuses, WithAMessage) {
    const auto batch = decode(GetParam().body);

    ASSERT_FALSE(batch);
    EXPECT_EQ(batch.error().code, ErrorCode::kInvalidArgument);
    EXPECT_GT(batch.error().message.size(), 10U);
    EXPECT_LT(batch.error().message.size(), 200U);
}

INSTANTIATE_TEST_SUITE_P(
    Bodies, PushJsonRefuses,
    testing::Values(BadBody{"Nothing", ""}, BadBody{"Space", "  "}, BadBody{"Word", "hello"},
                    BadBody{"Array", "[]"}, BadBody{"Number", "7"}, BadBody{"TwoObjects", "{}\n{}"},
                    BadBody{"Rest", "{} x"}, BadBody{"StreamsObject", R"({"streams":{}})"},
                    BadBody{"StreamsText", R"({"streams":"x"})"},
                    BadBody{"StreamNumber", R"({"streams":[1]})"},
                    BadBody{"NoColon", R"({"streams" []})"},
                    BadBody{"NoComma", R"({"a":1 "streams":[]})"},
                    BadBody{"TrailingComma", R"({"streams":[],})"},
                    BadBody{"TimeNumber", with_values(R"([[1793491201000000000,"a"]])")},
                    BadBody{"TimeWord", with_values(R"([["now","a"]])")},
                    BadBody{"TimeRfc", with_values(R"([["2026-11-01T00:00:00Z","a"]])")},
                    BadBody{"TimeEmpty", with_values(R"([["","a"]])")},
                    BadBody{"TimeFraction", with_values(R"([["1.5","a"]])")},
                    BadBody{"TimePlus", with_values(R"([["+1","a"]])")},
                    BadBody{"TimeSpace", with_values(R"([[" 1","a"]])")},
                    BadBody{"TimeOverflow", with_values(R"([["9223372036854775808","a"]])")},
                    BadBody{"LineNumber", with_values(R"([["1",2]])")},
                    BadBody{"LineNull", with_values(R"([["1",null]])")},
                    BadBody{"MetadataNumber", with_values(R"([["1","a",{"k":5}]])")},
                    BadBody{"MetadataNull", with_values(R"([["1","a",{"k":null}]])")},
                    BadBody{"MetadataObject", with_values(R"([["1","a",{"k":{"l":"m"}}]])")},
                    BadBody{"MetadataText", with_values(R"([["1","a","b"]])")},
                    BadBody{"MetadataIsNull", with_values(R"([["1","a",null]])")},
                    BadBody{"EntryObject", with_values(R"([{"ts":"1"}])")},
                    BadBody{"ValuesObject", with_values("{}")},
                    BadBody{"LabelObject", R"({"streams":[{"stream":{"a":{"b":"c"}}}]})"},
                    BadBody{"LabelArray", R"({"streams":[{"stream":{"a":["b"]}}]})"},
                    BadBody{"LabelWord", R"({"streams":[{"stream":{"a":word}}]})"},
                    BadBody{"StreamText", R"({"streams":[{"stream":"{app=\"x\"}"}]})"},
                    BadBody{"Mismatch", R"({"a":[}]})"}, BadBody{"UnknownUnclosed", R"({"a":[[[)"},
                    BadBody{"Deep", R"({"a":)" + std::string(600, '[')}),
    [](const testing::TestParamInfo<BadBody>& info) { return info.param.name; });

TEST(PushJson, RefusesEveryPrefixOfAGoodBody) {
    const std::string whole =
        R"({"x":[{"y":"z"}],"streams":[{"stream":{"a":"1","n":2},"values":[["10","o\n\u00e4e",{"k":"v"}],null]}]})";
    ASSERT_OK(decode(whole));

    for (std::size_t size = 0; size < whole.size(); ++size)
        ASSERT_FALSE(decode(whole.substr(0, size))) << whole.substr(0, size);
}

TEST(PushJson, SaysWhereTheMistakeIs) {
    const auto bad_time = decode(with_values(R"([[12,"a"]])"));
    const auto cut = decode(R"({"streams":[)");

    EXPECT_EQ(bad_time.error().message,
              "invalid JSON push body: the timestamp must be a string of digits, at byte 46");
    EXPECT_EQ(cut.error().message,
              "invalid JSON push body: unexpected end, expected '{' in a stream");
}

TEST(PushJson, RefusesBodiesOfEmptyThings) {
    std::string values = "[";
    for (int i = 0; i < 200'000; ++i) values += "[],";
    values.back() = ']';

    const auto batch = decode(with_values(values));

    ASSERT_FALSE(batch);
    EXPECT_NE(batch.error().message.find("too many empty entries"), std::string::npos);
}

TEST(PushJson, WhatSmallThingsBecomeIsCharged) {
    const auto many = [](const std::string& item) {
        std::string all = item;
        for (int i = 1; i < 40'000; ++i) all += "," + item;
        return all;
    };
    const std::string bodies[] = {
        with_values("[" + many(R"(["1",""])") + "]"),
        with_values(R"([["1","",{)" + many(R"("a":"","b":"")") + "}]]"),
        R"({"streams":[)" + many(R"({"stream":{},"values":[]})") + "]}",
        R"({"streams":[{"stream":{)" + many(R"("a":1,"b":2)") + "}}]}",
    };
    for (const std::string& body : bodies) {
        MemoryBudget budget(kMiB);
        BudgetShare share(budget);
        const auto batch = decode_push_json(buffer(body), false, share);
        ASSERT_FALSE(batch) << body.substr(0, 80);
        EXPECT_EQ(batch.error().code, ErrorCode::kTooLarge) << batch.error().message;
    }
}

TEST(PushJson, UsualLinesTakeLittleMoreThanTheirBytes) {
    std::string values = "[";
    for (int i = 0; i < 10'000; ++i) values += "[\"1\",\"" + std::string(120, 'x') + "\"],";
    values.back() = ']';
    MemoryBudget budget(values.size());
    BudgetShare share(budget);
    EXPECT_OK(decode_push_json(buffer(with_values(values)), false, share));
    EXPECT_GE(share.bytes(), 10'000 * sizeof(EntryView));
}

TEST(PushJson, SkipsDeepValuesUpToALimit) {
    const std::string open(512, '[');
    const std::string close(512, ']');

    EXPECT_OK(decode("{\"a\":" + open + close + "}"));
    EXPECT_FALSE(decode("{\"a\":[" + open + close + "]}"));
}

TEST(PushJson, ReadsTheLegacyShape) {
    const auto batch = decode_legacy(R"({"streams":[{"labels":"{a=\"b\"}","entries":[
        {"ts":"2018-12-18T08:28:06.801064-04:00","line":"one\n"},
        {"line":"two","ts":"2018-12-18T12:28:07Z","structuredMetadata":[{"name":"k","value":"v"}]}]},
        {"entries":null,"labels":"{c=\"d\"}"}]})");

    ASSERT_OK(batch);
    ASSERT_EQ(batch->streams.size(), 2U);
    EXPECT_EQ(batch->streams[0].labels, R"({a="b"})");
    EXPECT_EQ(batch->streams[1].labels, R"({c="d"})");
    ASSERT_EQ(batch->entries.size(), 2U);
    EXPECT_EQ(batch->entries[0].time, 1545136086801064000);
    EXPECT_EQ(batch->entries[0].line, "one\n");
    EXPECT_EQ(batch->entries[1].time, 1545136087000000000);
    const std::vector<LabelView> expected = {{"k", "v"}};
    EXPECT_EQ(batch->pairs, expected);
    EXPECT_EQ(batch->entries[1].metadata_count, 1U);
}

TEST(PushJson, RefusesBadLegacyBodies) {
    EXPECT_FALSE(decode_legacy(
        R"({"streams":[{"labels":"{a=\"b\"}","entries":[{"ts":"yesterday","line":"x"}]}]})"));
    EXPECT_FALSE(decode_legacy(
        R"({"streams":[{"labels":"{a=\"b\"}","entries":[{"ts":"2018-12-18T12:28:07Z","line":7}]}]})"));
    EXPECT_FALSE(decode_legacy(R"({"streams":[{"labels":{"a":"b"},"entries":[]}]})"));
    EXPECT_FALSE(decode_legacy(R"({"streams":[{"labels":"{}","entries":[["1","x"]]}]})"));
}

}  // namespace
}  // namespace skald::api
