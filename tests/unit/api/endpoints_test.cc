// SPDX-License-Identifier: Apache-2.0
//
// Goal: what each endpoint asks of the services and what it answers. Method: the whole router over
// fakes, no sockets.
#include "compression.h"
#include "fakes.h"
#include "push_endpoint.h"
#include "router.h"
#include "support/run_task.h"

#include <skald/api/routes.h>
#include <skald/cluster/ring/ring.h>
#include <skald/foundation/base/units.h>
#include <skald/foundation/telemetry/log.h>

#include <gtest/gtest.h>
#include <snappy.h>

namespace skald::api {
namespace {

constexpr TimeNs kNow = 1'793'500'000 * kNanosPerSecond;
constexpr std::string_view kPush =
    R"({"streams":[{"stream":{"app":"x"},"values":[["1","one"],["2","two"]]}]})";

class Endpoints : public ::testing::Test {
protected:
    Endpoints() { rebuild(); }

    void rebuild() {
        Services services;
        services.distributor = &distributor;
        services.querier = &querier;
        services.ring = &ring;
        services.flush = [this] {
            ++flushes;
            return flush_answer;
        };
        services.config = [](std::string_view mode) { return "mode: " + std::string(mode) + "\n"; };
        services.module_states = [] {
            return std::vector<std::pair<std::string, std::string>>{{"ingester", "Running"},
                                                                    {"querier", "New"}};
        };
        services.not_ready = [this] { return not_ready; };
        services.build.version = "3.7.6";
        services.build.revision = "abc";
        router = build_routes(std::move(services), options, limits, clock, workers, metrics);
    }
    HttpResponse ask(HttpRequest request) {
        return support::run_task(context, router->handle(std::move(request)));
    }
    HttpResponse get(std::string path, std::string query = {}) {
        return ask(get_request(std::move(path), std::move(query)));
    }

    FakeDistributor distributor;
    FakeQuerier querier;
    cluster::Ring ring{cluster::Ring::Options{}};
    FixedLimits limits{Limits{}};
    StillClock clock{kNow};
    boost::asio::io_context context;  // Before the workers, which resume tasks on it.
    WorkerPool workers{WorkerPool::Options{}};
    MetricsRegistry metrics;
    RouteOptions options;
    std::optional<std::string> not_ready;
    Result<void> flush_answer;
    int flushes = 0;
    std::shared_ptr<const Router> router;
};

TEST_F(Endpoints, PushesJson) {
    const HttpResponse response =
        ask(post_request("/loki/api/v1/push", "application/json; charset=utf-8", kPush));

    EXPECT_EQ(response.status, 204) << response.body;
    EXPECT_EQ(response.body, "");
    EXPECT_EQ(distributor.tenants, std::vector<std::string>{"t"});
    EXPECT_EQ(distributor.entries, (std::vector<FakeDistributor::Entry>{
                                       {"{app=\"x\"}", 1, "one"}, {"{app=\"x\"}", 2, "two"}}));
}

TEST_F(Endpoints, PushesPackedJson) {
    std::string large(kPush.substr(0, kPush.size() - 4));
    for (int i = 3; i < 10'000; ++i) large += ",[\"" + std::to_string(i) + "\",\"line\"]";
    large += "]}]}";
    HttpRequest request = post_request("/loki/api/v1/push", "application/json", gzip(large));
    request.headers.add("Content-Encoding", "gzip");

    const HttpResponse response = ask(std::move(request));

    EXPECT_EQ(response.status, 204) << response.body;
    EXPECT_EQ(distributor.entries.size(), 9'999U);
}

TEST_F(Endpoints, PushesProtobuf) {
    // streams{labels:"{a=\"b\"}" entries{timestamp{seconds:1} line:"hi"}}
    const std::string message("\x0a\x13\x0a\x07{a=\"b\"}\x12\x08\x0a\x02\x08\x01\x12\x02hi", 21);
    std::string packed;
    snappy::Compress(message.data(), message.size(), &packed);

    const HttpResponse response =
        ask(post_request("/api/prom/push", "application/x-protobuf", packed));

    EXPECT_EQ(response.status, 204) << response.body;
    EXPECT_EQ(distributor.entries,
              (std::vector<FakeDistributor::Entry>{{"{a=\"b\"}", kNanosPerSecond, "hi"}}));
}

constexpr std::string_view kOtlp =
    R"({"resourceLogs":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"s"}}]},)"
    R"("scopeLogs":[{"logRecords":[{"timeUnixNano":"1","body":{"stringValue":"hi"}}]}]}]})";

TEST_F(Endpoints, TakesOpenTelemetryRecords) {
    const HttpResponse response = ask(post_request("/otlp/v1/logs", "application/json", kOtlp));

    EXPECT_EQ(response.status, 204) << response.body;
    EXPECT_EQ(response.body, "");
    EXPECT_EQ(distributor.entries,
              (std::vector<FakeDistributor::Entry>{{"{service_name=\"s\"}", 1, "hi"}}));
}

TEST_F(Endpoints, OtlpErrorsAreStatusMessages) {
    struct Case {
        const char* type;
        const char* encoding;
        const char* body;
        int status;
        const char* message;
    };
    for (const Case& each : std::initializer_list<Case>{
             {"application/json; charset=utf-8", "", "{}", 400,
              "content type: application/json; charset=utf-8 is not supported"},
             {"", "", "{}", 400, "content type:  is not supported"},
             {"application/json", "deflate", "{}", 400,
              "unsupported content encoding deflate: only gzip, lz4 and zstd are supported"},
             {"application/x-protobuf", "", "\xff", 400, "unexpected EOF"},
             {"application/x-protobuf", "gzip", "xx", 400, "gzip: invalid header"}}) {
        HttpRequest request = post_request("/otlp/v1/logs", each.type, each.body);
        if (*each.encoding != '\0') request.headers.add("Content-Encoding", each.encoding);

        const HttpResponse response = ask(std::move(request));

        EXPECT_EQ(response.status, each.status) << each.message;
        EXPECT_EQ(response.content_type, "application/octet-stream");
        const std::string message = each.message;
        EXPECT_EQ(response.body,
                  "\x12" + std::string(1, static_cast<char>(message.size())) + message);
    }
}

TEST_F(Endpoints, OtlpClientsAreAskedToTryAgain) {
    distributor.answer = Error{ErrorCode::kInternal, "oh"};
    EXPECT_EQ(ask(post_request("/otlp/v1/logs", "application/json", kOtlp)).status, 503);
    distributor.answer = Error{ErrorCode::kLimitExceeded, "slow down"};
    EXPECT_EQ(ask(post_request("/otlp/v1/logs", "application/json", kOtlp)).status, 429);
}

TEST_F(Endpoints, PushesTheLegacyShapeOnlyAtItsPath) {
    constexpr std::string_view kLegacy =
        R"({"streams":[{"labels":"{a=\"b\"}","entries":[{"ts":"1970-01-01T00:00:01Z","line":"hi"}]}]})";

    EXPECT_EQ(ask(post_request("/api/prom/push", "application/json", kLegacy)).status, 204);

    EXPECT_EQ(distributor.entries,
              (std::vector<FakeDistributor::Entry>{{"{a=\"b\"}", kNanosPerSecond, "hi"}}));
}

TEST_F(Endpoints, NamesWhatIsWrongWithAPush) {
    const auto body_of = [this](HttpRequest request) {
        const HttpResponse response = ask(std::move(request));
        return std::to_string(response.status) + " " + response.body;
    };
    HttpRequest odd = post_request("/loki/api/v1/push", "application/json", kPush);
    odd.headers.add("Content-Encoding", "br");
    HttpRequest garbage = post_request("/loki/api/v1/push", "application/json", "hello");
    garbage.headers.add("Content-Encoding", "gzip");

    EXPECT_EQ(body_of(post_request("/loki/api/v1/push", "", kPush)), "400 mime: no media type\n");
    EXPECT_EQ(body_of(std::move(odd)), "400 Content-Encoding \"br\" not supported\n");
    EXPECT_EQ(body_of(std::move(garbage)), "400 gzip: invalid header\n");
    EXPECT_EQ(body_of(post_request("/loki/api/v1/push", "text/plain", kPush)),
              "400 snappy: corrupt input\n");
    EXPECT_EQ(body_of(post_request("/loki/api/v1/push", "application/json", "hello")).substr(0, 4),
              "400 ");
    EXPECT_TRUE(distributor.tenants.empty());
}

TEST_F(Endpoints, TellsWhatTheDistributorSays) {
    const std::tuple<ErrorCode, int> cases[] = {
        {ErrorCode::kInvalidArgument, 400}, {ErrorCode::kUnprocessable, 422},
        {ErrorCode::kLimitExceeded, 429},   {ErrorCode::kUnavailable, 503},
        {ErrorCode::kInternal, 500},
    };
    for (const auto& [code, status] : cases) {
        distributor.answer = Error{code, "why"};
        const HttpResponse response =
            ask(post_request("/loki/api/v1/push", "application/json", kPush));
        EXPECT_EQ(response.status, status);
        EXPECT_EQ(response.body, "why\n");
        EXPECT_EQ(response.content_type, "text/plain; charset=utf-8");
    }
}

TEST_F(Endpoints, RefusesLargePushesByTheirKind) {
    const HttpRequest json = post_request("/loki/api/v1/push", "application/json", "");
    const HttpRequest proto = post_request("/loki/api/v1/push", "application/x-protobuf", "");
    EXPECT_EQ(refuse_push_body(json, 11, 10).body,
              "compressed message size 11 exceeds limit 10 (distributor.max_recv_msg_size)\n");
    EXPECT_EQ(refuse_push_body(json, 11, 10).status, 400);
    EXPECT_EQ(refuse_push_body(proto, 11, 10).body,
              "request body too large: message size too large than max (11 vs 10) "
              "(distributor.max_recv_msg_size)\n");
    EXPECT_EQ(refuse_push_body(proto, 11, 10).status, 413);
}

TEST_F(Endpoints, AsksTheQuerier) {
    querier.answer->data = read::VectorResult{};
    HttpRequest request = get_request(
        "/loki/api/v1/query", "query=vector(1)%2Bvector(1)&time=4000000000&direction=backward");
    request.headers.add("X-Query-Tags", "Source=grafana-lokiexplore-app");

    const HttpResponse response = ask(std::move(request));

    EXPECT_EQ(response.status, 200) << response.body;
    EXPECT_EQ(response.content_type, "application/json; charset=UTF-8");
    EXPECT_TRUE(response.body.starts_with(
        R"({"status":"success","data":{"resultType":"vector","result":[],)"));
    ASSERT_EQ(querier.queries.size(), 1U);
    EXPECT_EQ(querier.queries[0].query, "vector(1)+vector(1)");
    EXPECT_EQ(querier.queries[0].tenant.text(), "t");
    EXPECT_TRUE(querier.queries[0].instant);
    EXPECT_TRUE(querier.queries[0].partial_results);
    EXPECT_EQ(querier.queries[0].end, 4'000'000'000 * kNanosPerSecond);
}

TEST_F(Endpoints, CategorisesWhenAsked) {
    read::LogStream stream{Labels::from_pairs({{"a", "b"}}), {}};
    stream.rows.push_back(
        {.time = 1, .line = "x", .metadata = Labels::from_pairs({{"m", "1"}}), .parsed = {}});
    querier.answer->data = read::StreamsResult{{stream}};
    const auto result = [this](std::optional<std::string> flags) {
        HttpRequest request = get_request("/loki/api/v1/query_range", "query=%7Ba%3D%22b%22%7D");
        if (flags) request.headers.add("X-Loki-Response-Encoding-Flags", *flags);
        const std::string body = ask(std::move(request)).body;
        const std::size_t begin = body.find("\"resultType\"");
        return body.substr(begin, body.find(",\"stats\"") - begin);
    };

    EXPECT_EQ(result("other, categorize-labels,other"),
              R"("resultType":"streams","encodingFlags":["other","categorize-labels"],"result":[)"
              R"({"stream":{"a":"b"},"values":[["1","x",{"structuredMetadata":{"m":"1"}}]]}])");
    EXPECT_EQ(result("other"), R"("resultType":"streams","encodingFlags":["other"],"result":[)"
                               R"({"stream":{"a":"b","m":"1"},"values":[["1","x"]]}])");
    EXPECT_EQ(
        result(std::nullopt),
        R"("resultType":"streams","result":[{"stream":{"a":"b","m":"1"},"values":[["1","x"]]}])");
}

TEST_F(Endpoints, WritesLargeAnswersOnAWorker) {
    read::LogStream stream{Labels::from_pairs({{"a", "b"}}), {}};
    for (int i = 0; i < 2000; ++i)
        stream.rows.push_back(
            {.time = i, .line = std::string(100, 'x'), .metadata = {}, .parsed = {}});
    querier.answer->data = read::StreamsResult{{stream}};
    const HttpResponse response = get("/loki/api/v1/query_range", "query=%7Ba%3D%22b%22%7D");
    EXPECT_EQ(response.status, 200);
    EXPECT_GT(response.body.size(), 200'000U);
}

TEST_F(Endpoints, ReadsFormsOfQueries) {
    querier.answer->data = read::StreamsResult{};
    const std::string padding(10'000, '+');
    HttpRequest request =
        post_request("/loki/api/v1/query_range", "application/x-www-form-urlencoded",
                     "query=%7Ba%3D%22b%22%7D" + padding + "&limit=5");
    request.query = "limit=7&end=20&start=10";

    EXPECT_EQ(ask(std::move(request)).status, 200);

    ASSERT_EQ(querier.queries.size(), 1U);
    EXPECT_EQ(querier.queries[0].limit, 5U);
    EXPECT_EQ(querier.queries[0].start, 10 * kNanosPerSecond);
}

TEST_F(Endpoints, RefusesQueriesBeforeAsking) {
    const std::tuple<std::string, std::string, std::string> cases[] = {
        {"/loki/api/v1/query_range", "query=%zz", "invalid URL escape \"%zz\""},
        {"/loki/api/v1/query_range", "query=%7Ba%3D%22b%22%7D&limit=0",
         "limit must be a positive value"},
        {"/api/prom/query", "query=rate(%7Ba%3D%22b%22%7D%5B1m%5D)",
         "rpc error: code = Code(400) desc = legacy endpoints only support streams result type"},
        {"/loki/api/v1/labels", "query=%7Ba%3D~%22.*%22%7D",
         "queries require at least one regexp or equality matcher that does not have an "
         "empty-compatible value."},
        {"/loki/api/v1/series", "match[]=%7Ba%3D%22b%22%7D%7Cjson",
         "only label matchers are supported"},
        {"/loki/api/v1/labels", "start=20&end=10",
         "end timestamp must not be before or equal to start time"},
    };
    for (const auto& [path, query, message] : cases) {
        const HttpResponse response = get(path, query);
        EXPECT_EQ(response.status, 400) << query;
        EXPECT_NE(response.body.find(message), std::string::npos) << response.body;
        EXPECT_FALSE(response.body.ends_with('\n'));
        EXPECT_EQ(response.headers.at(0),
                  (std::pair<std::string, std::string>("X-Content-Type-Options", "nosniff")));
    }
    EXPECT_TRUE(querier.queries.empty());
    EXPECT_TRUE(querier.metadata.empty());
}

TEST_F(Endpoints, ShowsHintsOnlyToThoseWhoAsk) {
    querier.answer = Error{ErrorCode::kInvalidArgument, "parse error at line 1, col 2: x\n{a\n ^"};
    EXPECT_EQ(get("/loki/api/v1/query_range", "query=%7Ba%3D%22b%22%7D").body,
              "parse error at line 1, col 2: x");
    HttpRequest curious = get_request("/loki/api/v1/query_range", "query=%7Ba%3D%22b%22%7D");
    curious.headers.add("Accept", "text/plain");
    EXPECT_EQ(ask(std::move(curious)).body, "parse error at line 1, col 2: x\n{a\n ^");
    querier.answer = Error{ErrorCode::kInvalidArgument, "pipeline error: 'E'\nUse a label filter"};
    EXPECT_EQ(get("/loki/api/v1/query_range", "query=%7Ba%3D%22b%22%7D").body,
              "pipeline error: 'E'\nUse a label filter");
}

TEST_F(Endpoints, TellsWhatTheQuerierSays) {
    const std::tuple<ErrorCode, int> cases[] = {
        {ErrorCode::kCancelled, 499},     {ErrorCode::kDeadlineExceeded, 504},
        {ErrorCode::kNotSupported, 400},  {ErrorCode::kCorruption, 500},
        {ErrorCode::kLimitExceeded, 429},
    };
    for (const auto& [code, status] : cases) {
        querier.answer = Error{code, "why"};
        const HttpResponse response = get("/loki/api/v1/query_range", "query=%7Ba%3D%22b%22%7D");
        EXPECT_EQ(response.status, status);
        EXPECT_EQ(response.body, "why");
    }
}

TEST_F(Endpoints, AnswersOldQueries) {
    querier.answer->data = read::StreamsResult{};
    const HttpResponse response = get("/api/prom/query", "query=%7Ba%3D%22b%22%7D&regexp=x.y");
    EXPECT_TRUE(response.body.starts_with("{\"streams\":[],\"stats\":{")) << response.body;
    EXPECT_EQ(querier.queries.at(0).query, "{a=\"b\"}\n|~ \"x.y\"");
    EXPECT_FALSE(querier.queries.at(0).no_cache);

    // A comment or a quote does not take the filter out of the query.
    get("/api/prom/query", "query=%7Ba%3D%22b%22%7D%23c&regexp=%60%22");
    EXPECT_EQ(querier.queries.at(1).query, "{a=\"b\"}#c\n|~ \"`\\\"\"");
}

TEST_F(Endpoints, AsksAnewForThoseWhoWantNoCache) {
    HttpRequest request = get_request("/loki/api/v1/query_range", "query=%7Ba%3D%22b%22%7D");
    request.headers.add("Cache-Control", "max-age=0, no-cache");
    ask(std::move(request));
    EXPECT_TRUE(querier.queries.at(0).no_cache);
}

TEST_F(Endpoints, ListsLabels) {
    querier.texts = std::vector<std::string>{"app", "job"};
    for (const char* path : {"/loki/api/v1/labels", "/loki/api/v1/label", "/api/prom/label",
                             "/loki/api/v1/label/x/values", "/api/prom/label/x/values"}) {
        EXPECT_EQ(get(path).body, "{\"status\":\"success\",\"data\":[\"app\",\"job\"]}\n") << path;
    }
    EXPECT_EQ(querier.names, (std::vector<std::string>{"x", "x"}));
    EXPECT_EQ(querier.metadata.at(0).start, kNow - kNanosPerHour);
    EXPECT_EQ(querier.metadata.at(0).end, kNow + kNanosPerMilli - 1);
    EXPECT_TRUE(querier.metadata.at(0).selectors.empty());

    get("/loki/api/v1/labels", "query=%7Bjob%3D%22early%22%7D");
    EXPECT_EQ(querier.metadata.back().selectors.size(), 1U);
}

TEST_F(Endpoints, UnitesSelectorsOfSeries) {
    querier.label_sets =
        std::vector<StreamPtr>{std::make_shared<Stream>(Labels::from_pairs({{"a", "b"}}))};
    HttpRequest post = post_request("/loki/api/v1/series", "application/x-www-form-urlencoded",
                                    "match%5B%5D=%7Ba%3D%22b%22%7D");
    post.query = "match=%7Bc%3D%22d%22%7D";
    EXPECT_EQ(ask(std::move(post)).body, "{\"status\":\"success\",\"data\":[{\"a\":\"b\"}]}\n");
    EXPECT_EQ(querier.metadata.back().selectors.size(), 2U);

    get("/api/prom/series", "match[]=%7B%7D&match[]=%7Ba%3D%22b%22%7D");
    EXPECT_TRUE(querier.metadata.back().selectors.empty());
    get("/loki/api/v1/series");
    EXPECT_TRUE(querier.metadata.back().selectors.empty());
}

TEST_F(Endpoints, TellsDrilldownItsLimits) {
    EXPECT_EQ(
        get("/loki/api/v1/drilldown-limits").body,
        R"({"limits":{"discover_log_levels":true,"discover_service_name":["service","app","application","app_name","name",)"
        R"("app_kubernetes_io_name","container","container_name","k8s_container_name","component","workload","job",)"
        R"("k8s_job_name"],"log_level_fields":["level","LEVEL","Level","log.level","severity","SEVERITY","Severity",)"
        R"("SeverityText","lvl","LVL","Lvl","severity_text","Severity_Text","SEVERITY_TEXT"],)"
        R"("max_entries_limit_per_query":5000,"max_line_size_truncate":false,"max_query_bytes_read":"0B",)"
        R"("max_query_length":"30d1h","max_query_lookback":"0s","max_query_range":"0s","max_query_series":500,)"
        R"("metric_aggregation_enabled":false,"otlp_config":{"resource_attributes":{"ignore_defaults":true,)"
        R"("attributes_config":[{"action":"index_label","attributes":["service.name","service.namespace",)"
        R"("service.instance.id","deployment.environment","deployment.environment.name","cloud.region",)"
        R"("cloud.availability_zone","k8s.cluster.name","k8s.namespace.name","k8s.pod.name","k8s.container.name",)"
        R"("container.name","k8s.replicaset.name","k8s.deployment.name","k8s.statefulset.name",)"
        R"("k8s.daemonset.name","k8s.cronjob.name","k8s.job.name"]}]},"severity_text_as_label":false},)"
        R"("pattern_persistence_enabled":false,"query_timeout":"1m",)"
        R"("retention_period":"0s","retention_stream":[],"volume_enabled":true,"volume_max_series":1000},)"
        R"("pattern_ingester_enabled":false,"version":"v3.7.6"})"
        "\n");
}

TEST_F(Endpoints, FormatsQueries) {
    EXPECT_EQ(get("/loki/api/v1/format_query", "query=%7Bapp%3D%22a%22%7D%7C%3D%22x%22").body,
              "{\"status\":\"success\",\"data\":\"{app=\\\"a\\\"} |= \\\"x\\\"\"}\n");
    const HttpResponse bad = get("/loki/api/v1/format_query", "query=%7Bapp%3D%22a%22");
    EXPECT_EQ(bad.status, 400);
    EXPECT_EQ(bad.body,
              "{\"status\":\"invalid-query\",\"error\":\"parse error at line 1, col 9: syntax "
              "error: unexpected $end, "
              "expecting } or ,\"}\n");
}

TEST_F(Endpoints, TellsReadinessAndState) {
    EXPECT_EQ(get("/ready").body, "ready\n");
    not_ready = "Ingester not ready: Starting";
    EXPECT_EQ(get("/ready").status, 503);
    EXPECT_EQ(get("/ready").body, "Ingester not ready: Starting\n");
    EXPECT_EQ(get("/services").body, "ingester => Running\nquerier => New\n");
    EXPECT_EQ(get("/loki/api/v1/status/buildinfo").body,
              "{\"version\":\"3.7.6\",\"revision\":\"abc\",\"branch\":\"\",\"buildUser\":\"\","
              "\"buildDate\":\"\",\"goVersion\":\"\"}");
    EXPECT_EQ(get("/config", "mode=diff").body, "mode: diff\n");
    metrics.counter("skald_test_total", "x").add();
    EXPECT_NE(get("/metrics").body.find("skald_test_total 1"), std::string::npos);
}

TEST_F(Endpoints, ChangesTheLogLevel) {
    set_log_level(LogLevel::kInfo);
    EXPECT_EQ(get("/log_level").body, "{\"message\":\"Current log level is info\"}");
    EXPECT_EQ(
        ask(post_request("/log_level", "application/x-www-form-urlencoded", "log_level=error"))
            .body,
        "{\"status\":\"success\",\"message\":\"Log level set to error\"}");
    EXPECT_EQ(log_level(), LogLevel::kError);
    const HttpResponse bad =
        ask(post_request("/log_level", "application/x-www-form-urlencoded", "log_level=x"));
    EXPECT_EQ(bad.status, 400);
    EXPECT_EQ(bad.body, "{\"status\":\"failed\",\"message\":\"unrecognized log level \\\"x\\\"\"}");
    set_log_level(LogLevel::kInfo);
}

TEST_F(Endpoints, Flushes) {
    EXPECT_EQ(get("/flush").status, 204);
    EXPECT_EQ(ask(post_request("/flush", "", "")).status, 204);
    EXPECT_EQ(flushes, 2);
    flush_answer = Error{ErrorCode::kIo, "disk"};
    EXPECT_EQ(get("/flush").status, 500);
}

TEST_F(Endpoints, ShowsAndForgetsRingMembers) {
    cluster::RingInstance one{.id = "in<1>",
                              .address = "1.2.3.4:9095",
                              .zone = "z",
                              .state = cluster::InstanceState::kActive,
                              .heartbeat = kNow,
                              .registered = kNow,
                              .read_only = false,
                              .tokens = {1, 0x80000001}};
    ring.put(one);

    const std::string page = get("/ring").body;
    EXPECT_NE(page.find("<td>in&lt;1&gt;</td><td>z</td><td>ACTIVE</td><td>1.2.3.4:9095</td>"),
              std::string::npos)
        << page;
    EXPECT_NE(page.find("<td>100.0%</td>"), std::string::npos);
    HttpRequest json = get_request("/ring");
    json.headers.add("Accept", "application/json");
    EXPECT_EQ(ask(std::move(json)).body,
              "{\"shards\":[{\"id\":\"in\\u003c1\\u003e\",\"state\":\"ACTIVE\",\"address\":\"1.2.3."
              "4:9095\","
              "\"timestamp\":\"2026-11-01T02:26:40Z\",\"registered_timestamp\":\"2026-11-01T02:26:"
              "40Z\",\"read_only\":false,"
              "\"read_only_updated_timestamp\":\"\",\"zone\":\"z\",\"tokens\":[1,2147483649]}],"
              "\"now\":\"2026-11-01T02:26:40Z\"}\n");

    const HttpResponse forgotten =
        ask(post_request("/ring", "application/x-www-form-urlencoded", "forget=in%3C1%3E"));
    EXPECT_EQ(forgotten.status, 302);
    EXPECT_TRUE(ring.instances().empty());
    EXPECT_EQ(get("/distributor/ring").status, 200);
}

TEST_F(Endpoints, KnowsOnlyThePathsOfItsServices) {
    const auto bare = build_routes(Services{}, options, limits, clock, workers, metrics);
    for (const char* path :
         {"/loki/api/v1/push", "/loki/api/v1/query", "/ring", "/flush", "/config",
          "/distributor/ring", "/loki/api/v1/tail", "/loki/api/v1/index/stats"}) {
        EXPECT_EQ(support::run_task(context, bare->handle(get_request(path))).status, 404) << path;
    }
    EXPECT_EQ(support::run_task(context, bare->handle(get_request("/ready"))).status, 200);
    EXPECT_EQ(get("/").status, 404) << "the page at / is for browsers";
    HttpRequest browser = get_request("/");
    browser.headers.add("Accept", "text/html,*/*;q=0.8");
    EXPECT_EQ(support::run_task(context, router->handle(std::move(browser))).status, 200);
}

}  // namespace
}  // namespace skald::api
