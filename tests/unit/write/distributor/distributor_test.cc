// SPDX-License-Identifier: Apache-2.0
//
// Goal: a push is checked, completed, answered and counted as Loki does it. Texts and levels are
// recorded answers of Loki 3.7.
// Method: pushes through the public interface to ingesters that remember what they are sent; time
// stands still unless a test moves it.
#include "fake_ingester.h"
#include "push_pieces.h"
#include "support/result_assertions.h"
#include "support/run_task.h"
#include "support/sim_clock.h"

#include <skald/foundation/base/units.h>
#include <skald/write/distributor/distributor.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace skald::write {
namespace {

using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::Pair;

constexpr TimeNs kNow = support::SimClock::kDefaultStart;

/// Limits that a test may change between pushes.
class ChangingLimits final : public LimitsSource {
public:
    std::shared_ptr<const Limits> of(const TenantId&) const override { return current_; }
    void set(Limits limits) { current_ = std::make_shared<const Limits>(std::move(limits)); }

private:
    std::shared_ptr<const Limits> current_ = std::make_shared<const Limits>();
};

class DistributorTest : public testing::Test {
protected:
    void SetUp() override { start({.replication_factor = 1}, {"one"}); }

    void start(cluster::Ring::Options options, const std::vector<std::string>& ids) {
        distributor_.reset();
        ingesters_.clear();
        ring_ = std::make_unique<cluster::Ring>(options);
        for (const std::string& id : ids) {
            ingesters_.emplace(id, std::make_unique<FakeIngester>());
            cluster::RingInstance instance;
            instance.id = id;
            instance.address = id + ":9095";
            instance.state = cluster::InstanceState::kActive;
            instance.heartbeat = kNow;
            instance.tokens = cluster::make_tokens(id, 128);
            ring_->put(std::move(instance));
        }
        Distributor::Clients clients = [this](std::string_view id) {
            const auto found = ingesters_.find(std::string(id));
            return found == ingesters_.end() ? nullptr : found->second.get();
        };
        distributor_ = Distributor::create({.label_cache_entries = 1000}, limits_, *ring_,
                                           std::move(clients), clock_, workers_, metrics_);
    }

    Result<void> push(std::vector<TestStream> streams, const char* tenant = "t1") {
        return support::run_task(
            context_, distributor_->push(*TenantId::parse(tenant), make_push(std::move(streams))));
    }
    /// Pushes and gives the error's message, or "" for success.
    std::string refusal(std::vector<TestStream> streams) {
        const Result<void> result = push(std::move(streams));
        return result ? "" : result.error().message;
    }
    FakeIngester& one() { return *ingesters_.at("one"); }
    /// Entries that arrived for a stream.
    std::vector<ArrivedEntry>& arrived(const std::string& labels) { return one().streams[labels]; }
    std::vector<std::string> lines_of(const std::string& labels) {
        std::vector<std::string> lines;
        for (const ArrivedEntry& entry : arrived(labels)) lines.push_back(entry.line);
        return lines;
    }
    std::vector<std::string> stream_names() {
        std::vector<std::string> names;
        for (const auto& [labels, entries] : one().streams) names.push_back(labels);
        return names;
    }
    void set_limits(Limits limits) { limits_.set(std::move(limits)); }
    /// The value of a line of the exposition whose labels contain all of `parts`; 0 if absent.
    double metric(const std::string& name, const std::vector<std::string>& parts) {
        const std::string text = metrics_.exposition();
        for (std::size_t at = 0; at < text.size();) {
            const std::size_t end = std::min(text.find('\n', at), text.size());
            const std::string line = text.substr(at, end - at);
            at = end + 1;
            if (!line.starts_with(name + "{")) continue;
            bool all = true;
            for (const std::string& part : parts) all &= line.find(part) != std::string::npos;
            if (all) return std::stod(line.substr(line.rfind(' ')));
        }
        return 0;
    }
    double discarded(const std::string& reason) {
        return metric("loki_discarded_samples_total",
                      {"reason=\"" + reason + "\"", "tenant=\"t1\"", "retention_hours=\"0\"",
                       "policy=\"\"", "format=\"loki\""});
    }

    ChangingLimits limits_;
    support::SimClock clock_;
    boost::asio::io_context context_;  // Before the workers, which resume tasks on it.
    WorkerPool workers_{{.threads = 1, .weights = {4, 4, 2}, .name = "test"}};
    MetricsRegistry metrics_;
    std::unique_ptr<cluster::Ring> ring_;
    std::map<std::string, std::unique_ptr<FakeIngester>> ingesters_;
    std::unique_ptr<Distributor> distributor_;
};

TEST_F(DistributorTest, SendsAllStreamsToTheOwner) {
    ASSERT_OK(push({{"{app=\"x\"}", {{kNow, "one", {}}, {kNow + 1, "two", {}}}},
                    {"{ z=\"1\", app = \"y\" }", {{kNow, "three", {}}}}}));

    EXPECT_EQ(one().tenant, "t1");
    EXPECT_EQ(one().pushes, 1);
    EXPECT_THAT(stream_names(), ElementsAre("{app=\"x\", service_name=\"x\"}",
                                            "{app=\"y\", service_name=\"y\", z=\"1\"}"));
    EXPECT_THAT(lines_of("{app=\"x\", service_name=\"x\"}"), ElementsAre("one", "two"));
}

TEST_F(DistributorTest, DoesNotCopyLines) {
    PushBatch batch = make_push({{"{app=\"x\"}", {{kNow, "a line", {}}}}});
    const char* const before = batch.entries[0].line.data();

    ASSERT_OK(
        support::run_task(context_, distributor_->push(*TenantId::parse("t1"), std::move(batch))));

    EXPECT_EQ(one().first_line, before);
}

TEST_F(DistributorTest, RefusesARequestWithoutStreams) {
    const auto result = push({});

    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code, ErrorCode::kUnprocessable);
    EXPECT_EQ(result.error().message, "error at least one valid stream is required for ingestion");
}

TEST_F(DistributorTest, AcceptsStreamsWithoutEntriesAsNothing) {
    EXPECT_OK(push({{"{app=\"x\"}", {}}}));
    EXPECT_EQ(one().pushes, 0);
}

TEST_F(DistributorTest, BringsAStreamNamedTwiceTogether) {
    ASSERT_OK(push({{"{app=\"x\"}", {{kNow, "1", {{"k", "a"}}}, {kNow, "2", {}}}},
                    {"{app=\"y\"}", {{kNow, "3", {}}}},
                    {"{ app=\"x\", }", {{kNow, "4", {{"k", "b"}}}}},
                    {"{app=\"y\"}", {{kNow, "5", {}}}}}));

    EXPECT_FALSE(one().named_twice);
    EXPECT_THAT(lines_of("{app=\"x\", service_name=\"x\"}"), ElementsAre("1", "2", "4"));
    EXPECT_THAT(lines_of("{app=\"y\", service_name=\"y\"}"), ElementsAre("3", "5"));
    EXPECT_THAT(arrived("{app=\"x\", service_name=\"x\"}")[2].metadata,
                ElementsAre(Pair("k", "b")));
}

/// The level of an entry may be a view of the labels that its own text named.
TEST_F(DistributorTest, KeepsTheLabelsOfAStreamNamedTwiceAsLongAsItsEntries) {
    // Longer than what is kept between requests.
    const std::string labels = "{app=\"x\"," + std::string(70'000, ' ') + "level=\"peculiar\"}";
    ASSERT_OK(push({{labels, {{kNow, "1", {}}}}, {labels, {{kNow, "2", {}}}}}));
    const auto& entries = arrived("{app=\"x\", level=\"peculiar\", service_name=\"x\"}");
    ASSERT_EQ(entries.size(), 2U);
    for (const ArrivedEntry& entry : entries) EXPECT_EQ(entry.level, "peculiar");
}

TEST_F(DistributorTest, ValidatesLargeBatchesTheSameWay) {
    std::vector<TestStream> streams(3, {"{app=\"x\"}", {}});
    streams[1].labels = "{app=\"y\"}";
    for (int i = 0; i < 3000; ++i)
        streams[static_cast<std::size_t>(i % 3)].entries.push_back(
            {kNow + i, "an error in line " + std::to_string(i), {}});

    ASSERT_OK(push(std::move(streams)));

    EXPECT_EQ(lines_of("{app=\"x\", service_name=\"x\"}").size(), 2000U);
    EXPECT_EQ(lines_of("{app=\"y\", service_name=\"y\"}").size(), 1000U);
    EXPECT_EQ(arrived("{app=\"y\", service_name=\"y\"}")[7].level, "error");
}

// Labels.

struct ServiceCase {
    std::string labels;
    std::string stored;
};
void PrintTo(const ServiceCase& c, std::ostream* out) {
    *out << c.labels;
}
class ServiceName : public DistributorTest, public testing::WithParamInterface<ServiceCase> {};

TEST_P(ServiceName, IsTakenFromTheFirstKnownLabel) {
    ASSERT_OK(push({{GetParam().labels, {{kNow, "x", {}}}}}));

    EXPECT_THAT(stream_names(), ElementsAre(GetParam().stored));
}

INSTANTIATE_TEST_SUITE_P(
    Labels, ServiceName,
    testing::Values(
        ServiceCase{"{app=\"a\", service=\"s\"}", "{app=\"a\", service=\"s\", service_name=\"s\"}"},
        ServiceCase{"{name=\"n\", app=\"a\"}", "{app=\"a\", name=\"n\", service_name=\"a\"}"},
        ServiceCase{"{job=\"j\", container=\"c\"}",
                    "{container=\"c\", job=\"j\", service_name=\"c\"}"},
        ServiceCase{"{k8s_job_name=\"k\"}", "{k8s_job_name=\"k\", service_name=\"k\"}"},
        ServiceCase{"{foo=\"b\"}", "{foo=\"b\", service_name=\"unknown_service\"}"},
        ServiceCase{"{Service=\"b\"}", "{Service=\"b\", service_name=\"unknown_service\"}"},
        ServiceCase{"{service_name=\"g\", app=\"a\"}", "{app=\"a\", service_name=\"g\"}"},
        ServiceCase{"{service_name=\"\", app=\"a\"}", "{app=\"a\", service_name=\"a\"}"},
        ServiceCase{"{app=\"\", job=\"j\"}", "{job=\"j\", service_name=\"j\"}"},
        ServiceCase{"{}", "{service_name=\"unknown_service\"}"},
        ServiceCase{"", "{service_name=\"unknown_service\"}"},
        ServiceCase{"app", "{__name__=\"app\", service_name=\"unknown_service\"}"},
        ServiceCase{"{__aggregated_metric__=\"a\"}", "{__aggregated_metric__=\"a\"}"}));

TEST_F(DistributorTest, AddsNoServiceNameIfSwitchedOff) {
    Limits limits;
    limits.discover_service_name.clear();
    set_limits(limits);

    EXPECT_OK(push({{"{app=\"x\"}", {{kNow, "x", {}}}}}));
    EXPECT_THAT(stream_names(), ElementsAre("{app=\"x\"}"));
    EXPECT_EQ(refusal({{"{}", {{kNow, "x", {}}, {kNow, "y", {}}}}}),
              "error at least one label pair is required per stream");
    EXPECT_EQ(discarded("missing_labels"), 2);
    EXPECT_EQ(discarded("invalid_labels"), 2);
}

TEST_F(DistributorTest, RefusesTheWholeRequestForLabelsThatCannotBeRead) {
    const auto result =
        push({{"{app=\"x\"}", {{kNow, "fine", {}}}}, {"{a-b=\"1\"}", {{kNow, "x", {}}}}});

    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code, ErrorCode::kInvalidArgument);
    EXPECT_EQ(result.error().message,
              "couldn't parse labels: 1:3: parse error: unexpected character inside braces: '-'");
    EXPECT_EQ(one().pushes, 0);
}

TEST_F(DistributorTest, KeepsGoodStreamsBesideBadOnes) {
    std::string labels = "{";
    for (int i = 10; i < 26; ++i) labels += "l" + std::to_string(i) + "=\"v\", ";
    labels += "}";
    const auto result =
        push({{"{app=\"x\"}", {{kNow, "kept", {}}}}, {labels, {{kNow, "lost", {}}}}});

    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code, ErrorCode::kInvalidArgument);
    EXPECT_THAT(result.error().message, HasSubstr("entry for stream '{l10=\"v\", l11=\"v\""));
    EXPECT_THAT(result.error().message,
                HasSubstr("service_name=\"unknown_service\"}' has 16 label names; limit 15 "
                          "(limits_config.max_label_names_per_series)"));
    EXPECT_THAT(stream_names(), ElementsAre("{app=\"x\", service_name=\"x\"}"));
    EXPECT_EQ(discarded("max_label_names_per_series"), 1);
}

TEST_F(DistributorTest, ChecksLengthsAndDuplicatesOfLabels) {
    const std::string name(1025, 'n');
    const std::string value(2049, 'v');

    EXPECT_EQ(refusal({{"{" + name + "=\"1\"}", {{kNow, "x", {}}}}}),
              "stream '{" + name +
                  "=\"1\", service_name=\"unknown_service\"}' has label name too "
                  "long: '" +
                  name + "' (limits_config.max_label_name_length)");
    EXPECT_EQ(refusal({{"{a=\"" + value + "\"}", {{kNow, "x", {}}}}}),
              "stream '{a=\"" + value +
                  "\", service_name=\"unknown_service\"}' has label value too "
                  "long: '" +
                  value + "' (limits_config.max_label_value_length)");
    EXPECT_EQ(
        refusal({{"{app=\"x\",app=\"y\"}", {{kNow, "x", {}}}}}),
        "stream '{app=\"x\", app=\"y\", service_name=\"x\"}' has duplicate label name: 'app'");
    EXPECT_OK(push({{"{" + name.substr(1) + "=\"" + value.substr(1) + "\"}", {{kNow, "x", {}}}}}));
    EXPECT_EQ(discarded("label_name_too_long"), 1);
    EXPECT_EQ(discarded("label_value_too_long"), 1);
    EXPECT_EQ(discarded("duplicate_label_names"), 1);
}

TEST_F(DistributorTest, RefusesHugeLabelTexts) {
    const auto result = push({{std::string(17 * kMiB, 'x'), {{kNow, "x", {}}}}});

    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code, ErrorCode::kTooLarge);
    EXPECT_EQ(result.error().message,
              "request body too large: stream labels size 18 MB exceeds limit of 17 MB");
}

TEST_F(DistributorTest, AsksForEnforcedLabels) {
    Limits limits;
    limits.enforced_labels = {"app", "env", "team"};
    set_limits(limits);

    EXPECT_EQ(refusal({{"{app=\"x\"}", {{kNow, "x", {}}}}}),
              "missing required labels 'env,team' for user 't1' for stream '{app=\"x\", "
              "service_name=\"x\"}' (policy: '') (limits_config.enforced_labels)");
    EXPECT_EQ(discarded("missing_enforced_labels"), 1);
    EXPECT_OK(push({{"{app=\"x\", env=\"e\", team=\"t\"}", {{kNow, "x", {}}}}}));
}

TEST_F(DistributorTest, AsksForTheLabelsOfAStreamsPolicyAndOfAll) {
    Limits limits;
    limits.policies.rules.push_back({"fin", "", *parse_matchers("{app=\"x\"}"), 1});
    limits.policies.enforced_labels = {{"fin", {"owner", "env"}}, {"*", {"env"}}};
    set_limits(limits);

    EXPECT_EQ(refusal({{"{app=\"x\"}", {{kNow, "x", {}}}}}),
              "missing required labels 'env,owner' for user 't1' for stream '{app=\"x\", "
              "service_name=\"x\"}' (policy: 'fin') (limits_config.policy_enforced_labels)");
    EXPECT_OK(push({{"{app=\"y\", env=\"e\"}", {{kNow, "x", {}}}}}));
}

TEST_F(DistributorTest, RefusesWhatIsBlockedUntilThen) {
    Limits limits;
    limits.block_ingestion_until = kNow + kNanosPerSecond;
    set_limits(limits);
    const Result<void> result = push({{"{app=\"x\"}", {{kNow, "x", {}}}}});
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code, ErrorCode::kBlocked);
    EXPECT_THAT(result.error().message, EndsWith("' (limits_config.block_ingestion_until)"));
    EXPECT_EQ(discarded("blocked_ingestion"), 1);
    EXPECT_TRUE(stream_names().empty());

    limits.block_ingestion_until = kNow - kNanosPerSecond;
    set_limits(limits);
    EXPECT_OK(push({{"{app=\"x\"}", {{kNow, "x", {}}}}}));
}

TEST_F(DistributorTest, StoresWhatABlockedPolicyDoesNotConcern) {
    Limits limits;
    limits.policies.rules.push_back({"fin", "", *parse_matchers("{app=\"x\"}"), 1});
    limits.policies.blocked_until = {{"fin", kNow + kNanosPerSecond}};
    set_limits(limits);
    const Result<void> result =
        push({{"{app=\"x\"}", {{kNow, "x", {}}}}, {"{app=\"y\"}", {{kNow, "y", {}}}}});
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code, ErrorCode::kBlocked);
    EXPECT_THAT(result.error().message, EndsWith("' (limits_config.block_ingestion_policy_until)"));
    EXPECT_EQ(metric("loki_discarded_samples_total",
                     {"reason=\"blocked_ingestion_policy\"", "policy=\"fin\""}),
              1);
    EXPECT_THAT(stream_names(), ElementsAre("{app=\"y\", service_name=\"y\"}"));
}

TEST_F(DistributorTest, PutsStreamsUnderThePolicyThatTheSenderNames) {
    Limits limits;
    limits.policies.rules.push_back({"fin", "", *parse_matchers("{app=\"x\"}"), 1});
    limits.policies.enforced_labels = {{"ops", {"owner"}}};
    limits.policies.blocked_until = {{"fin", kNow + kNanosPerSecond}};
    set_limits(limits);
    const auto push_under = [this](const std::string& policy) {
        PushBatch batch = make_push({{"{app=\"x\"}", {{kNow, "x", {}}}}});
        batch.policy = policy;
        return support::run_task(context_,
                                 distributor_->push(*TenantId::parse("t1"), std::move(batch)));
    };
    EXPECT_EQ(push_under("").error().code, ErrorCode::kBlocked);
    EXPECT_OK(push_under("other"));
    EXPECT_EQ(push_under("ops").error().message,
              "missing required labels 'owner' for user 't1' for stream '{app=\"x\", "
              "service_name=\"x\"}' (policy: 'ops') (limits_config.policy_enforced_labels)");
    EXPECT_EQ(push_under("").error().code, ErrorCode::kBlocked);
}

TEST_F(DistributorTest, CountsUnderThePolicyOfTheStream) {
    Limits limits;
    limits.policies.rules.push_back({"fin", "", *parse_matchers("{app=\"x\"}"), 1});
    limits.policies.enforced_labels = {{"fin", {"owner"}}};
    limits.max_label_value_length = 10;
    limits.ingestion_rate_mb = 30.0 / kMiB;
    limits.ingestion_burst_size_mb = 30.0 / kMiB;
    set_limits(limits);
    const auto discarded_of = [this](const char* reason, const char* policy) {
        return metric("loki_discarded_samples_total", {std::string("reason=\"") + reason,
                                                       std::string("policy=\"") + policy + "\""});
    };
    refusal({{"{app=\"x\"}", {{kNow, "no owner", {}}}},
             {"{app=\"x\",owner=\"m\"}", {{kNow, "12345", {}}, {0, "old", {}}}},
             {"{app=\"y\"}", {{kNow, "123", {}}}},
             {"{app=\"x\",z=\"much too long\"}", {{kNow, "1", {}}}}});

    EXPECT_EQ(discarded_of("missing_enforced_labels", "fin"), 1);
    EXPECT_EQ(discarded_of("greater_than_max_sample_age", "fin"), 1);
    EXPECT_EQ(discarded_of("label_value_too_long", "fin"), 1);
    EXPECT_EQ(metric("loki_distributor_lines_received_total", {"policy=\"fin\""}), 4);
    EXPECT_EQ(metric("loki_distributor_lines_received_total", {"policy=\"\""}), 1);

    // Above the rate.
    refusal({{"{app=\"x\",owner=\"m\"}", {{kNow, std::string(40, 'x'), {}}}},
             {"{app=\"y\"}", {{kNow, "y", {}}, {kNow, "z", {}}}}});
    EXPECT_EQ(discarded_of("rate_limited", "fin"), 1);
    EXPECT_EQ(discarded_of("rate_limited", ""), 2);
}

TEST_F(DistributorTest, NamesOfPoliciesThatClientsMakeUpAreNoLabels) {
    Limits limits;
    limits.policies.enforced_labels = {{"ops", {}}};
    set_limits(limits);
    for (const char* policy : {"made-up", "ops"}) {
        PushBatch batch = make_push({{"{app=\"x\"}", {{kNow, "x", {}}}}});
        batch.policy = policy;
        EXPECT_OK(support::run_task(context_,
                                    distributor_->push(*TenantId::parse("t1"), std::move(batch))));
    }
    EXPECT_EQ(metric("loki_distributor_lines_received_total", {"policy=\"\""}), 1);
    EXPECT_EQ(metric("loki_distributor_lines_received_total", {"policy=\"ops\""}), 1);
    EXPECT_EQ(metrics_.exposition().find("made-up"), std::string::npos);
}

TEST_F(DistributorTest, DropsBlockedLinesWithoutAWordIfTheStatusIs200) {
    Limits limits;
    limits.block_ingestion_until = kNow + kNanosPerSecond;
    limits.block_ingestion_status_code = 200;
    set_limits(limits);
    EXPECT_OK(push({{"{app=\"x\"}", {{kNow, "x", {}}}}}));
    EXPECT_TRUE(stream_names().empty());
    EXPECT_EQ(discarded("blocked_ingestion"), 1);
}

TEST_F(DistributorTest, SeesChangedLimitsInSpiteOfItsCache) {
    EXPECT_OK(push({{"{app=\"x\"}", {{kNow, "x", {}}}}}));
    Limits limits;
    limits.max_label_value_length = 0;
    limits.max_label_names_per_series = 0;
    limits.discover_service_name = {"other"};
    set_limits(limits);

    EXPECT_OK(push({{"{app=\"x\"}", {{kNow, "x", {}}}}}));

    EXPECT_THAT(stream_names(), ElementsAre("{app=\"x\", service_name=\"unknown_service\"}",
                                            "{app=\"x\", service_name=\"x\"}"));
}

// Fields that are looked for.

TEST_F(DistributorTest, FindsFieldsInLabelsMetadataJsonAndLogfmtInThisOrder) {
    Limits limits;
    limits.discover_generic_fields = {{"trace", {"trace_id", "ids.trace"}}};
    set_limits(limits);
    const std::string json = R"({"a": [1, {"trace_id": "no"}], "ids": {"trace": 17}})";
    EXPECT_OK(push({{"{app=\"l\", trace_id=\"label\"}", {{kNow, "trace_id=1", {}}}},
                    {"{app=\"m\"}", {{kNow, "trace_id=1", {{"trace_id", "metadata"}}}}},
                    {"{app=\"j\"}", {{kNow, json, {}}}},
                    {"{app=\"f\"}", {{kNow, "x ids.trace=2 trace_id=\"1\" ", {{"z", "y"}}}}},
                    {"{app=\"n\"}", {{kNow, "nothing of trace_id", {}}}}}));
    const auto metadata_of = [this](const std::string& app) {
        return arrived("{app=\"" + app + "\", service_name=\"" + app + "\"}").at(0).metadata;
    };
    EXPECT_THAT(arrived("{app=\"l\", service_name=\"l\", trace_id=\"label\"}").at(0).metadata,
                ElementsAre(Pair("trace", "label")));
    EXPECT_THAT(metadata_of("m"),
                ElementsAre(Pair("trace", "metadata"), Pair("trace_id", "metadata")));
    EXPECT_THAT(metadata_of("j"), ElementsAre(Pair("trace", "17")));
    EXPECT_THAT(metadata_of("f"), ElementsAre(Pair("trace", "1"), Pair("z", "y")));
    EXPECT_THAT(metadata_of("n"), IsEmpty());
}

TEST_F(DistributorTest, LeavesTheSendersOwnFieldAsItIs) {
    Limits limits;
    limits.discover_generic_fields = {{"trace", {"id"}}};
    set_limits(limits);
    EXPECT_OK(push({{"{app=\"x\"}", {{kNow, "id=1", {{"trace", "mine"}}}, {kNow, "id=2", {}}}}}));
    const auto& entries = arrived("{app=\"x\", service_name=\"x\"}");
    EXPECT_THAT(entries.at(0).metadata, ElementsAre(Pair("trace", "mine")));
    EXPECT_THAT(entries.at(1).metadata, ElementsAre(Pair("trace", "2")));
}

TEST_F(DistributorTest, CountsFoundFieldsAgainstTheRate) {
    Limits limits;
    limits.discover_generic_fields = {{"team", {"team"}}};
    limits.ingestion_rate_mb = limits.ingestion_burst_size_mb = 1000.0 / kMiB;
    set_limits(limits);
    const std::string labels = "{app=\"x\", team=\"" + std::string(600, 't') + "\"}";
    EXPECT_OK(push({{labels, {{kNow, "1", {}}}}}));
    EXPECT_THAT(refusal({{labels, {{kNow, "2", {}}}}}), HasSubstr("totaling '605' bytes"));
}

TEST_F(DistributorTest, FindsNoFieldsWhereMetadataIsNotAllowed) {
    Limits limits;
    limits.discover_generic_fields = {{"trace", {"id"}}};
    limits.allow_structured_metadata = false;
    set_limits(limits);
    EXPECT_OK(push({{"{app=\"x\"}", {{kNow, "id=1", {}}}}}));
    EXPECT_THAT(arrived("{app=\"x\", service_name=\"x\"}").at(0).metadata, IsEmpty());
}

TEST_F(DistributorTest, ReadsJsonThatGoesWrongAsFarAsItMakesSense) {
    Limits limits;
    limits.discover_generic_fields = {{"found", {"a.b"}}};
    set_limits(limits);
    const auto found_in = [this](const std::string& line) {
        one().streams.clear();
        EXPECT_OK(push({{"{app=\"x\"}", {{kNow, line, {}}}}}));
        const auto& entry = arrived("{app=\"x\", service_name=\"x\"}").at(0);
        return entry.metadata.empty() ? std::string() : entry.metadata[0].second;
    };
    EXPECT_EQ(found_in(R"({"x": {"a": {"b": "no"}}, "a": {"c": "}", "b": "yes"}})"), "yes");
    EXPECT_EQ(found_in(R"({"a.b": true, "a": {"b": 1}})"), "true");
    EXPECT_EQ(found_in(R"( {"a": {"b": 1.5e3}, !} )"), "1.5e3");
    for (const char* nothing :
         {R"({"a": {"b": null}})", R"({"a": {"b": {}}})", R"({"a": {"b": [1]}})",
          R"({"a": {}, "b": 1})", R"({"a": 1, "b": 2})", R"({"a": {"b": })", R"({})", R"({{{{})",
          R"({"a)"
          "}"})
        EXPECT_EQ(found_in(nothing), "") << nothing;
}

// Entries.

TEST_F(DistributorTest, RefusesEntriesOutsideTheAcceptedTime) {
    const TimeNs oldest = kNow - 7 * kNanosPerDay;
    const TimeNs newest = kNow + 10 * kNanosPerMinute;

    EXPECT_OK(push({{"{app=\"x\"}", {{oldest, "a", {}}, {newest, "b", {}}}}}));
    EXPECT_EQ(refusal({{"{app=\"x\"}", {{oldest - 1, "a", {}}}}}),
              "entry for stream '{app=\"x\", service_name=\"x\"}' has timestamp too old: "
              "2026-10-24T23:59:59Z, oldest acceptable timestamp is: 2026-10-25T00:00:00Z "
              "(limits_config.reject_old_samples_max_age)");
    EXPECT_EQ(refusal({{"{app=\"x\"}", {{newest + 1, "a", {}}}}}),
              "entry for stream '{app=\"x\", service_name=\"x\"}' has timestamp too new: "
              "2026-11-01T00:10:00Z (limits_config.creation_grace_period)");
    EXPECT_THAT(lines_of("{app=\"x\", service_name=\"x\"}"), ElementsAre("a", "b"));
    EXPECT_EQ(discarded("greater_than_max_sample_age"), 1);
    EXPECT_EQ(discarded("too_far_in_future"), 1);
}

TEST_F(DistributorTest, AcceptsOldEntriesIfTold) {
    Limits limits;
    limits.reject_old_samples = false;
    set_limits(limits);

    EXPECT_OK(push({{"{app=\"x\"}", {{1'420'070'400 * kNanosPerSecond, "2015", {}}}}}));
    EXPECT_THAT(refusal({{"{app=\"x\"}", {{kTimeMin, "no time", {}}}}}),
                HasSubstr("has timestamp too old: 0001-01-01T00:00:00Z, oldest acceptable"));
}

TEST_F(DistributorTest, NamesNoKeyForTimesThatNoKeyAllows) {
    Limits limits;
    limits.reject_old_samples = false;
    limits.creation_grace_period = kTimeMax;
    set_limits(limits);

    EXPECT_THAT(refusal({{"{app=\"x\"}", {{kTimeMin, "x", {}}}}}), Not(HasSubstr("limits_config")));
    EXPECT_THAT(refusal({{"{app=\"x\"}", {{kTimeMax, "x", {}}}}}), Not(HasSubstr("limits_config")));
}

TEST_F(DistributorTest, RefusesLongLinesAndKeepsTheOthers) {
    const auto result = push({{"{app=\"x\"}",
                               {{kNow, "one", {}},
                                {kNow, std::string(262145, 'z'), {}},
                                {kNow, std::string(262144, 'y'), {}}}}});

    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().message,
              "max entry size '262144' bytes exceeded for stream '{app=\"x\", service_name=\"x\"}' "
              "while adding an entry with length '262145' bytes");
    EXPECT_EQ(lines_of("{app=\"x\", service_name=\"x\"}").size(), 2U);
    EXPECT_EQ(metric("loki_discarded_bytes_total", {"reason=\"line_too_long\""}), 262145);
}

TEST_F(DistributorTest, CutsLongLinesIfTold) {
    Limits limits;
    limits.max_line_size = 10;
    limits.max_line_size_truncate = true;
    set_limits(limits);
    EXPECT_OK(push({{"{app=\"x\"}", {{kNow, "0123456789", {}}, {kNow, "0123456789a", {}}}}}));
    limits.max_line_size_truncate_identifier = "...";
    set_limits(limits);
    EXPECT_OK(push({{"{app=\"x\"}", {{kNow, "0123456789abc", {}}}}}));
    limits.max_line_size_truncate_identifier = "longer than the line";
    set_limits(limits);
    EXPECT_FALSE(push({{"{app=\"x\"}", {{kNow, "0123456789abc", {}}}}}));

    EXPECT_THAT(lines_of("{app=\"x\", service_name=\"x\"}"),
                ElementsAre("0123456789", "0123456789", "0123456..."));
    const std::vector<std::string> labels = {"reason=\"line_too_long\"", "truncated=\"t1\""};
    EXPECT_EQ(metric("loki_mutated_samples_total", labels), 2);
    EXPECT_EQ(metric("loki_mutated_bytes_total", labels), 4);
}

TEST_F(DistributorTest, GroupsEqualErrors) {
    const std::string too_old =
        "entry for stream '{app=\"x\", service_name=\"x\"}' has timestamp too "
        "old: 1970-01-01T00:00:00Z, oldest acceptable timestamp is: "
        "2026-10-25T00:00:00Z (limits_config.reject_old_samples_max_age)";
    EXPECT_EQ(refusal({{"{app=\"x\"}", {{0, "a", {}}, {1, "b", {}}, {2, "c", {}}}}}),
              "3 errors like: " + too_old);
    EXPECT_EQ(
        refusal({{"{app=\"x\"}", {{0, "a", {}}, {1, "b", {}}, {kNow, "fine", {}}}},
                 {"{a=\"1\",a=\"2\"}", {{kNow, "c", {}}}}}),
        "2 errors like: " + too_old +
            "; 1 errors like: stream '{a=\"1\", a=\"2\", service_name=\"unknown_service\"}' has "
            "duplicate label name: 'a'");
}

TEST_F(DistributorTest, MovesDuplicateTimesIfTold) {
    Limits limits;
    limits.increment_duplicate_timestamp = true;
    set_limits(limits);

    ASSERT_OK(push({{"{app=\"x\"}",
                     {{kNow, "a", {}},
                      {kNow, "b", {}},
                      {kNow, "c", {}},
                      {kNow, "c", {}},
                      {kNow + 5, "d", {}},
                      {kNow + 5, "d", {}},
                      {kNow + 5, "e", {}}}},
                    {"{app=\"x\"}", {{kNow + 5, "f", {}}}}}));

    std::vector<TimeNs> times;
    for (const ArrivedEntry& entry : arrived("{app=\"x\", service_name=\"x\"}"))
        times.push_back(entry.time - kNow);
    EXPECT_THAT(times, ElementsAre(0, 1, 2, 0, 5, 5, 6, 5));
}

// Structured metadata.

TEST_F(DistributorTest, CleansSortsAndDeduplicatesMetadata) {
    ASSERT_OK(push({{"{app=\"x\"}",
                     {{kNow,
                       "l",
                       {{"x-id", "7"},
                        {"http.status", "200"},
                        {"9lives", "cat"},
                        {"a__b", "dbl"},
                        {"\xC3\x9Cn\xC3\xAF", "u"},
                        {"UPPER", "U"},
                        {"empty", ""},
                        {"twice", "1"},
                        {"bad",
                         "a\xFF\xEF\xBF\xBD"
                         "b\xC3\xBC"},
                        {"twice", "2"},
                        {"__error__", "e"}}}}}}));

    EXPECT_THAT(
        arrived("{app=\"x\", service_name=\"x\"}")[0].metadata,
        ElementsAre(Pair("UPPER", "U"), Pair("__error__", "e"), Pair("_n_", "u"),
                    Pair("a_b", "dbl"), Pair("bad", "a  b\xC3\xBC"), Pair("http_status", "200"),
                    Pair("key_9lives", "cat"), Pair("twice", "2"), Pair("x_id", "7")));
}

TEST_F(DistributorTest, KeepsMetadataOfEachEntryApart) {
    std::vector<TestEntry> entries;
    for (int i = 0; i < 50; ++i) {
        TestEntry entry{kNow + i, "l", {}};
        for (int j = i % 4; j >= 0; --j)
            entry.metadata.emplace_back("k." + std::to_string(j), std::to_string(i));
        entries.push_back(entry);
    }
    ASSERT_OK(push({{"{app=\"x\"}", entries}}));

    const auto& stored = arrived("{app=\"x\", service_name=\"x\"}");
    for (int i = 0; i < 50; ++i) {
        const auto& metadata = stored[static_cast<std::size_t>(i)].metadata;
        ASSERT_EQ(metadata.size(), static_cast<std::size_t>(i % 4 + 1));
        EXPECT_THAT(metadata.back(), Pair("k_" + std::to_string(i % 4), std::to_string(i)));
    }
}

TEST_F(DistributorTest, RefusesTheRequestForANameWithNothingLeft) {
    const auto underscores =
        push({{"{app=\"x\"}", {{kNow, "fine", {}}, {kNow, "l", {{"..", "v"}}}}}});
    const auto empty = push({{"{app=\"x\"}", {{kNow, "l", {{"", "v"}}}}}});

    ASSERT_FALSE(underscores);
    EXPECT_EQ(underscores.error().code, ErrorCode::kInternal);
    EXPECT_EQ(underscores.error().message,
              "normalization for label name \"..\" resulted in invalid name \"_\"");
    ASSERT_FALSE(empty);
    EXPECT_EQ(empty.error().message, "label name is empty");
    EXPECT_EQ(one().pushes, 0);
}

TEST_F(DistributorTest, LimitsMetadata) {
    Limits limits;
    limits.max_structured_metadata_size = 10;
    limits.max_structured_metadata_entries_count = 2;
    set_limits(limits);
    const std::string stream = "stream '{app=\"x\", service_name=\"x\"}' ";
    const auto refusal_of = [&](std::vector<std::pair<std::string, std::string>> metadata) {
        return refusal({{"{app=\"x\"}", {{kNow, "l", std::move(metadata)}}}});
    };

    EXPECT_EQ(refusal_of({{"k", "v"}, {"l", "1234567"}}), "");
    EXPECT_EQ(refusal_of({{"k", "v"}, {"l", "12345678"}}),
              stream +
                  "has structured metadata too large: '11' bytes, limit: '10' bytes. Please see "
                  "`limits_config.max_structured_metadata_size` or contact your Loki "
                  "administrator to increase it");
    EXPECT_EQ(refusal_of({{"k", "v"}, {"l", "w"}, {"m", "x"}}),
              stream +
                  "has too many structured metadata labels: '3', limit: '2'. Please see "
                  "`limits_config.max_structured_metadata_entries_count` or contact your Loki "
                  "administrator to increase it");
    EXPECT_EQ(discarded("structured_metadata_too_large"), 1);
    EXPECT_EQ(discarded("structured_metadata_too_many"), 1);

    limits.allow_structured_metadata = false;
    set_limits(limits);
    EXPECT_EQ(refusal_of({{"k", "v"}}),
              stream +
                  "includes structured metadata, but this feature is disallowed. Please see "
                  "`limits_config.allow_structured_metadata` or contact your Loki administrator "
                  "to enable it");
    EXPECT_EQ(discarded("disallowed_structured_metadata"), 1);
}

// Levels.

TEST_F(DistributorTest, TakesTheLevelFromMetadataThenLabelsThenTheLine) {
    using Metadata = std::vector<std::pair<std::string, std::string>>;
    const auto level_of = [&](const std::string& labels, const std::string& line,
                              Metadata metadata) {
        one().streams.clear();
        EXPECT_OK(push({{labels, {{kNow, line, std::move(metadata)}}}}));
        const ArrivedEntry& entry = one().streams.begin()->second.front();
        for (const auto& [name, value] : entry.metadata) EXPECT_NE(name, "detected_level");
        return entry.level;
    };
    const std::string plain = "{app=\"x\"}";
    const std::string warns = "{app=\"x\", level=\"warn\"}";

    EXPECT_EQ(level_of(plain, "nothing", {}), "unknown");
    EXPECT_EQ(level_of(plain, "says error", {}), "error");
    EXPECT_EQ(level_of(plain, "says error", {{"other", "x"}}), "error");
    EXPECT_EQ(level_of(plain, "says error", {{"severity", "WARNING"}}), "warn");
    EXPECT_EQ(level_of(plain, "level=warn", {{"lvl", "inf"}}), "info");
    EXPECT_EQ(level_of(plain, "says error", {{"severity_number", "9"}}), "info");
    EXPECT_EQ(level_of(plain, "says error", {{"detected_level", "Error"}}), "error");
    EXPECT_EQ(level_of(plain, "says error", {{"detected_level", "odd"}}), "odd");
    EXPECT_EQ(level_of(plain, "says error", {{"detected_level", ""}}), "error");
    EXPECT_EQ(level_of(warns, "level=error", {{"level", "info"}}), "warn");
    EXPECT_EQ(level_of(warns, "level=error", {{"detected_level", "fatal"}}), "fatal");
    EXPECT_EQ(level_of("{app=\"x\", level=\"custom\"}", "an error", {}), "custom");
}

TEST_F(DistributorTest, FindsNoLevelIfSwitchedOff) {
    Limits limits;
    limits.discover_log_levels = false;
    set_limits(limits);

    EXPECT_OK(
        push({{"{app=\"x\"}",
               {{kNow, "an error", {{"k", "v"}}}, {kNow, "b", {{"detected_level", "ERR"}}}}}}));

    const auto& stored = arrived("{app=\"x\", service_name=\"x\"}");
    EXPECT_EQ(stored[0].level, "");
    EXPECT_EQ(stored[1].level, "ERR");
    EXPECT_THAT(stored[1].metadata, IsEmpty());

    limits.discover_log_levels = true;
    limits.allow_structured_metadata = false;
    set_limits(limits);
    EXPECT_OK(push({{"{app=\"x\"}", {{kNow, "an error", {}}}}}));
    EXPECT_EQ(stored[2].level, "");
}

// Rates, routes, metrics.

TEST_F(DistributorTest, LimitsTheRateOfATenant) {
    Limits limits;
    limits.ingestion_rate_mb = 100.0 / kMiB;
    limits.ingestion_burst_size_mb = 250.0 / kMiB;
    set_limits(limits);
    const auto push_bytes = [&](std::size_t bytes, const char* tenant) {
        return push({{"{app=\"x\"}", {{kNow, std::string(bytes - 2, 'x'), {{"k", "v"}}}}}}, tenant);
    };

    EXPECT_OK(push_bytes(200, "t1"));
    const auto refused = push_bytes(51, "t1");
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::kLimitExceeded);
    EXPECT_EQ(
        refused.error().message,
        "ingestion rate limit exceeded for user t1 (limit: 100 bytes/sec) while attempting to "
        "ingest '1' lines totaling '51' bytes, reduce log volume or contact your Loki "
        "administrator to see if the limit can be increased (limits_config.ingestion_rate_mb)");
    EXPECT_OK(push_bytes(250, "t2"));
    EXPECT_OK(push_bytes(50, "t1"));
    clock_.advance(std::chrono::seconds(1));
    EXPECT_OK(push_bytes(100, "t1"));
    clock_.advance(std::chrono::seconds(50));
    const auto too_much = push_bytes(251, "t1");
    ASSERT_FALSE(too_much);
    EXPECT_THAT(too_much.error().message, EndsWith(" (limits_config.ingestion_burst_size_mb)"));
    EXPECT_OK(push_bytes(250, "t1"));
    EXPECT_EQ(discarded("rate_limited"), 2);
}

TEST_F(DistributorTest, WritesNothingOfARequestAboveTheRate) {
    Limits limits;
    limits.ingestion_rate_mb = 1.0 / kMiB;
    limits.ingestion_burst_size_mb = 1.0 / kMiB;
    set_limits(limits);

    EXPECT_THAT(refusal({{"{app=\"x\"}", {{kNow, "a", {}}, {kNow, "b", {}}, {0, "old", {}}}}}),
                HasSubstr("ingestion rate limit exceeded"));
    EXPECT_EQ(one().pushes, 0);
}

TEST_F(DistributorTest, CountsWhatItReceives) {
    EXPECT_FALSE(push({{"{app=\"x\"}", {{kNow, "12345", {{"k", "vv"}}}, {0, "123", {}}}}}));

    const std::vector<std::string> labels = {"tenant=\"t1\"", "is_internal_stream=\"false\"",
                                             "policy=\"\"", "format=\"loki\""};
    EXPECT_EQ(metric("loki_distributor_lines_received_total", labels), 2);
    EXPECT_EQ(metric("loki_distributor_bytes_received_total", labels), 11);
    EXPECT_EQ(metric("loki_distributor_structured_metadata_bytes_received_total", labels), 3);
    EXPECT_EQ(metric("loki_distributor_bytes_received_total", {"retention_hours=\"\""}), 11);
    EXPECT_EQ(metric("loki_distributor_ingester_appends_total", {"ingester=\"one\""}), 1);
}

TEST_F(DistributorTest, PassesTheIngestersErrorOn) {
    one().failure = Error{ErrorCode::kLimitExceeded, "maximum active stream limit exceeded"};

    const auto result = push({{"{app=\"x\"}", {{kNow, "x", {}}, {0, "too old", {}}}}});

    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code, ErrorCode::kLimitExceeded);
    EXPECT_EQ(result.error().message, "maximum active stream limit exceeded");
    EXPECT_EQ(metric("loki_distributor_ingester_append_failures_total", {"one"}), 0);
}

TEST_F(DistributorTest, IsUnavailableWithoutAnOwner) {
    ingesters_.clear();
    const auto unknown = push({{"{app=\"x\"}", {{kNow, "x", {}}}}});
    ASSERT_FALSE(unknown);
    EXPECT_EQ(unknown.error().code, ErrorCode::kUnavailable);

    ring_->forget("one");
    const auto empty = push({{"{app=\"x\"}", {{kNow, "x", {}}}}});
    ASSERT_FALSE(empty);
    EXPECT_EQ(empty.error().code, ErrorCode::kUnavailable);
    EXPECT_EQ(empty.error().message, "empty ring");
}

std::vector<TestStream> many_streams() {
    std::vector<TestStream> streams;
    for (int i = 0; i < 60; ++i) {
        const std::string number = std::to_string(i);
        streams.push_back({"{app=\"" + number + "\"}",
                           {{kNow, "line " + number, {{"k", number}}}, {kNow, "more", {}}}});
    }
    return streams;
}

TEST_F(DistributorTest, SpreadsStreamsOverTheOwners) {
    start({.replication_factor = 1}, {"a", "b", "c"});

    ASSERT_OK(push(many_streams()));

    std::map<std::string, int> copies;
    for (const auto& [id, ingester] : ingesters_) {
        EXPECT_EQ(ingester->pushes, 1);
        EXPECT_GT(ingester->streams.size(), 5U) << id;
        for (const auto& [labels, entries] : ingester->streams) {
            ++copies[labels];
            ASSERT_EQ(entries.size(), 2U);
            const std::string number = entries[0].line.substr(5);
            EXPECT_THAT(labels, HasSubstr("app=\"" + number + "\""));
            EXPECT_THAT(entries[0].metadata, ElementsAre(Pair("k", number)));
        }
    }
    EXPECT_EQ(copies.size(), 60U);
    for (const auto& [labels, count] : copies) EXPECT_EQ(count, 1) << labels;
}

TEST_F(DistributorTest, AnswersOnceAMajorityOfReplicasHasTheEntries) {
    start({.replication_factor = 3}, {"a", "b", "c"});
    ingesters_["b"]->failure = Error{ErrorCode::kUnavailable, "disk full"};

    EXPECT_OK(push(many_streams()));
    for (const auto& [id, ingester] : ingesters_) EXPECT_EQ(ingester->streams.size(), 60U) << id;
    EXPECT_EQ(metric("loki_distributor_ingester_append_failures_total", {"ingester=\"b\""}), 1);

    ingesters_["c"]->failure = Error{ErrorCode::kUnavailable, "disk full"};
    const auto result = push(many_streams());
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code, ErrorCode::kUnavailable);
    EXPECT_EQ(result.error().message, "disk full");
}

}  // namespace
}  // namespace skald::write
