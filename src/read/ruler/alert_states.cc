// SPDX-License-Identifier: Apache-2.0
#include "alert_states.h"

#include "alert_template.h"

#include <algorithm>
#include <set>
#include <string>
#include <utility>

namespace skald::read {

namespace {

/// A resolved alert is remembered for so long, so that everybody hears of it.
constexpr DurationNs kResolvedKept = 15 * kNanosPerMinute;
/// How many times the pause between two notices an alert stays valid.
constexpr int kValidPauses = 4;

Alert alert_of(const Rule& rule, const Series& series, TimeNs at, std::string_view external_url) {
    Alert alert;
    alert.value = series.samples.empty() ? 0 : series.samples.front().value;
    const AlertData data{series.labels, alert.value, external_url, at};
    std::vector<Labels::Pair> pairs;
    for (std::size_t i = 0; i < series.labels.size(); ++i)
        if (series.labels[i].name != "__name__")
            pairs.emplace_back(series.labels[i].name, series.labels[i].value);
    for (const auto& [name, text] : rule.labels)
        pairs.emplace_back(name, expand_alert_template(rule.alert, text, data));
    pairs.emplace_back("alertname", rule.alert);
    // An empty value takes a label away.
    Labels merged = Labels::from_pairs(std::move(pairs));
    std::vector<Labels::Pair> kept;
    for (std::size_t i = 0; i < merged.size(); ++i)
        if (!merged[i].value.empty()) kept.emplace_back(merged[i].name, merged[i].value);
    alert.labels = Labels::from_pairs(std::move(kept));
    for (const auto& [name, text] : rule.annotations)
        alert.annotations[name] = expand_alert_template(rule.alert, text, data);
    return alert;
}

}  // namespace

std::string_view to_string(AlertState state) noexcept {
    switch (state) {
        case AlertState::kInactive: return "inactive";
        case AlertState::kPending: return "pending";
        case AlertState::kFiring: return "firing";
    }
    return "inactive";
}

void AlertStates::take_sample(const Rule& rule, Alert alert, TimeNs at) {
    Alert& known = alerts_[alert.labels];
    if (known.active_at != 0 && known.state != AlertState::kInactive) {
        known.value = alert.value;
        known.annotations = std::move(alert.annotations);
    } else {
        alert.active_at = at;
        known = std::move(alert);
    }
    known.keep_firing_since = 0;
    if (known.state == AlertState::kPending && at - known.active_at >= rule.hold) {
        known.state = AlertState::kFiring;
        known.fired_at = at;
    }
}

/// The alert is not in the result.
void AlertStates::miss(Alert& alert, const Rule& rule, TimeNs at) {
    if (alert.state == AlertState::kFiring && rule.keep_firing > 0) {
        if (alert.keep_firing_since == 0) alert.keep_firing_since = at;
        if (at - alert.keep_firing_since < rule.keep_firing) return;
    }
    if (alert.state == AlertState::kInactive) return;
    alert.state = AlertState::kInactive;
    alert.resolved_at = at;
}

Result<void> AlertStates::update(const Rule& rule, const std::vector<Series>& result,
                                 std::uint64_t limit, TimeNs at, std::string_view external_url) {
    std::set<Labels> seen;
    std::vector<Alert> found;
    for (const Series& series : result) {
        found.push_back(alert_of(rule, series, at, external_url));
        if (!seen.insert(found.back().labels).second)
            return Error{ErrorCode::kInvalidArgument,
                         "vector contains metrics with the same labelset after applying alert "
                         "labels"};
    }
    for (Alert& alert : found) take_sample(rule, std::move(alert), at);
    for (auto& [labels, alert] : alerts_)
        if (!seen.contains(labels)) miss(alert, rule, at);
    std::erase_if(alerts_, [at](const auto& entry) {
        const Alert& alert = entry.second;
        if (alert.state != AlertState::kInactive) return false;
        return alert.fired_at == 0 || at - alert.resolved_at > kResolvedKept;
    });
    const std::size_t count = active().size();
    if (limit == 0 || count <= limit) return {};
    alerts_.clear();
    return Error{ErrorCode::kLimitExceeded, "exceeded limit of " + std::to_string(limit) +
                                                " with " + std::to_string(count) + " alerts"};
}

std::vector<Alert> AlertStates::take_due(const AlertTimes& times) {
    std::vector<Alert> due;
    for (auto& [labels, alert] : alerts_) {
        if (alert.state == AlertState::kPending) continue;
        const bool news = alert.resolved_at > alert.last_sent_at;
        if (!news && alert.last_sent_at != 0 && alert.last_sent_at + times.resend_delay >= times.at)
            continue;
        alert.last_sent_at = times.at;
        const DurationNs pause = std::max(times.interval, times.resend_delay);
        alert.valid_until = times.at + kValidPauses * pause;
        due.push_back(alert);
    }
    return due;
}

std::vector<Alert> AlertStates::active() const {
    std::vector<Alert> found;
    for (const auto& [labels, alert] : alerts_)
        if (alert.state != AlertState::kInactive) found.push_back(alert);
    return found;
}

AlertState AlertStates::state() const {
    AlertState worst = AlertState::kInactive;
    for (const auto& [labels, alert] : alerts_) worst = std::max(worst, alert.state);
    return worst;
}

void AlertStates::restore(std::vector<Alert> alerts, DurationNs down_for) {
    for (Alert& alert : alerts) {
        if (alert.state == AlertState::kPending) alert.active_at += down_for;
        if (alert.keep_firing_since != 0) alert.keep_firing_since += down_for;
        Labels labels = alert.labels;
        alerts_.emplace(std::move(labels), std::move(alert));
    }
}

}  // namespace skald::read
