// SPDX-License-Identifier: Apache-2.0
//
// Goal: what the endpoints of detected fields and patterns ask for and answer. Method: the router
// over fakes.
#include "fakes.h"
#include "router.h"
#include "support/run_task.h"

#include <skald/api/routes.h>
#include <skald/foundation/base/units.h>
#include <skald/write/patterns/pattern_store.h>

#include <gtest/gtest.h>

namespace skald::api {
namespace {

constexpr TimeNs kNow = 1'793'500'000 * kNanosPerSecond;

class FakePatterns final : public write::PatternStore {
public:
    std::unique_ptr<cluster::IngesterClient> tap(cluster::IngesterClient&) override {
        return nullptr;
    }
    std::vector<Pattern> query(const Request& request) const override {
        requests.push_back(request);
        return found;
    }
    void tick() override {}
    void settle() override {}
    void stop() override {}

    std::vector<Pattern> found;
    mutable std::vector<Request> requests;
};

class FieldEndpointsTest : public ::testing::Test {
protected:
    HttpResponse get(std::string path, std::string parameters, std::string_view tenants = "t") {
        Services services;
        services.querier = &querier;
        services.patterns = has_patterns ? &patterns : nullptr;
        RouteOptions options;
        options.multi_tenant_queries = true;
        const auto router =
            build_routes(std::move(services), options, limits, clock, workers, metrics);
        HttpRequest request;
        request.path = "/loki/api/v1/" + std::move(path);
        request.query = "query=%7Ba%3D%22b%22%7D" + parameters;
        request.headers.add("X-Scope-OrgID", tenants);
        return support::run_task(context, router->handle(std::move(request)));
    }
    void answer_row(read::LogRow row) {
        querier.answer->data = read::StreamsResult{{{Labels::from_pairs({{"a", "b"}}), {row}}}};
    }

    FakeQuerier querier;
    FakePatterns patterns;
    bool has_patterns = true;
    FixedLimits limits{Limits{}};
    StillClock clock{kNow};
    boost::asio::io_context context;  // Before the workers, which resume tasks on it.
    WorkerPool workers{WorkerPool::Options{}};
    MetricsRegistry metrics;
};

TEST_F(FieldEndpointsTest, FieldsAreOfTheNewestLines) {
    answer_row({1, R"({"n":{"m":1}})", Labels::from_pairs({{"trace", "t1"}}), {}});

    const HttpResponse response = get("detected_fields", "&line_limit=7&limit=20&since=5m");

    EXPECT_EQ(response.body,
              R"({"fields":[{"label":"n_m","type":"int","cardinality":1,"parsers":["json"],)"
              R"("jsonPath":["n","m"]},{"label":"trace","type":"string","cardinality":1,)"
              R"("parsers":null}],"limit":20})"
              "\n");
    ASSERT_EQ(querier.queries.size(), 1U);
    EXPECT_EQ(querier.queries[0].limit, 7U);
    EXPECT_EQ(querier.queries[0].direction, read::Direction::kBackward);
    EXPECT_EQ(querier.queries[0].start, kNow - 5 * kNanosPerMinute);
}

TEST_F(FieldEndpointsTest, ValuesAreOfTheFieldInThePath) {
    answer_row({1, "size=3KB", {}, {}});
    EXPECT_EQ(get("detected_field/size/values", "").body,
              "{\"values\":[\"3.0kB\"],\"limit\":1000}\n");
    EXPECT_EQ(get("detected_field/nosuch/values", "").body, "{}\n");
}

TEST_F(FieldEndpointsTest, RefuseWhatIsNoLogQuery) {
    EXPECT_EQ(get("detected_fields", "%7C%3D").status, 400);
    EXPECT_EQ(get("detected_fields", "&line_limit=0").body, "limit must be a positive value");
    EXPECT_EQ(get("detected_fields", "&limit=x").body,
              "strconv.Atoi: parsing \"x\": invalid syntax");
    EXPECT_TRUE(querier.queries.empty());
}

TEST_F(FieldEndpointsTest, PatternsHaveNumbersAsSamples) {
    patterns.found = {{"a <_> \"b\"", "info", {{10, 1}, {20, 2}}}, {"c", "", {}}};

    const HttpResponse response = get("patterns", "&step=1m");

    EXPECT_EQ(response.body,
              "{\"status\":\"success\",\"data\":[{\"pattern\":\"a \\u003c_\\u003e \\\"b\\\"\","
              "\"level\":\"info\",\"samples\":[[10,1],[20,2]]},"
              "{\"pattern\":\"c\",\"level\":\"\",\"samples\":[]}]}\n");
    ASSERT_EQ(patterns.requests.size(), 1U);
    EXPECT_EQ(patterns.requests[0].step, kNanosPerMinute);
    EXPECT_EQ(patterns.requests[0].matchers.size(), 1U);
}

TEST_F(FieldEndpointsTest, PatternsOfSeveralTenantsAreOneList) {
    patterns.found = {{"rare <_>", "info", {{10, 1}}}, {"often", "", {{10, 3}, {20, 2}}}};

    const HttpResponse response = get("patterns", "", "one|two");

    EXPECT_EQ(response.body,
              "{\"status\":\"success\",\"data\":["
              "{\"pattern\":\"often\",\"level\":\"\",\"samples\":[[10,6],[20,4]]},"
              "{\"pattern\":\"rare \\u003c_\\u003e\",\"level\":\"info\",\"samples\":[[10,2]]}]}\n");
    ASSERT_EQ(patterns.requests.size(), 2U);
    EXPECT_EQ(patterns.requests[0].tenant.text(), "one");
    EXPECT_EQ(patterns.requests[1].tenant.text(), "two");
}

TEST_F(FieldEndpointsTest, PatternsThatAreOffAreNotFound) {
    has_patterns = false;
    const HttpResponse response = get("patterns", "");
    EXPECT_EQ(response.status, 404);
    EXPECT_EQ(response.body, "");
}

}  // namespace
}  // namespace skald::api
