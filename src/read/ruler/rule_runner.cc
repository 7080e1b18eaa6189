// SPDX-License-Identifier: Apache-2.0
#include "rule_runner.h"

#include "alert_json.h"
#include "write_request.h"

#include <skald/foundation/base/hash.h>
#include <skald/foundation/telemetry/log.h>
#include <skald/read/logql/parser.h>

#include <algorithm>
#include <chrono>
#include <utility>

namespace skald::read {

namespace {

double seconds_since(Clock::TimePoint start, Clock& clock) {
    return std::chrono::duration<double>(clock.now() - start).count();
}

std::string group_key(const GroupPlace& place) {
    return place.tenant.text() + "/" + place.name + ";" + place.group;
}

/// `labels` without the metric's name, with the rule's own over them.
Labels recorded_labels(const Rule& rule, const Labels& labels) {
    std::vector<Labels::Pair> pairs;
    for (std::size_t i = 0; i < labels.size(); ++i)
        pairs.emplace_back(labels[i].name, labels[i].value);
    for (const auto& pair : rule.labels) pairs.emplace_back(pair);
    pairs.emplace_back("__name__", rule.record);
    std::erase_if(pairs, [](const Labels::Pair& pair) { return pair.second.empty(); });
    return Labels::from_pairs(std::move(pairs));
}

Labels with_pairs(const Labels& labels, std::vector<Labels::Pair> more) {
    std::vector<Labels::Pair> pairs;
    for (std::size_t i = 0; i < labels.size(); ++i)
        pairs.emplace_back(labels[i].name, labels[i].value);
    pairs.insert(pairs.end(), std::make_move_iterator(more.begin()),
                 std::make_move_iterator(more.end()));
    return Labels::from_pairs(std::move(pairs));
}

}  // namespace

std::string rule_identity(const Rule& rule) {
    std::string text = rule.name() + "\n" + rule.expr;
    for (const auto& [name, value] : rule.labels)
        text.append("\n").append(name).append("=").append(value);
    return text;
}

RuleRunner::RuleRunner(GroupPlace place, RuleGroup group, RunnerContext& context)
    : place_(std::move(place)),
      group_(std::move(group)),
      context_(context),
      interval_(group_.interval > 0 ? group_.interval : context.options.evaluation_interval),
      hash_(hash64(group_key(place_))),
      metrics_(
          context.metrics.group(context.options.group_label ? group_key(place_) : std::string())) {
    auto state = state_.lock();
    for (const Rule& rule : group_.rules) {
        RuleState each;
        each.rule = rule;
        each.query = to_string(*rule.parsed);
        state->rules.push_back(std::move(each));
    }
    metrics_.rules.set(static_cast<double>(group_.rules.size()));
    metrics_.interval.set(static_cast<double>(interval_) / 1e9);
}

RuleRunner::~RuleRunner() {
    metrics_.rules.set(0);
}

TimeNs RuleRunner::first_slot(TimeNs now) const {
    const auto offset = static_cast<DurationNs>(hash_ % static_cast<std::uint64_t>(interval_));
    const TimeNs since = (now - offset) % interval_;
    return since == 0 ? now : now - since + interval_;
}

bool RuleRunner::is_same(const RuleGroup& group) const {
    return rule_group_yaml(group) == rule_group_yaml(group_);
}

void RuleRunner::missed(std::uint64_t slots) {
    metrics_.missed.add(static_cast<double>(slots));
}

Task<Result<std::vector<Series>>> RuleRunner::query(const std::string& expr, TimeNs at) {
    QueryRequest request{.tenant = place_.tenant, .query = expr, .instant = true};
    request.start = at;
    request.end = at;
    request.tags = "source=ruler,rule_name=" + place_.group;
    Result<QueryResponse> answer = co_await context_.querier.query(request, context_.cancel);
    if (!answer) co_return std::move(answer).error();
    std::vector<Series> series;
    if (auto* vector = std::get_if<VectorResult>(&answer->data)) {
        series = std::move(vector->series);
    } else if (const auto* scalar = std::get_if<ScalarResult>(&answer->data)) {
        series.push_back({Labels(), {scalar->sample}});
    } else {
        co_return Error{ErrorCode::kInvalidArgument, "rule result is not a vector or scalar"};
    }
    co_return series;
}

Task<> RuleRunner::evaluate(TimeNs at) {
    const Clock::TimePoint started = context_.clock.now();
    if (context_.options.jitter_max > 0) {
        const auto wait = static_cast<DurationNs>(
            hash_ % static_cast<std::uint64_t>(context_.options.jitter_max));
        co_await context_.clock.sleep_until(started + std::chrono::nanoseconds(wait));
    }
    for (std::size_t i = 0; i < group_.rules.size() && !context_.cancel.cancelled(); ++i) {
        const Clock::TimePoint rule_started = context_.clock.now();
        Result<std::vector<Series>> result = co_await query(group_.rules[i].expr, at);
        if (context_.cancel.cancelled()) co_return;
        const Result<void> taken = take(i, std::move(result), at);
        metrics_.evaluations.add();
        if (!taken) metrics_.failures.add();
        auto state = state_.lock();
        RuleState& rule = state->rules[i];
        rule.seconds = seconds_since(rule_started, context_.clock);
        rule.last_evaluation = at;
        rule.health = taken ? "ok" : "err";
        rule.last_error = taken ? "" : taken.error().message;
    }
    metrics_.iterations.add();
    auto state = state_.lock();
    state->last_evaluation = at;
    state->seconds = seconds_since(started, context_.clock);
    metrics_.last_duration.set(state->seconds);
    metrics_.last_evaluation.set(static_cast<double>(at) / 1e9);
}

Result<void> RuleRunner::take(std::size_t index, Result<std::vector<Series>> result, TimeNs at) {
    Result<void> taken;
    if (!result) {
        taken = std::move(result).error();
    } else {
        auto state = state_.lock();
        RuleState& rule = state->rules[index];
        const AlertState before = rule.alerts.state();
        const std::size_t count = rule.alerts.all().size();
        taken = rule.rule.is_alert() ? take_alerts(rule, *result, at)
                                     : take_recording(rule, *result, at);
        if (rule.alerts.state() != before || rule.alerts.all().size() != count) ++state->changes;
    }
    if (!taken)
        log_warn("evaluating a rule failed", {{"org_id", place_.tenant.text()},
                                              {"namespace", place_.name},
                                              {"group", place_.group},
                                              {"rule", group_.rules[index].name()},
                                              {"err", taken.error().message}});
    return taken;
}

Result<void> RuleRunner::take_alerts(RuleState& state, const std::vector<Series>& result,
                                     TimeNs at) {
    const Ruler::Options& options = context_.options;
    Result<void> updated =
        state.alerts.update(state.rule, result, group_.limit, at, options.external_url);
    put_alert_series(state, at);
    if (!updated) return updated;
    const std::vector<Alert> due = state.alerts.take_due({at, interval_, options.resend_delay});
    if (!due.empty())
        context_.outbox.put_alerts(
            place_.tenant.text(), due,
            explore_url(options.external_url, options.datasource_uid, state.query));
    return {};
}

/// Prometheus' `ALERTS` and `ALERTS_FOR_STATE`.
void RuleRunner::put_alert_series(RuleState& state, TimeNs at) {
    if (!sends_series()) return;
    std::vector<std::pair<Labels, double>> now;
    for (const Alert& alert : state.alerts.active()) {
        now.emplace_back(
            with_pairs(alert.labels, {{"__name__", "ALERTS"},
                                      {"alertstate", std::string(to_string(alert.state))}}),
            1);
        now.emplace_back(with_pairs(alert.labels, {{"__name__", "ALERTS_FOR_STATE"}}),
                         static_cast<double>(alert.active_at / kNanosPerSecond));
    }
    put_series(state, now, at);
}

Result<void> RuleRunner::take_recording(RuleState& state, const std::vector<Series>& result,
                                        TimeNs at) {
    std::vector<std::pair<Labels, double>> now;
    std::set<Labels> seen;
    for (const Series& series : result) {
        Labels labels = recorded_labels(state.rule, series.labels);
        if (!seen.insert(labels).second)
            return Error{ErrorCode::kInvalidArgument,
                         "vector contains metrics with the same labelset after applying rule "
                         "labels"};
        now.emplace_back(std::move(labels),
                         series.samples.empty() ? 0 : series.samples.front().value);
    }
    if (group_.limit > 0 && now.size() > group_.limit)
        return Error{ErrorCode::kLimitExceeded, "exceeded limit of " +
                                                    std::to_string(group_.limit) + " with " +
                                                    std::to_string(now.size()) + " series"};
    put_series(state, now, at);
    return {};
}

bool RuleRunner::sends_series() const {
    return context_.outbox.wants_series() &&
           !context_.limits.of(place_.tenant)->ruler_remote_write_disabled;
}

void RuleRunner::put_series(RuleState& state, const std::vector<std::pair<Labels, double>>& now,
                            TimeNs at) {
    if (!sends_series()) return;
    RecordedSeries recorded{at / kNanosPerMilli, now};
    std::set<Labels> named;
    for (const auto& [labels, value] : now) named.insert(labels);
    for (const Labels& gone : state.series)
        if (!named.contains(gone)) recorded.values.emplace_back(gone, stale_marker());
    state.series = std::move(named);
    context_.metrics.appended(place_.tenant.text(), recorded.values.size());
    context_.outbox.put_series(place_.tenant.text(), recorded);
}

RuleGroupStatus RuleRunner::status() const {
    return state_.with([this](const State& state) {
        RuleGroupStatus status{place_.group,          place_.name,   interval_, group_.limit,
                               state.last_evaluation, state.seconds, {}};
        for (const RuleState& each : state.rules)
            status.rules.push_back({each.rule, each.query, each.health, each.last_error,
                                    each.last_evaluation, each.seconds, each.alerts.state(),
                                    each.alerts.active()});
        return status;
    });
}

std::vector<std::pair<std::string, std::vector<Alert>>> RuleRunner::alerts() const {
    return state_.with([](const State& state) {
        std::vector<std::pair<std::string, std::vector<Alert>>> found;
        for (const RuleState& each : state.rules) {
            std::vector<Alert> alerts;
            for (const auto& [labels, alert] : each.alerts.all()) alerts.push_back(alert);
            if (!alerts.empty()) found.emplace_back(rule_identity(each.rule), std::move(alerts));
        }
        return found;
    });
}

void RuleRunner::restore(const std::string& rule, std::vector<Alert> alerts, DurationNs down_for) {
    auto state = state_.lock();
    for (RuleState& each : state->rules) {
        if (!each.rule.is_alert() || rule_identity(each.rule) != rule) continue;
        each.alerts.restore(std::move(alerts), down_for);
        return;
    }
}

std::uint64_t RuleRunner::changes() const {
    return state_.with([](const State& state) { return state.changes; });
}

}  // namespace skald::read
