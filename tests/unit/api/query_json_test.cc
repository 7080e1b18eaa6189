// SPDX-License-Identifier: Apache-2.0
//
// Goal: the JSON of the read endpoints, byte for byte (http-api section 8).
#include "query_json.h"

#include "entry_groups.h"
#include "list_source.h"
#include "stats_json.h"

#include <gtest/gtest.h>

#include <limits>

namespace skald::api {
namespace {

using read::LogRow;
using read::LogStream;

Labels labels(std::vector<Labels::Pair> pairs) {
    return Labels::from_pairs(std::move(pairs));
}

LogRow row(TimeNs time, std::string line, Labels metadata = {}, Labels parsed = {}) {
    return LogRow{.time = time,
                  .line = std::move(line),
                  .metadata = std::move(metadata),
                  .parsed = std::move(parsed)};
}

QueryAnswer streams(std::vector<LogStream> list, bool categorize,
                    read::Direction direction = read::Direction::kBackward) {
    QueryAnswer answer;
    answer.response.data = read::StreamsResult{std::move(list)};
    if (categorize) answer.encoding_flags = {"categorize-labels"};
    answer.direction = direction;
    return answer;
}

/// The answer with the statistics replaced by "S".
std::string without_stats(std::string json) {
    const std::size_t begin = json.find("\"stats\":{");
    EXPECT_NE(begin, std::string::npos);
    std::size_t depth = 0;
    std::size_t end = begin + 8;
    do {
        if (json[end] == '{') ++depth;
        if (json[end] == '}') --depth;
        ++end;
    } while (depth > 0);
    return json.replace(begin + 8, end - begin - 8, "S");
}

TEST(QueryJson, WritesCategorisedStreams) {
    const QueryAnswer answer =
        streams({{labels({{"app", "a"}}),
                  {row(2, "line", labels({{"trace_id", "x"}}), labels({{"status", "500"}})),
                   row(1, "line2"), row(0, "p", {}, labels({{"p", "1"}}))}}},
                true);

    EXPECT_EQ(
        without_stats(query_json(answer)),
        R"({"status":"success","data":{"resultType":"streams","encodingFlags":["categorize-labels"],)"
        R"("result":[{"stream":{"app":"a"},"values":[["2","line",{"structuredMetadata":{"trace_id":"x"},)"
        R"("parsed":{"status":"500"}}],["1","line2",{}],["0","p",{"parsed":{"p":"1"}}]]}],"stats":S}})"
        "\n");
}

TEST(QueryJson, MergesLabelsWithoutTheFlag) {
    const QueryAnswer answer = streams(
        {{labels({{"app", "b"}, {"x", "index"}}),
          {row(3, "new", labels({{"x", "meta"}})), row(2, "mid", {}, labels({{"lvl", "i"}})),
           row(1, "old", labels({{"x", "meta"}}))}}},
        false);

    EXPECT_EQ(without_stats(query_json(answer)),
              R"({"status":"success","data":{"resultType":"streams","result":[)"
              R"({"stream":{"app":"b","lvl":"i","x":"index"},"values":[["2","mid"]]},)"
              R"({"stream":{"app":"b","x":"meta"},"values":[["3","new"],["1","old"]]}],"stats":S}})"
              "\n");
}

TEST(QueryJson, KeepsTheOrderWhereStreamsMeet) {
    const Labels same = labels({{"app", "a"}});
    const std::vector<LogStream> list = {
        {labels({{"app", "x"}}), {row(1, "a", {}, same), row(3, "b", {}, same)}},
        {labels({{"app", "y"}}), {row(1, "c", {}, same), row(2, "d", {}, same)}}};
    const std::string json =
        without_stats(query_json(streams(list, false, read::Direction::kForward)));
    EXPECT_NE(json.find(R"("values":[["1","a"],["1","c"],["2","d"],["3","b"]])"), std::string::npos)
        << json;
}

TEST(QueryJson, ShowsAnEmptyAnswerWithItsType) {
    EXPECT_EQ(without_stats(query_json(streams({}, false))),
              R"({"status":"success","data":{"resultType":"streams","result":[],"stats":S}})"
              "\n");
    QueryAnswer matrix;
    matrix.response.data = read::MatrixResult{};
    EXPECT_EQ(without_stats(query_json(matrix)),
              R"({"status":"success","data":{"resultType":"matrix","result":[],"stats":S}})");
    QueryAnswer vector;
    vector.response.data = read::VectorResult{};
    EXPECT_EQ(without_stats(query_json(vector)),
              R"({"status":"success","data":{"resultType":"vector","result":[],"stats":S}})");
}

TEST(QueryJson, WritesNumbersAsGrafanaReadsThem) {
    QueryAnswer answer;
    answer.response.data =
        read::MatrixResult{{{labels({{"app", "a"}, {"level", ""}}),
                             {{1'700'000'000'000, 1.5},
                              {1'700'000'000'500, std::numeric_limits<double>::quiet_NaN()},
                              {1'700'000'000'050, std::numeric_limits<double>::infinity()},
                              {-1, 1e21},
                              {1, -0.1}}}}};

    EXPECT_EQ(
        without_stats(query_json(answer)),
        R"({"status":"success","data":{"resultType":"matrix","result":[{"metric":{"app":"a"},"values":[)"
        R"([1700000000,"1.5"],[1700000000.5,"NaN"],[1700000000.05,"+Inf"],[-0.001,"1000000000000000000000"],)"
        R"([0.001,"-0.1"]]}],"stats":S}})");
}

TEST(QueryJson, WritesVectorsAndScalars) {
    QueryAnswer vector;
    vector.response.data = read::VectorResult{{{Labels(), {{4'000'000'000'000, 2}}}}};
    EXPECT_EQ(
        without_stats(query_json(vector)),
        R"({"status":"success","data":{"resultType":"vector","result":[{"metric":{},"value":[4000000000,"2"]}],"stats":S}})");
    QueryAnswer scalar;
    scalar.response.data = read::ScalarResult{{1'755'780'000'000, 2}};
    EXPECT_EQ(
        without_stats(query_json(scalar)),
        R"({"status":"success","data":{"resultType":"scalar","result":[1755780000,"2"],"stats":S}})");
}

TEST(QueryJson, PutsWarningsWhereLokiDoes) {
    QueryAnswer logs = streams({}, false);
    logs.response.warnings = {"careful"};
    EXPECT_EQ(
        without_stats(query_json(logs)),
        R"({"status":"success","warnings":["careful"],"data":{"resultType":"streams","result":[],"stats":S}})"
        "\n");
    QueryAnswer vector;
    vector.response.data = read::VectorResult{};
    vector.response.warnings = {"a", "b"};
    EXPECT_EQ(
        without_stats(query_json(vector)),
        R"({"status":"success","data":{"resultType":"vector","result":[],"stats":S},"warnings":["a","b"]})");
}

TEST(QueryJson, EscapesForHtml) {
    const QueryAnswer answer =
        streams({{labels({{"a", "\"<"}}), {row(1, "<a>&\n\xff\xe2\x80\xa8")}}}, false);
    const std::string json = query_json(answer);
    EXPECT_NE(
        json.find(
            R"({"stream":{"a":"\"\u003c"},"values":[["1","\u003ca\u003e\u0026\n\ufffd\u2028"]]})"),
        std::string::npos)
        << json;
}

TEST(QueryJson, WritesTheLegacyShape) {
    const QueryAnswer answer = streams(
        {{labels({{"app", "t"}}), {row(1'793'491'230'000'000'000, "a5"), row(1, "a")}}}, false);
    EXPECT_EQ(
        without_stats(legacy_query_json(answer)),
        R"({"streams":[{"labels":"{app=\"t\"}","entries":[{"ts":"2026-11-01T00:00:30Z","line":"a5"},)"
        R"({"ts":"1970-01-01T00:00:00.000000001Z","line":"a"}]}],"stats":S})"
        "\n");
}

TEST(QueryJson, WritesListsAndSeries) {
    EXPECT_EQ(collect(*text_list_source({"a", "b\""})),
              "{\"status\":\"success\",\"data\":[\"a\",\"b\\\"\"]}\n");
    EXPECT_EQ(collect(*text_list_source({})), "{\"status\":\"success\"}\n");
    EXPECT_EQ(collect(*series_source({})), "{\"status\":\"success\",\"data\":[]}\n");
    EXPECT_EQ(collect(*series_source({std::make_shared<Stream>(labels({{"a", "1"}})),
                                      std::make_shared<Stream>(labels({{"a", "2"}, {"b", "x"}}))})),
              "{\"status\":\"success\",\"data\":[{\"a\":\"1\"},{\"a\":\"2\",\"b\":\"x\"}]}\n");
}

TEST(QueryJson, SumsUpTheStatistics) {
    read::QueryStats stats;
    stats.bytes_processed = 1000;
    stats.lines_processed = 10;
    stats.memory_bytes = 400;
    stats.memory_lines = 4;
    stats.exec_seconds = 0.5;
    std::string json;
    append_stats(json, stats);

    EXPECT_TRUE(json.starts_with(
        R"({"summary":{"bytesProcessedPerSecond":2000,"linesProcessedPerSecond":20,"totalBytesProcessed":1000,)"
        R"("totalLinesProcessed":10,"execTime":0.5,"queueTime":0,"subqueries":0,)"))
        << json;
    EXPECT_NE(json.find(R"("decompressedBytes":600,"decompressedLines":6)"), std::string::npos);
    EXPECT_NE(json.find(R"("headChunkBytes":400,"headChunkLines":4)"), std::string::npos);
    for (const char* key : {"querier", "ingester", "cache", "index", "instantMetricResult",
                            "totalPageDownloadTime"}) {
        EXPECT_NE(json.find("\"" + std::string(key) + "\":"), std::string::npos) << key;
    }
}

}  // namespace
}  // namespace skald::api
