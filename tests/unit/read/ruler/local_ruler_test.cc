// SPDX-License-Identifier: Apache-2.0
//
// Goal: rules are kept as files, evaluated on time, and their groups keep their state. Method: a
// querier that answers what it is told to, and a clock that the test owns.
#include "local_ruler.h"

#include "support/memory_charge.h"
#include "support/result_assertions.h"
#include "support/run_task.h"
#include "support/sim_clock.h"
#include "support/temporary_folder.h"
#include "write_request.h"

#include <gtest/gtest.h>
#include <snappy.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace skald::read {
namespace {

using support::uncharged;

/// Answers each instant query with one series, or with an error.
class ScriptedQuerier final : public Querier {
public:
    Task<Result<QueryResponse>> query(QueryRequest request, CancelToken) override {
        asked.push_back(request);
        if (fails) co_return Error{ErrorCode::kUnavailable, "no"};
        QueryResponse response;
        VectorResult vector;
        if (has_result) vector.series.push_back({Labels::from_pairs({{"app", "x"}}), {{0, 3}}});
        response.data = std::move(vector);
        co_return response;
    }
    Task<Result<std::vector<std::string>>> label_names(MetadataRequest, CancelToken) override {
        co_return std::vector<std::string>{};
    }
    Task<Result<std::vector<std::string>>> label_values(MetadataRequest, std::string,
                                                        CancelToken) override {
        co_return std::vector<std::string>{};
    }
    Task<Result<std::vector<StreamPtr>>> series(MetadataRequest, CancelToken) override {
        co_return std::vector<StreamPtr>{};
    }

    std::vector<QueryRequest> asked;
    bool fails = false;
    bool has_result = true;
};

const TenantId kTenant = *TenantId::parse("a");
constexpr std::string_view kAlert =
    "name: g\ninterval: 1m\nrules: [{alert: A, expr: 'vector(1)', for: 2m}]";

class LocalRulerTest : public ::testing::Test {
protected:
    LocalRulerTest() : folder_path(folder.path() + "/rules") { make(); }

    void make() {
        Ruler::Options options;
        options.directory = folder_path;
        options.read_only = read_only;
        ruler =
            std::make_unique<LocalRuler>(options,
                                         Ruler::Surroundings{storage::posix_file_system(), querier,
                                                             limits, clock, io, workers, metrics},
                                         std::make_unique<Outbox>());
    }
    /// Lets the time pass and evaluates what is due.
    void pass(DurationNs time) {
        clock.advance(std::chrono::nanoseconds(time));
        support::run_task(context, tick());
        context.restart();
        while (context.poll() > 0) context.restart();
    }
    Task<bool> tick() {
        co_await ruler->tick();
        co_return true;
    }
    RuleStatus first() { return ruler->status(kTenant).at(0).rules.at(0); }

    TemporaryFolder folder;
    std::string folder_path;
    bool read_only = false;
    ScriptedQuerier querier;
    Limits limit_values;
    FixedLimits limits{limit_values};
    support::SimClock clock;
    boost::asio::io_context context;
    IoThreads io{1};
    WorkerPool workers{{.threads = 1}};
    MetricsRegistry metrics;
    std::unique_ptr<LocalRuler> ruler;
};

TEST_F(LocalRulerTest, KeepsGroupsOverARestart) {
    ASSERT_OK(ruler->put_group(kTenant, "my ns/x", kAlert, uncharged()));
    ASSERT_OK(ruler->put_group(kTenant, "my ns/x", "name: h\nrules: []", uncharged()));
    ruler.reset();
    make();
    const auto rules = ruler->rules(kTenant);
    ASSERT_OK(rules);
    ASSERT_EQ(rules->count("my ns/x"), 1u);
    EXPECT_EQ(rules->at("my ns/x").size(), 2u);
    EXPECT_EQ(rules->at("my ns/x")[1].name, "h");
}

TEST_F(LocalRulerTest, RemovesGroupsAndNamespacesAndSaysWhatIsNotThere) {
    ASSERT_OK(ruler->put_group(kTenant, "ns", kAlert, uncharged()));
    EXPECT_EQ(ruler->remove_group(kTenant, "ns", "x").error().message, "group does not exist");
    EXPECT_EQ(ruler->remove_namespace(kTenant, "x").error().message,
              "group namespace does not exist");
    ASSERT_OK(ruler->remove_group(kTenant, "ns", "g"));
    EXPECT_TRUE(ruler->rules(kTenant)->empty());
    EXPECT_TRUE(ruler->status(kTenant).empty());
    EXPECT_EQ(ruler->remove_namespace(kTenant, "..").error().message,
              "invalid namespace: path traversal not allowed");
}

TEST_F(LocalRulerTest, HoldsToTheLimitsOfTheTenant) {
    limit_values.ruler_max_rule_groups_per_tenant = 1;
    limit_values.ruler_max_rules_per_rule_group = 1;
    limits = FixedLimits(limit_values);
    ASSERT_OK(ruler->put_group(kTenant, "ns", kAlert, uncharged()));
    ASSERT_OK(ruler->put_group(kTenant, "ns", kAlert, uncharged()));
    EXPECT_EQ(ruler->put_group(kTenant, "other", "name: h\nrules: []", uncharged()).error().message,
              "per-user rule groups limit (limit: 1 actual: 2) exceeded "
              "(limits_config.ruler_max_rule_groups_per_tenant)");
    EXPECT_EQ(ruler
                  ->put_group(kTenant, "ns",
                              "name: g\nrules: [{alert: A, expr: vector(1)}, {alert: B, expr: "
                              "vector(1)}]",
                              uncharged())
                  .error()
                  .message,
              "per-user rules per rule group limit (limit: 1 actual: 2) exceeded "
              "(limits_config.ruler_max_rules_per_rule_group)");
}

TEST_F(LocalRulerTest, AReadOnlyStoreIsWrittenByPeopleAlone) {
    std::filesystem::create_directories(folder_path + "/a");
    std::ofstream(folder_path + "/a/file.yaml") << "groups: ["
                                                << "{name: g, rules: []}]";
    read_only = true;
    make();
    EXPECT_EQ(ruler->rules(kTenant)->count("file.yaml"), 1u);
    EXPECT_EQ(ruler->put_group(kTenant, "ns", kAlert, uncharged()).error().message,
              "SetRuleGroup unsupported in rule local store");
    EXPECT_TRUE(ruler->rules(*TenantId::parse("b"))
                    .error()
                    .message.starts_with("unable to read rule dir "));
}

TEST_F(LocalRulerTest, KeepsNoNamespaceThatCouldNotBeReadAgain) {
    const auto group = [](const std::string& name) {
        return "name: " + name + "\nrules: [{alert: A, expr: vector(1), annotations: {text: " +
               std::string(kRuleFileBytesMax / 2, 'x') + "}}]";
    };
    ASSERT_OK(ruler->put_group(kTenant, "ns", group("a"), uncharged()));
    const auto second = ruler->put_group(kTenant, "ns", group("b"), uncharged());
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, ErrorCode::kTooLarge);
    EXPECT_EQ(ruler->rules(kTenant)->at("ns").size(), 1u);
    EXPECT_OK(ruler->put_group(kTenant, "other", group("b"), uncharged()));
}

TEST_F(LocalRulerTest, RefusesAFileThatIsDamaged) {
    ASSERT_OK(ruler->put_group(kTenant, "ns", kAlert, uncharged()));
    std::fstream file(folder_path + "/a/ns", std::ios::in | std::ios::out);
    file.seekp(60);
    file << "x";
    file.close();
    EXPECT_EQ(ruler->rules(kTenant).error().code, ErrorCode::kCorruption);
}

TEST_F(LocalRulerTest, EvaluatesEachGroupOnceAnInterval) {
    ASSERT_OK(ruler->put_group(kTenant, "ns", kAlert, uncharged()));
    EXPECT_EQ(first().health, "unknown");
    for (int i = 0; i < 60; ++i) pass(kNanosPerSecond);
    ASSERT_EQ(querier.asked.size(), 1u);
    EXPECT_TRUE(querier.asked[0].instant);
    EXPECT_EQ(first().health, "ok");
    EXPECT_EQ(first().state, AlertState::kPending);
    for (int i = 0; i < 120; ++i) pass(kNanosPerSecond);
    ASSERT_EQ(querier.asked.size(), 3u);
    EXPECT_EQ(querier.asked[2].end - querier.asked[1].end, kNanosPerMinute);
    EXPECT_EQ(first().state, AlertState::kFiring);
    EXPECT_EQ(first().alerts.at(0).labels.to_string(), R"({alertname="A", app="x"})");
}

TEST_F(LocalRulerTest, SlotsThatWereMissedAreNotMadeUpFor) {
    ASSERT_OK(ruler->put_group(kTenant, "ns", kAlert, uncharged()));
    pass(10 * kNanosPerMinute);
    pass(0);
    pass(0);
    EXPECT_EQ(querier.asked.size(), 2u);  // The first slot, and the one that has begun since.
}

TEST_F(LocalRulerTest, AGroupThatDidNotChangeKeepsItsAlerts) {
    ASSERT_OK(ruler->put_group(kTenant, "ns", kAlert, uncharged()));
    pass(kNanosPerMinute);
    ASSERT_EQ(first().state, AlertState::kPending);
    ASSERT_OK(ruler->put_group(kTenant, "other", "name: h\nrules: []", uncharged()));
    EXPECT_EQ(first().state, AlertState::kPending);
    ASSERT_OK(ruler->put_group(kTenant, "ns", "name: g\nrules: [{alert: B, expr: 'vector(1)'}]",
                               uncharged()));
    EXPECT_EQ(first().health, "unknown");
}

TEST_F(LocalRulerTest, AFailedQueryIsShown) {
    ASSERT_OK(ruler->put_group(kTenant, "ns", kAlert, uncharged()));
    querier.fails = true;
    pass(kNanosPerMinute);
    EXPECT_EQ(first().health, "err");
    EXPECT_EQ(first().last_error, "no");
}

TEST(WriteRequest, IsOneSeriesWithOneSampleEach) {
    std::string request;
    append_series(request, Labels::from_pairs({{"__name__", "m"}, {"a", "b"}}), 1000, 2.5);
    EXPECT_EQ(request, std::string("\x0a\x25\x0a\x0d\x0a\x08__name__\x12\x01m\x0a\x06\x0a\x01"
                                   "a\x12\x01"
                                   "b\x12\x0c\x09\x00\x00\x00\x00\x00\x00\x04\x40\x10\xe8\x07",
                                   39));
    std::string unpacked;
    const std::string packed = packed_request(request);
    ASSERT_TRUE(snappy::Uncompress(packed.data(), packed.size(), &unpacked));
    EXPECT_EQ(unpacked, request);
}

RelabelRules rules_of(RelabelAction action, std::string regex) {
    RelabelRule rule;
    rule.action = action;
    rule.regex = std::move(regex);
    if (action == RelabelAction::kDrop) rule.source_labels = {"app"};
    return *RelabelRules::create({std::move(rule)});
}

TEST(WriteRequest, LeavesOutWhatTheRulesDrop) {
    const Labels x = Labels::from_pairs({{"__name__", "r"}, {"app", "x"}});
    const Labels y = Labels::from_pairs({{"__name__", "r"}, {"app", "y"}});
    std::string expected;
    append_series(expected, y, 5, 2);
    const SeriesRequest request =
        series_request({5, {{x, 1}, {y, 2}}}, rules_of(RelabelAction::kDrop, "x"));
    EXPECT_EQ(request.bytes, expected);
    EXPECT_EQ(request.samples, 1U);
    EXPECT_EQ(series_request({5, {{x, 1}}}, rules_of(RelabelAction::kLabelDrop, ".*")).samples, 0U);
    EXPECT_EQ(series_request({5, {{x, 1}, {y, 2}}}, {}).samples, 2U);
}

TEST(WriteRequest, TheEndOfOneSeriesIsNotThatOfAnother) {
    const Labels here = Labels::from_pairs({{"__name__", "r"}, {"pod", "1"}});
    const Labels gone = Labels::from_pairs({{"__name__", "r"}, {"pod", "2"}});
    std::string expected;
    append_series(expected, Labels::from_pairs({{"__name__", "r"}}), 5, 1);
    const RecordedSeries series{5, {{here, 1}, {gone, stale_marker()}}};
    EXPECT_EQ(series_request(series, rules_of(RelabelAction::kLabelDrop, "pod")).bytes, expected);
}

}  // namespace
}  // namespace skald::read
