// SPDX-License-Identifier: Apache-2.0
//
// Goal: alerts go from pending to firing to resolved as Prometheus' do. Method: results at times
// that the test chooses; no clock.
#include "alert_states.h"

#include "alert_file.h"
#include "alert_template.h"
#include "support/result_assertions.h"

#include <gtest/gtest.h>

#include <cmath>
#include <string>

namespace skald::read {
namespace {

constexpr TimeNs kStart = 1'000 * kNanosPerMinute;
TimeNs minute(std::int64_t n) {
    return kStart + n * kNanosPerMinute;
}

Series series(std::vector<Labels::Pair> labels, double value = 2) {
    return {Labels::from_pairs(std::move(labels)), {{0, value}}};
}

class AlertStatesTest : public ::testing::Test {
protected:
    AlertStatesTest() {
        rule.alert = "High";
        rule.hold = 2 * kNanosPerMinute;
    }
    void run(std::int64_t at, const std::vector<Series>& result) {
        ASSERT_OK(states.update(rule, result, 0, minute(at), ""));
    }
    std::vector<Alert> due(std::int64_t at) {
        return states.take_due({minute(at), kNanosPerMinute, 3 * kNanosPerMinute});
    }

    Rule rule;
    AlertStates states;
    const std::vector<Series> one = {series({{"app", "x"}})};
};

TEST_F(AlertStatesTest, FiresAfterItHasHeldLongEnough) {
    run(0, one);
    EXPECT_EQ(states.state(), AlertState::kPending);
    run(1, one);
    EXPECT_TRUE(due(1).empty());
    run(2, one);
    EXPECT_EQ(states.state(), AlertState::kFiring);
    EXPECT_EQ(states.active().at(0).active_at, minute(0));
    EXPECT_EQ(due(2).size(), 1u);
}

TEST_F(AlertStatesTest, APendingAlertThatPausesBeginsAnew) {
    run(0, one);
    run(1, {});
    EXPECT_EQ(states.state(), AlertState::kInactive);
    EXPECT_TRUE(states.all().empty());
    run(2, one);
    run(3, one);
    EXPECT_EQ(states.state(), AlertState::kPending);
}

TEST_F(AlertStatesTest, TellsAFiringAlertAgainAndItsEndAtOnce) {
    rule.hold = 0;
    run(0, one);
    ASSERT_EQ(due(0).size(), 1u);
    EXPECT_TRUE(due(1).empty());
    EXPECT_TRUE(due(3).empty());
    EXPECT_EQ(due(4).size(), 1u);
    run(5, {});
    const std::vector<Alert> ended = due(5);
    ASSERT_EQ(ended.size(), 1u);
    EXPECT_EQ(ended[0].resolved_at, minute(5));
    EXPECT_TRUE(states.active().empty());
    run(21, {});
    EXPECT_TRUE(states.all().empty());
}

TEST_F(AlertStatesTest, KeepsFiringForAWhile) {
    rule.hold = 0;
    rule.keep_firing = 3 * kNanosPerMinute;
    run(0, one);
    run(1, {});
    run(3, {});
    EXPECT_EQ(states.state(), AlertState::kFiring);
    run(4, {});
    EXPECT_EQ(states.state(), AlertState::kInactive);
}

TEST_F(AlertStatesTest, LabelsAreTheResultsThenTheRulesThenTheName) {
    rule.labels = {{"severity", "page-{{ $labels.app }}"}, {"gone", ""}};
    rule.annotations = {{"summary", "{{ .Labels.app }} has {{ $value }}, {{ .Value | humanize }}"}};
    run(0, {series({{"__name__", "m"}, {"app", "x"}, {"gone", "y"}}, 1500)});
    const Alert alert = states.active().at(0);
    EXPECT_EQ(alert.labels.to_string(), R"({alertname="High", app="x", severity="page-x"})");
    EXPECT_EQ(alert.annotations.at("summary"), "x has 1500, 1.5k");
}

TEST_F(AlertStatesTest, RefusesResultsThatBecomeTheSameAlert) {
    rule.labels = {{"app", "all"}};
    const auto result =
        states.update(rule, {series({{"app", "x"}}), series({{"app", "y"}})}, 0, minute(0), "");
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().message,
              "vector contains metrics with the same labelset after applying alert labels");
}

TEST_F(AlertStatesTest, MoreThanTheLimitIsNone) {
    const auto result =
        states.update(rule, {series({{"app", "x"}}), series({{"app", "y"}})}, 1, minute(0), "");
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().message, "exceeded limit of 1 with 2 alerts");
    EXPECT_TRUE(states.all().empty());
}

TEST_F(AlertStatesTest, GoesOnAfterARestartWhereItWas) {
    run(0, one);
    run(1, one);
    std::vector<Alert> kept;
    for (const auto& [labels, alert] : states.all()) kept.push_back(alert);
    const AlertFile file{minute(1), {{"t", "ns", "g", "r", kept}}};
    const auto read = decode_alerts(encode_alerts(file));
    ASSERT_OK(read);
    AlertStates after;
    after.restore(read->rules.at(0).alerts, 10 * kNanosPerMinute);
    ASSERT_OK(after.update(rule, one, 0, minute(11), ""));
    EXPECT_EQ(after.state(), AlertState::kPending);
    ASSERT_OK(after.update(rule, one, 0, minute(12), ""));
    EXPECT_EQ(after.state(), AlertState::kFiring);
}

TEST(AlertFile, RefusesDamageAnywhere) {
    Alert alert;
    alert.labels = Labels::from_pairs({{"a", "b"}});
    alert.annotations["s"] = "text";
    const std::string good = encode_alerts({1, {{"t", "ns", "g", "r", {alert}}}});
    ASSERT_OK(decode_alerts(good));
    for (std::size_t i = 0; i < good.size(); ++i) {
        std::string bad = good;
        bad[i] = static_cast<char>(bad[i] ^ 1);
        EXPECT_FALSE(decode_alerts(bad)) << i;
        EXPECT_FALSE(decode_alerts(good.substr(0, i))) << i;
    }
}

TEST(AlertTemplate, KnowsPrometheusFunctions) {
    const Labels labels = Labels::from_pairs({{"app", "x"}, {"instance", "host.net:80"}});
    const auto expand = [&](std::string_view text, double value = 0) {
        return expand_alert_template("A", text, {labels, value, "http://g", 0});
    };
    EXPECT_EQ(expand("plain $value"), "plain $value");
    EXPECT_EQ(expand("{{ $value | humanize1024 }}", 2048), "2ki");
    EXPECT_EQ(expand("{{ humanizeDuration $value }}", 3700), "1h 1m 40s");
    EXPECT_EQ(expand("{{ humanizePercentage .Value }}", 0.123456), "12.35%");
    EXPECT_EQ(expand("{{ humanizeTimestamp 0.0 }}"), "1970-01-01 00:00:00 +0000 UTC");
    EXPECT_EQ(expand("{{ $labels.instance | stripPort }}"), "host.net");
    EXPECT_EQ(expand("{{ if match \"h.*\" $labels.instance }}yes{{ end }}"), "yes");
    EXPECT_EQ(expand("{{ reReplaceAll \"(.*):.*\" \"$1\" .Labels.instance }}"), "host.net");
    EXPECT_EQ(expand("{{ printf \"%.2f\" $value }}", 1.005), "1.00");
    EXPECT_EQ(expand("{{ $value }}", std::nan("")), "NaN");
    EXPECT_EQ(expand("{{ $externalURL }} {{ $labels.none }}."), "http://g .");
    EXPECT_TRUE(expand("{{ nothing }}").starts_with("<error expanding template: "));
    EXPECT_FALSE(check_alert_template("A", "{{ if }}"));
}

}  // namespace
}  // namespace skald::read
