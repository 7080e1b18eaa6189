// SPDX-License-Identifier: Apache-2.0
//
// Goal: OTLP's two encodings are read alike, and damaged requests are refused. Method: random
// requests written in both, hand-made mistakes, damage at every byte.
#include "otlp_json.h"
#include "otlp_mapping.h"
#include "otlp_protobuf.h"
#include "support/otlp_document.h"
#include "support/push_batch_check.h"
#include "support/result_assertions.h"
#include "support/unlimited_share.h"

#include <skald/foundation/model/text.h>

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <utility>

namespace skald::api {
namespace {

using support::buffer_of;
using support::ProtoMessage;
using support::text_of;

/// A part of a request in both encodings.
struct Both {
    std::string json;
    ProtoMessage proto;
};

class RequestWriter {
public:
    explicit RequestWriter(std::uint32_t seed) : random_(seed) {}

    Both request() {
        return {"{\"resourceLogs\":[" + repeat([this] { return resource(); }, 1) + "]}", proto_};
    }

private:
    std::uint32_t pick(std::uint32_t count) {
        return std::uniform_int_distribution<std::uint32_t>(0, count - 1)(random_);
    }
    std::string word() {
        static const char* const kWords[] = {"service.name", "k8s.pod.name", "a",      "b.c",
                                             "x\"\\\né",     "x__y",         "http.x", "z9"};
        return kWords[pick(8)];
    }
    static std::string quoted(std::string_view text) {
        std::string out = "\"";
        append_json_escaped(out, text);
        return out + "\"";
    }
    /// Up to four parts, as elements of a JSON array and as `field` of `proto_`.
    template <class Make>
    std::string repeat(Make make, std::uint32_t field) {
        ProtoMessage message;
        std::string json;
        for (std::uint32_t i = pick(4); i > 0; --i) {
            const Both part = make();
            json += (json.empty() ? "" : ",") + part.json;
            message.message(field, part.proto);
        }
        proto_ = message;
        return json;
    }
    template <class Make>
    std::string array(Make make, std::uint32_t field, ProtoMessage& into) {
        const std::string json = repeat(std::move(make), field);
        into = proto_;
        return "[" + json + "]";
    }
    static ProtoMessage joined(const ProtoMessage& a, const ProtoMessage& b) {
        // Messages written one behind the other are one message.
        ProtoMessage all = a;
        return all.append(b);
    }

    Both value(int depth) {
        Both out;
        const std::uint32_t kinds = depth < 3 ? 8 : 6;
        switch (pick(kinds)) {
            case 0: out.json = "{}"; return out;
            case 1: {
                const std::string text = word();
                out.json = "{\"stringValue\":" + quoted(text) + "}";
                out.proto.bytes(1, text);
                return out;
            }
            case 2:
                out.json = "{\"boolValue\":true}";
                out.proto.number(2, 1);
                return out;
            case 3:
                out.json = "{\"intValue\":\"-7\"}";
                out.proto.number(3, static_cast<std::uint64_t>(-7));
                return out;
            case 4:
                out.json = "{\"doubleValue\":0.25}";
                out.proto.real(4, 0.25);
                return out;
            case 5:
                out.json = "{\"bytesValue\":\"AQI=\"}";
                out.proto.bytes(7, "\1\2");
                return out;
            case 6: {
                ProtoMessage list;
                out.json = "{\"arrayValue\":{\"values\":" +
                           array([&] { return value(depth + 1); }, 1, list) + "}}";
                out.proto.message(5, list);
                return out;
            }
            default: {
                ProtoMessage list;
                out.json = "{\"kvlistValue\":{\"values\":" +
                           array([&] { return pair(depth + 1); }, 1, list) + "}}";
                out.proto.message(6, list);
                return out;
            }
        }
    }
    Both pair(int depth) {
        const std::string key = word();
        const Both inner = value(depth);
        Both out;
        out.json = "{\"key\":" + quoted(key) + ",\"value\":" + inner.json + "}";
        out.proto.bytes(1, key).message(2, inner.proto);
        return out;
    }
    Both record() {
        Both out;
        ProtoMessage attributes;
        const Both body = value(0);
        const std::uint64_t time = pick(3);
        const std::uint64_t observed = pick(3);
        out.json = "{\"timeUnixNano\":" + std::to_string(time) + ",\"observedTimeUnixNano\":\"" +
                   std::to_string(observed) + "\",\"body\":" + body.json +
                   ",\"severityNumber\":\"SEVERITY_NUMBER_WARN3\",\"severityText\":\"W\","
                   "\"flags\":256,\"traceId\":\"000102030405060708090a0b0c0d0e0f\","
                   "\"spanId\":\"\",\"attributes\":" +
                   array([this] { return pair(0); }, 6, attributes) + "}";
        out.proto.fixed64(1, time).number(2, 15).bytes(3, "W").message(5, body.proto);
        out.proto.fixed32(8, 256).fixed64(11, observed);
        std::string trace;
        for (char c = 0; c < 16; ++c) trace += c;
        out.proto.bytes(9, trace);
        out.proto = joined(out.proto, attributes);
        return out;
    }
    Both scope() {
        ProtoMessage records;
        ProtoMessage attributes;
        const std::string attribute_json = array([this] { return pair(0); }, 3, attributes);
        Both out;
        out.json = "{\"logRecords\":" + array([this] { return record(); }, 2, records) +
                   ",\"scope\":{\"name\":\"n\",\"attributes\":" + attribute_json + "}}";
        out.proto = joined(
            records, ProtoMessage().message(1, joined(ProtoMessage().bytes(1, "n"), attributes)));
        return out;
    }
    Both resource() {
        ProtoMessage scopes;
        ProtoMessage attributes;
        const std::string attribute_json = array([this] { return pair(0); }, 1, attributes);
        Both out;
        out.json = "{\"resource\":{\"attributes\":" + attribute_json +
                   "},\"scopeLogs\":" + array([this] { return scope(); }, 2, scopes) + "}";
        out.proto = joined(ProtoMessage().message(1, attributes), scopes);
        return out;
    }

    std::mt19937 random_;
    ProtoMessage proto_;
};

std::string mapped(Result<OtlpLogs> logs) {
    if (!logs) return "error: " + logs.error().message;
    BudgetShare share;
    const auto batch = map_otlp(*std::move(logs), Limits{}, 9, share);
    if (!batch) return "error: " + batch.error().message;
    support::check_push_batch(*batch);
    return text_of(*batch);
}

TEST(OtlpDecoders, BothEncodingsOfARequestComeToTheSame) {
    std::size_t lines = 0;
    for (std::uint32_t seed = 0; seed < 500; ++seed) {
        const Both request = RequestWriter(seed).request();
        const std::string from_json =
            mapped(decode_otlp_json(buffer_of(request.json), support::unlimited_share()));
        const std::string from_proto = mapped(
            decode_otlp_protobuf(buffer_of(request.proto.text()), support::unlimited_share()));
        ASSERT_EQ(from_json, from_proto) << seed << ": " << request.json;
        ASSERT_FALSE(from_json.starts_with("error")) << from_json;
        lines += static_cast<std::size_t>(std::count(from_json.begin(), from_json.end(), '\n'));
    }
    EXPECT_GT(lines, 1000U);
}

TEST(OtlpDecoders, EveryDamageIsSurvived) {
    std::mt19937 random(7);
    for (std::uint32_t seed = 0; seed < 60; ++seed) {
        const Both request = RequestWriter(seed).request();
        for (const bool json : {true, false}) {
            const std::string good = json ? request.json : request.proto.text();
            for (std::size_t at = 0; at < good.size(); at += 1 + random() % 5) {
                std::string bad = good;
                bad[at] = static_cast<char>(random());
                std::string cut = good.substr(0, at);
                for (const std::string& bytes : {bad, cut}) {
                    mapped(
                        json ? decode_otlp_json(buffer_of(bytes), support::unlimited_share())
                             : decode_otlp_protobuf(buffer_of(bytes), support::unlimited_share()));
                }
            }
        }
    }
}

std::string json_error(const std::string& record) {
    const auto logs = decode_otlp_json(
        buffer_of(R"({"resourceLogs":[{"scopeLogs":[{"logRecords":[{)" + record + "}]}]}]}"),
        support::unlimited_share());
    return logs ? "none" : logs.error().message;
}

TEST(OtlpDecoders, JsonMistakesAreNamed) {
    struct Case {
        const char* record;
        const char* part;
    };
    for (const Case& each : std::initializer_list<Case>{
             {R"("timeUnixNano":"soon")", "timeUnixNano must be a whole number"},
             {R"("timeUnixNano":-1)", "timeUnixNano must be a whole number"},
             {R"("severityNumber":"LOUD")", "severityNumber must be a number or its name"},
             {R"("traceId":"0102")", "traceId must be 32 hexadecimal digits"},
             {R"("spanId":"010203040506070z")", "spanId must be 16 hexadecimal digits"},
             {R"("body":{"boolValue":"yes"})", "boolValue must be true or false"},
             {R"("body":{"bytesValue":"a"})", "bytesValue must be base64"},
             {R"("body":{"doubleValue":"x"})", "doubleValue must be a number"},
             {R"("severityText":5)", "severityText must be a string"},
             {R"("body":"text")", "expected '{'"}}) {
        EXPECT_NE(json_error(each.record).find(each.part), std::string::npos)
            << each.record << " -> " << json_error(each.record);
    }
    EXPECT_EQ(json_error(R"("severityNumber":null,"unknown":[{"a":1}],"time_unix_nano":5)"),
              "none");
    EXPECT_FALSE(decode_otlp_json(buffer_of(""), support::unlimited_share()));
    EXPECT_FALSE(decode_otlp_json(buffer_of("{} x"), support::unlimited_share()));
    EXPECT_OK(decode_otlp_json(buffer_of("{}"), support::unlimited_share()));
}

TEST(OtlpDecoders, ValuesNestOnlySoDeep) {
    std::string json = R"({"intValue":1})";
    ProtoMessage value = ProtoMessage().number(3, 1);
    for (std::size_t i = 0; i < OtlpLogs::kDepthMax; ++i) {
        json = R"({"arrayValue":{"values":[)" + json + "]}}";
        value = ProtoMessage().message(5, ProtoMessage().message(1, value));
    }
    const auto proto_of = [](const ProtoMessage& body) {
        return ProtoMessage().message(
            1,
            ProtoMessage().message(2, ProtoMessage().message(2, ProtoMessage().message(5, body))));
    };
    EXPECT_EQ(json_error("\"body\":" + json), "none");
    EXPECT_OK(decode_otlp_protobuf(buffer_of(proto_of(value).text()), support::unlimited_share()));

    json = R"({"arrayValue":{"values":[)" + json + "]}}";
    value = ProtoMessage().message(5, ProtoMessage().message(1, value));
    EXPECT_NE(json_error("\"body\":" + json).find("nested too deeply"), std::string::npos);
    const auto refused =
        decode_otlp_protobuf(buffer_of(proto_of(value).text()), support::unlimited_share());
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().message, "proto: values are nested too deeply");
}

TEST(OtlpDecoders, ProtobufMistakesAreNamed) {
    const auto error_of = [](const ProtoMessage& record) {
        const ProtoMessage request =
            ProtoMessage().message(1, ProtoMessage().message(2, ProtoMessage().message(2, record)));
        const auto logs =
            decode_otlp_protobuf(buffer_of(request.text()), support::unlimited_share());
        return logs ? std::string("none") : logs.error().message;
    };
    EXPECT_EQ(error_of(ProtoMessage().number(1, 5)),
              "proto: wrong wireType = 0 for field TimeUnixNano");
    EXPECT_EQ(error_of(ProtoMessage().bytes(9, "short")), "proto: invalid length for TraceId: 5");
    EXPECT_EQ(error_of(ProtoMessage().bytes(9, std::string(16, '\0'))), "none");
    EXPECT_EQ(error_of(ProtoMessage().number(12, 5).bytes(13, "later fields")), "none");
}

TEST(OtlpDecoders, NothingButEmptyMessagesIsRefused) {
    ProtoMessage scope;
    for (int i = 0; i < 100'000; ++i) scope.bytes(2, "");
    const auto logs = decode_otlp_protobuf(
        buffer_of(ProtoMessage().message(1, ProtoMessage().message(2, scope)).text()),
        support::unlimited_share());
    ASSERT_FALSE(logs);
    EXPECT_EQ(logs.error().message, "proto: too many empty messages");
}

std::string many(const std::string& item, int count, const std::string& between) {
    std::string all = item;
    for (int i = 1; i < count; ++i) all += between + item;
    return all;
}

TEST(OtlpDecoders, WhatSmallThingsBecomeIsCharged) {
    const auto records = [](const std::string& inside) {
        return R"({"resourceLogs":[{"scopeLogs":[{"logRecords":[)" + inside + "]}]}]}";
    };
    const std::string bodies[] = {
        records(many("{}", 30'000, ",      ")),
        records(many(R"({"body":{}})", 20'000, ",")),
        records(R"({"attributes":[)" + many("{}", 60'000, ",   ") + "]}"),
        R"({"resourceLogs":[{"scopeLogs":[)" + many("{}", 60'000, ",") + "]}]}",
        R"({"resourceLogs":[)" + many("{}", 300'000, ",") + "]}",
    };
    for (const std::string& body : bodies) {
        MemoryBudget budget(2 * kMiB);
        BudgetShare share(budget);
        const auto logs = decode_otlp_json(buffer_of(body), share);
        ASSERT_FALSE(logs) << body.substr(0, 80);
        EXPECT_EQ(logs.error().code, ErrorCode::kTooLarge) << logs.error().message;
        EXPECT_GT(budget.used(), 0u);
    }
    ProtoMessage scope;
    for (int i = 0; i < 40'000; ++i) scope.message(2, ProtoMessage().bytes(3, "text"));
    MemoryBudget budget(2 * kMiB);
    BudgetShare share(budget);
    const auto logs = decode_otlp_protobuf(
        buffer_of(ProtoMessage().message(1, ProtoMessage().message(2, scope)).text()), share);
    ASSERT_FALSE(logs);
    EXPECT_EQ(logs.error().code, ErrorCode::kTooLarge) << logs.error().message;
}

TEST(OtlpDecoders, ARequestIsToldToWaitWhenOthersHoldTheMemory) {
    MemoryBudget budget(2 * kMiB);
    BudgetShare other(budget);
    ASSERT_EQ(other.grow(budget.limit() - 1000), BudgetShare::Outcome::kGranted);
    BudgetShare share(budget);
    const auto logs =
        decode_otlp_json(buffer_of(R"({"resourceLogs":[{"scopeLogs":[{"logRecords":[)" +
                                   many("{}", 100, ",") + "]}]}]}"),
                         share);
    ASSERT_FALSE(logs);
    EXPECT_EQ(logs.error().code, ErrorCode::kUnavailable);
}

}  // namespace
}  // namespace skald::api
