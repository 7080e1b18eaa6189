// SPDX-License-Identifier: Apache-2.0
//
// Goal: what the endpoints that read no line ask for and answer. Method: the router over a fake.
#include "fakes.h"
#include "router.h"
#include "support/run_task.h"

#include <skald/api/routes.h>
#include <skald/foundation/base/units.h>

#include <gtest/gtest.h>

namespace skald::api {
namespace {

constexpr TimeNs kNow = 1'793'500'000 * kNanosPerSecond;
constexpr std::string_view kAll = "query=%7Bapp%3D~%22.%2B%22%7D";  // {app=~".+"}

class IndexEndpointsTest : public ::testing::Test {
protected:
    HttpResponse get(std::string path, std::string query) {
        Services services;
        services.index = &index;
        FixedLimits fixed(limits);
        const auto router = build_routes(std::move(services), {}, fixed, clock, workers, metrics);
        return support::run_task(
            context,
            router->handle(get_request("/loki/api/v1/" + std::move(path), std::move(query))));
    }
    static std::string with(std::string_view more) {
        return std::string(kAll) + "&" + std::string(more);
    }
    std::string volume_error(std::string_view parameters) {
        const HttpResponse response = get("index/volume", with(parameters));
        EXPECT_EQ(response.status, 400);
        return response.body;
    }

    FakeIndexQuerier index;
    Limits limits;
    StillClock clock{kNow};
    boost::asio::io_context context;  // Before the workers, which resume tasks on it.
    WorkerPool workers{WorkerPool::Options{}};
    MetricsRegistry metrics;
};

TEST_F(IndexEndpointsTest, StatsAreFourNumbersWithoutAnEnvelope) {
    index.stats_answer = read::IndexStats{1, 2, 345, 6};

    const HttpResponse response = get("index/stats", with("start=1793491200&end=1793491260"));

    EXPECT_EQ(response.status, 200);
    EXPECT_EQ(response.body, "{\"streams\":1,\"chunks\":2,\"bytes\":345,\"entries\":6}\n");
    ASSERT_EQ(index.requests.size(), 1U);
    EXPECT_EQ(index.requests[0].start, 1'793'491'200 * kNanosPerSecond);
    EXPECT_EQ(index.requests[0].end, 1'793'491'260 * kNanosPerSecond);
    EXPECT_EQ(index.requests[0].matchers.size(), 1U);
}

TEST_F(IndexEndpointsTest, StatsNeedASelectorWithoutAPipeline) {
    EXPECT_EQ(get("index/stats", "query=%7Ba%3D%22b%22%7D%7C%3D%22x%22").body,
              "only label matchers are supported");
    EXPECT_EQ(get("index/stats", "").body, "parse error : syntax error: unexpected $end");
    EXPECT_EQ(get("index/stats", with("limit=0")).body, "limit must be a positive value");
    EXPECT_EQ(get("index/stats", with("start=5&end=4")).status, 400);
}

TEST_F(IndexEndpointsTest, ShardsNeedASize) {
    index.plan = read::ShardPlan{{{0, 18446744073709551615U, {1, 1, 2, 3}}}, {1, 1, 2, 3}};

    EXPECT_EQ(get("index/shards", with("targetBytesPerShard=600MB")).body,
              "{\"shards\":[{\"bounds\":{\"min\":0,\"max\":18446744073709551615},\"stats\":"
              "{\"streams\":1,\"chunks\":1,\"bytes\":2,\"entries\":3}}],\"statistics\":"
              "{\"streams\":1,\"chunks\":1,\"bytes\":2,\"entries\":3},\"chunkGroups\":null}\n");
    EXPECT_EQ(index.shard_bytes, 600'000'000U);
    for (const std::string_view bad : {"", "targetBytesPerShard=0", "targetBytesPerShard=x"}) {
        EXPECT_EQ(get("index/shards", with(bad)).body,
                  "targetBytesPerShard must be a positive value");
    }
}

TEST_F(IndexEndpointsTest, VolumeTakesItsParameters) {
    const HttpResponse response =
        get("index/volume_range",
            with("limit=7&targetLabels=a,b&aggregateBy=labels&step=10s&since=5m"));

    ASSERT_EQ(response.status, 200) << response.body;
    ASSERT_EQ(index.volumes.size(), 1U);
    const read::VolumeRequest& asked = index.volumes[0];
    EXPECT_EQ(asked.limit, 7U);
    EXPECT_EQ(asked.target_labels, (std::vector<std::string>{"a", "b"}));
    EXPECT_TRUE(asked.by_label_names);
    EXPECT_EQ(asked.step, 10 * kNanosPerSecond);
    EXPECT_EQ(asked.index.end, kNow);
    EXPECT_EQ(asked.index.start, kNow - 5 * kNanosPerMinute);
}

TEST_F(IndexEndpointsTest, VolumeHasDefaultsAndRefusesWhatItDoesNotKnow) {
    ASSERT_EQ(get("index/volume", with("limit=0")).status, 200);
    EXPECT_EQ(index.volumes.at(0).limit, 100U);
    EXPECT_EQ(index.volumes.at(0).step, 0);
    EXPECT_EQ(volume_error("limit=-1"), "limit must be a positive value");
    EXPECT_EQ(volume_error("aggregateBy=x"), "invalid aggregation option");
    EXPECT_EQ(get("index/volume_range", with("step=1&start=0&end=1793491200")).status, 400);
    EXPECT_EQ(get("index/volume", "query=%7B%7D").status, 200);  // {}: everything.
}

TEST_F(IndexEndpointsTest, VolumeKeepsLabelNamesWithoutValue) {
    index.volume_answer->data =
        read::VectorResult{{{Labels::from_pairs({{"app", ""}}), {{1'793'494'800'000, 12}}}}};

    const std::string body = get("index/volume", with("aggregateBy=labels")).body;

    EXPECT_TRUE(body.starts_with(
        "{\"status\":\"success\",\"data\":{\"resultType\":\"vector\",\"result\":[{\"metric\":"
        "{\"app\":\"\"},\"value\":[1793494800,\"12\"]}],\"stats\":{"))
        << body;
}

TEST_F(IndexEndpointsTest, VolumeMayBeOff) {
    limits.volume_enabled = false;
    const HttpResponse response = get("index/volume", std::string(kAll));
    EXPECT_EQ(response.status, 404);
    EXPECT_EQ(response.body, "not found (limits_config.volume_enabled)");
}

TEST_F(IndexEndpointsTest, DetectedLabelsNeedNoSelector) {
    EXPECT_EQ(get("detected_labels", "query=").body, "{}\n");
    index.labels = std::vector<read::DetectedLabel>{{"app", 3}, {"pod", 1}};
    EXPECT_EQ(get("detected_labels", std::string(kAll)).body,
              "{\"detectedLabels\":[{\"label\":\"app\",\"cardinality\":3},"
              "{\"label\":\"pod\",\"cardinality\":1}]}\n");
    EXPECT_EQ(index.requests.at(0).matchers.size(), 0U);
    EXPECT_EQ(index.requests.at(1).matchers.size(), 1U);
}

TEST_F(IndexEndpointsTest, TenantLimitsAreYaml) {
    Services services;
    FixedLimits fixed(limits);
    const auto router = build_routes(std::move(services), {}, fixed, clock, workers, metrics);
    const HttpResponse response =
        support::run_task(context, router->handle(get_request("/config/tenant/v1/limits")));
    EXPECT_EQ(response.status, 200);
    EXPECT_NE(response.body.find("\nvolume_max_series: 1000\n"), std::string::npos);
    EXPECT_NE(response.body.find("retention_period: \"0s\"\n"), std::string::npos);
}

}  // namespace
}  // namespace skald::api
