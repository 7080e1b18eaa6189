// SPDX-License-Identifier: Apache-2.0
//
// Goal: fields of sampled rows have the right names, types, parsers, paths and counts.
#include "field_type.h"
#include "hyper_log_log.h"

#include <skald/read/querier/detected_fields.h>

#include <gtest/gtest.h>

#include <cmath>

namespace skald::read {
namespace {

LogRow row(std::string line, std::vector<Labels::Pair> metadata = {},
           std::vector<Labels::Pair> parsed = {}) {
    return {.time = 1,
            .line = std::move(line),
            .metadata = Labels::from_pairs(std::move(metadata)),
            .parsed = Labels::from_pairs(std::move(parsed))};
}
StreamsResult rows(std::vector<LogRow> list) {
    return {{{.labels = Labels::from_pairs({{"app", "x"}}), .rows = std::move(list)}}};
}
/// As `name type cardinality parsers path`.
std::vector<std::string> texts(const std::vector<DetectedField>& fields) {
    std::vector<std::string> texts;
    for (const DetectedField& field : fields) {
        std::string text =
            field.name + " " + std::string(field.type) + " " + std::to_string(field.cardinality);
        if (!field.has_parsers) text += " null";
        for (const std::string& parser : field.parsers) text += " " + parser;
        for (const std::string& key : field.json_path) text += "/" + key;
        texts.push_back(std::move(text));
    }
    return texts;
}
using Texts = std::vector<std::string>;

TEST(DetectedFields, NameJsonPathsAndTypes) {
    const auto found = detect_fields(
        rows(
            {row(R"({"code":200,"ratio":1.5,"ok":true,"took":"10ms","size":"3KB","u":{"n.m":"a"}})",
                 {{"trace", "t1"}}),
             row(R"({"code":404,"ratio":2,"ok":false,"took":"1s","size":"1MB","u":{"n.m":"b"},"l":[1],"z":null})",
                 {{"trace", "t2"}})}),
        1000);

    EXPECT_EQ(texts(found),
              (Texts{"code int 2 json/code", "ok boolean 2 json/ok", "ratio float 2 json/ratio",
                     "size bytes 2 json/size", "took duration 2 json/took", "trace string 2 null",
                     "u_n_m string 2 json/u/n.m"}));
}

TEST(DetectedFields, FindLogfmtAndSeveralFormatsOfOneName) {
    EXPECT_EQ(texts(detect_fields(rows({row(R"({"k":"json","v":1})"), row("k=lf v=2"),
                                        row("plain text"), row(R"(k="x \"y\"" {broken)")}),
                                  1000)),
              (Texts{"k string 3 json logfmt/k", "v int 2 json logfmt/v"}));
}

TEST(DetectedFields, NamesOfLabelsAndMetadataAreExtracted) {
    EXPECT_EQ(texts(detect_fields(rows({row("app=y pod=p2", {{"pod", "p1"}})}), 1000)),
              (Texts{"app_extracted string 1 logfmt", "pod string 1 null",
                     "pod_extracted string 1 logfmt"}));
}

TEST(DetectedFields, WhatTheQueryMadeCountsWithoutItsErrors) {
    EXPECT_EQ(texts(detect_fields(
                  rows({row("nothing here", {}, {{"__error__", "JSONParserErr"}, {"made", "7"}})}),
                  1000)),
              (Texts{"made int 1 logfmt"}));
}

TEST(DetectedFields, NamesOfErrorsInLinesAreNone) {
    const StreamsResult sample =
        rows({row(R"({"__error__":"x","__error_details__":"y","__errors":"z"})"),
              row("__error__=x __error_details__=y k=v")});
    EXPECT_EQ(texts(detect_fields(sample, 1000)),
              (Texts{"__errors string 1 json/__errors", "k string 1 logfmt"}));
    EXPECT_EQ(detected_values(sample, "__error__", 100), Texts{});
}

TEST(DetectedFields, MixedTypesAreTheTypeThatHoldsThem) {
    EXPECT_EQ(texts(detect_fields(rows({row("a=1 b=1 c=1s"), row("a=2.5 b=x c=1KB")}), 1000)),
              (Texts{"a float 2 logfmt", "b string 2 logfmt", "c string 2 logfmt"}));
}

TEST(DetectedFields, NumbersAmongSizesAndZerosAmongDurationsAreOfTheirKind) {
    const auto types = [](const std::vector<std::string>& lines) {
        std::vector<LogRow> list;
        for (const std::string& line : lines) list.push_back(row(line));
        return texts(detect_fields(rows(std::move(list)), 1000));
    };
    EXPECT_EQ(types({"size=1.5MiB took=5ms", "size=512 took=0", "size=3KB took=1s"}),
              (Texts{"size bytes 3 logfmt", "took duration 3 logfmt"}));
    EXPECT_EQ(types({"size=0 took=0", "size=512 took=5ms", "size=3KB took=0"}),
              (Texts{"size bytes 3 logfmt", "took duration 2 logfmt"}));
    EXPECT_EQ(types({"n=0 f=0 b=0", "n=5 f=0.5 b=true"}),
              (Texts{"b string 2 logfmt", "f float 2 logfmt", "n int 2 logfmt"}));
    // What neither unwrap nor a comparison reads in all of its values stays text.
    EXPECT_EQ(types({"a=5 b=1.5 c=0 d=0", "a=5ms b=3KB c=5ms d=3KB", "a=0 b=0 c=5 d=5ms"}),
              (Texts{"a string 3 logfmt", "b string 3 logfmt", "c string 3 logfmt",
                     "d string 3 logfmt"}));
}

TEST(DetectedFields, StopAtTheirLimit) {
    EXPECT_EQ(texts(detect_fields(rows({row("a=1 b=2 c=3")}), 2)),
              (Texts{"a int 1 logfmt", "b int 1 logfmt"}));
}

TEST(DetectedValues, AreDistinctInOrderAndSizesLookAlike) {
    const StreamsResult sample =
        rows({row("s=3KB n=b"), row("s=3000B n=a"), row("s=12MB n=b"), row("s=5B n=c")});
    EXPECT_EQ(detected_values(sample, "s", 100), (Texts{"3.0kB", "12MB", "5B"}));
    EXPECT_EQ(detected_values(sample, "n", 100), (Texts{"b", "a", "c"}));
    EXPECT_EQ(detected_values(sample, "n", 2), (Texts{"b", "a"}));
    EXPECT_EQ(detected_values(sample, "nosuch", 100), Texts{});
}

TEST(FieldTypes, AreTriedInOrder) {
    EXPECT_EQ(field_type_of("17"), FieldType::kInt);
    EXPECT_EQ(to_string(field_type_of("0")), "int");
    EXPECT_EQ(field_type_of("-1.5e3"), FieldType::kFloat);
    EXPECT_EQ(field_type_of("true"), FieldType::kBoolean);
    EXPECT_EQ(field_type_of("1h30m"), FieldType::kDuration);
    EXPECT_EQ(field_type_of("5MiB"), FieldType::kBytes);
    EXPECT_EQ(field_type_of("10.0.0.1"), FieldType::kString);
    EXPECT_EQ(field_type_of(""), FieldType::kString);
}

TEST(FieldTypes, BytesAreWrittenAsHumanizeDoes) {
    EXPECT_EQ(humanized_bytes(0), "0B");
    EXPECT_EQ(humanized_bytes(9), "9B");
    EXPECT_EQ(humanized_bytes(82), "82B");
    EXPECT_EQ(humanized_bytes(3000), "3.0kB");
    EXPECT_EQ(humanized_bytes(12'345'678), "12MB");
    EXPECT_EQ(humanized_bytes(18'446'744'073'709'551'615U), "18EB");
}

TEST(HyperLogLog, IsExactWhileSmallAndCloseWhenLarge) {
    HyperLogLog sketch;
    std::uint64_t added = 0;
    for (const std::uint64_t count : {1ULL, 40ULL, 128ULL, 1'000ULL, 10'000ULL, 300'000ULL}) {
        for (; added < count; ++added) {
            const std::string text = "value " + std::to_string(added);
            sketch.add(text);
            sketch.add(text);
        }
        if (count <= HyperLogLog::kExactMax) {
            EXPECT_EQ(sketch.estimate(), count);
        } else {
            EXPECT_NEAR(static_cast<double>(sketch.estimate()), static_cast<double>(count),
                        0.05 * static_cast<double>(count));
        }
    }
}

}  // namespace
}  // namespace skald::read
