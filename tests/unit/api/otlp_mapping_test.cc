// SPDX-License-Identifier: Apache-2.0
//
// Goal: what becomes of each part of an OpenTelemetry log record. Method: requests as OTLP/JSON,
// the batch that they come to as text.
#include "otlp_mapping.h"

#include "otlp_json.h"
#include "support/otlp_document.h"
#include "support/push_batch_check.h"
#include "support/result_assertions.h"
#include "support/unlimited_share.h"

#include <skald/foundation/base/units.h>

#include <gtest/gtest.h>

#include <string>

namespace skald::api {
namespace {

using support::buffer_of;
using support::text_of;

constexpr TimeNs kNow = 777;

std::string map_with(const Limits& limits, const std::string& json) {
    auto logs = decode_otlp_json(buffer_of(json), support::unlimited_share());
    if (!logs) return "error: " + logs.error().message;
    BudgetShare share;
    auto batch = map_otlp(*std::move(logs), limits, kNow, share);
    if (!batch) return "error: " + batch.error().message;
    EXPECT_EQ(batch->format, write::PushFormat::kOtlp);
    support::check_push_batch(*batch);
    return text_of(*batch);
}
std::string map(const std::string& json) {
    return map_with(Limits{}, json);
}

std::string attribute(const std::string& key, const std::string& value) {
    return R"({"key":")" + key + R"(","value":)" + value + "}";
}
std::string text_attribute(const std::string& key, const std::string& value) {
    return attribute(key, R"({"stringValue":")" + value + "\"}");
}
std::string request(const std::string& resource, const std::string& records) {
    return R"({"resourceLogs":[{"resource":{"attributes":[)" + resource +
           R"(]},"scopeLogs":[{"logRecords":[)" + records + "]}]}]}";
}
std::string record(const std::string& members) {
    return R"({"timeUnixNano":"5","body":{"stringValue":"x"})" +
           (members.empty() ? "" : "," + members) + "}";
}
std::string with_attributes(const std::string& attributes) {
    return record("\"attributes\":[" + attributes + "]");
}

TEST(OtlpMapping, PrintsTheBodyAsText) {
    struct Case {
        const char* body;
        const char* line;
    };
    for (
        const Case& each : std::initializer_list<Case>{
            {R"({"stringValue":"a\nb"})", "a\nb"},
            {R"({"boolValue":true})", "true"},
            {R"({"intValue":"-9223372036854775808"})", "-9223372036854775808"},
            {R"({"doubleValue":2.5})", "2.5"},
            {R"({"doubleValue":3})", "3"},
            {R"({"doubleValue":1e21})", "1e+21"},
            {R"({"doubleValue":123456789012345680000})", "123456789012345680000"},
            {R"({"doubleValue":0.0000001})", "1e-7"},
            {R"({"doubleValue":"NaN"})", "NaN"},
            {R"({"bytesValue":"AQID"})", "AQID"},
            {R"({"bytesValue":"_-8"})", "/+8="},
            {R"({"arrayValue":{"values":[{"stringValue":"p<"},{"intValue":1},{},{"doubleValue":"NaN"}]}})",
             R"(["p\u003c",1,null,null])"},
            {R"({"kvlistValue":{"values":[{"key":"b","value":{"boolValue":false}},{"key":"a","value":{"intValue":1}},)"
             R"({"key":"a","value":{"intValue":2}}]}})",
             R"({"a":2,"b":false})"},
            {"{}", ""},
            {"null", ""}}) {
        const std::string json =
            request("", R"({"timeUnixNano":5,"body":)" + std::string(each.body) + "}");
        EXPECT_EQ(map(json),
                  "{service_name=\"unknown_service\"}\n  5 " + std::string(each.line) + "\n")
            << each.body;
    }
}

TEST(OtlpMapping, TakesTheObservedTimeOrNowWhereThereIsNoOther) {
    const std::string json = request(
        "", R"({"timeUnixNano":"5","observedTimeUnixNano":"6"},{"observedTimeUnixNano":"6"},)"
            R"({},{"timeUnixNano":"18446744073709551615"})");

    EXPECT_EQ(map(json),
              "{service_name=\"unknown_service\"}\n"
              "  5  | observed_timestamp=6\n"
              "  6 \n"
              "  777 \n"
              "  9223372036854775807 \n");
}

TEST(OtlpMapping, KeepsTheOrderOfMetadata) {
    const std::string json =
        R"({"resourceLogs":[{"scopeLogs":[{"logRecords":[)" +
        record(
            R"("observedTimeUnixNano":"6","severityNumber":17,"severityText":"E",)"
            R"("droppedAttributesCount":2,"flags":1,"traceId":"0102030405060708090A0B0C0D0E0F10",)"
            R"("spanId":"0102030405060708","attributes":[)" +
            text_attribute("user", "ann") + "]") +
        R"(],"scope":{"name":"lib","version":"1","droppedAttributesCount":3,"attributes":[)" +
        text_attribute("sc", "s") + R"(]}}],"resource":{"attributes":[)" +
        text_attribute("host.name", "h") + "," + text_attribute("service.name", "svc") + "]}}]}";

    EXPECT_EQ(map(json),
              "{service_name=\"svc\"}\n"
              "  5 x | user=ann | observed_timestamp=6 | severity_number=17 | severity_text=E"
              " | dropped_attributes_count=2 | flags=1"
              " | trace_id=0102030405060708090a0b0c0d0e0f10 | span_id=0102030405060708"
              " | host_name=h | sc=s | scope_name=lib | scope_version=1"
              " | scope_dropped_attributes_count=3\n");
}

TEST(OtlpMapping, FlattensMapsAndNormalisesNames) {
    const std::string inner =
        R"({"kvlistValue":{"values":[)" + text_attribute("in.ner", "v") + "," +
        attribute("deep", R"({"kvlistValue":{"values":[)" + text_attribute("9x", "w") + "]}}") +
        "," + attribute("none", R"({"kvlistValue":{}})") + "]}}";

    EXPECT_EQ(map(request("", with_attributes(attribute("m..p", inner) + "," +
                                              text_attribute("1st", "z")))),
              "{service_name=\"unknown_service\"}\n"
              "  5 x | m_p_in_ner=v | m_p_deep_9x=w | key_1st=z\n");
}

TEST(OtlpMapping, RefusesANameOfWhichNothingIsLeft) {
    EXPECT_EQ(map(request("", with_attributes(text_attribute("...", "v")))),
              "error: normalization for label name \"...\" resulted in invalid name \"_\"");
    EXPECT_EQ(map(request("", with_attributes(text_attribute("", "v")))),
              "error: label name is empty");
}

TEST(OtlpMapping, NamesTheServiceAfterTheFirstLabelThatMay) {
    EXPECT_EQ(map(request(text_attribute("k8s.job.name", "job") + "," +
                              text_attribute("k8s.container.name", "box"),
                          record(""))),
              "{k8s_container_name=\"box\", k8s_job_name=\"job\", service_name=\"job\"}\n  5 x\n");
    EXPECT_EQ(map(request(text_attribute("service.name", ""), record(""))),
              "{service_name=\"unknown_service\"}\n  5 x\n");

    Limits off;
    off.discover_service_name.clear();
    EXPECT_EQ(map_with(off, request(text_attribute("cloud.region", "eu"), record(""))),
              "{cloud_region=\"eu\"}\n  5 x\n");
}

TEST(OtlpMapping, GathersTheLinesOfAStream) {
    Limits limits;
    limits.otlp_config.log_rules.push_back({OtlpAction::kIndexLabel, {"app.name"}, {}});
    const auto line = [](const std::string& app, const std::string& text) {
        return R"({"timeUnixNano":"1","body":{"stringValue":")" + text + R"("},"attributes":[)" +
               text_attribute("app.name", app) + "]}";
    };

    EXPECT_EQ(
        map_with(limits, request(text_attribute("service.name", "s"),
                                 line("a", "1") + "," + line("b", "2") + "," + line("a", "3"))),
        "{app_name=\"a\", service_name=\"s\"}\n  1 1\n  1 3\n"
        "{app_name=\"b\", service_name=\"s\"}\n  1 2\n");
}

TEST(OtlpMapping, FollowsTheTenantsRules) {
    Limits limits;
    OtlpConfig& config = limits.otlp_config;
    config.ignore_defaults = true;
    config.severity_text_as_label = true;
    auto regex = Matcher::create(MatchOp::kRegex, "attribute", "team\\..*");
    ASSERT_OK(regex);
    config.resource_rules.push_back({OtlpAction::kIndexLabel, {}, *regex});
    config.resource_rules.push_back({OtlpAction::kDrop, {"host.name"}, {}});
    config.scope_rules.push_back({OtlpAction::kDrop, {"secret"}, {}});
    config.log_rules.push_back({OtlpAction::kDrop, {"password"}, {}});
    const std::string json =
        R"({"resourceLogs":[{"resource":{"attributes":[)" + text_attribute("team.x", "red") + "," +
        text_attribute("host.name", "h") + "," + text_attribute("cloud.region", "eu") +
        R"(]},"scopeLogs":[{"scope":{"attributes":[)" + text_attribute("secret", "s") +
        R"(]},"logRecords":[)" +
        record(R"("severityText":"Info","attributes":[)" + text_attribute("password", "p") + "]") +
        "]}]}]}";

    EXPECT_EQ(map_with(limits, json),
              "{service_name=\"unknown_service\", severity_text=\"Info\", team_x=\"red\"}\n"
              "  5 x | severity_text=Info | cloud_region=eu\n");
}

TEST(OtlpMapping, LabelValuesAreValidText) {
    EXPECT_EQ(map(request(text_attribute("service.name", "a\\\"b\xff"), record(""))),
              "{service_name=\"a\\\"b\xEF\xBF\xBD\"}\n  5 x\n");
}

TEST(OtlpMapping, ManyLinesOfALargeResourceStayInTheBudget) {
    std::string attributes = text_attribute("a", "v");
    for (int i = 0; i < 1000; ++i) attributes += "," + text_attribute("a" + std::to_string(i), "v");
    std::string records = "{}";
    for (int i = 0; i < 10'000; ++i) records += ",{}";
    auto logs =
        decode_otlp_json(buffer_of(request(attributes, records)), support::unlimited_share());
    ASSERT_OK(logs);
    MemoryBudget budget(16 * kMiB);
    BudgetShare share(budget);

    const auto batch = map_otlp(*std::move(logs), Limits{}, kNow, share);

    ASSERT_FALSE(batch);
    EXPECT_EQ(batch.error().code, ErrorCode::kTooLarge);
    EXPECT_LE(budget.used(), 16 * kMiB);
}

TEST(OtlpMapping, WhatSmallRecordsBecomeIsCharged) {
    const auto many = [](const std::string& item) {
        std::string all = item;
        for (int i = 1; i < 20'000; ++i) all += "," + item;
        return all;
    };
    const std::string numbers =
        R"({"timeUnixNano":1,"observedTimeUnixNano":2,"severityNumber":3,"flags":4})";
    for (const std::string& json :
         {request("", many(numbers)), R"({"resourceLogs":[)" + many("{}") + "]}",
          R"({"resourceLogs":[{"scopeLogs":[)" + many("{}") + "]}]}"}) {
        auto logs = decode_otlp_json(buffer_of(json), support::unlimited_share());
        ASSERT_OK(logs);
        MemoryBudget budget(4 * kMiB);
        BudgetShare share(budget);
        const auto batch = map_otlp(*std::move(logs), Limits{}, kNow, share);
        ASSERT_FALSE(batch) << json.substr(0, 60);
        EXPECT_EQ(batch.error().code, ErrorCode::kTooLarge);
    }
}

TEST(OtlpMapping, LongNamesOfManyMembersStayInTheBudget) {
    std::string members = text_attribute("a", "v");
    for (int i = 0; i < 10'000; ++i) members += "," + text_attribute("a" + std::to_string(i), "v");
    const std::string map_value = R"({"kvlistValue":{"values":[)" + members + "]}}";
    auto logs = decode_otlp_json(
        buffer_of(request("", with_attributes(attribute(std::string(10'000, 'n'), map_value)))),
        support::unlimited_share());
    ASSERT_OK(logs);
    MemoryBudget budget(16 * kMiB);
    BudgetShare share(budget);

    EXPECT_FALSE(map_otlp(*std::move(logs), Limits{}, kNow, share));
}

}  // namespace
}  // namespace skald::api
