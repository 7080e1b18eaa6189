// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "alert_states.h"
#include "outbox.h"
#include "ruler_metrics.h"

#include <skald/foundation/runtime/cancel.h>
#include <skald/foundation/runtime/guarded.h>
#include <skald/foundation/runtime/task.h>
#include <skald/read/querier/querier.h>
#include <skald/read/ruler/ruler.h>

#include <memory>
#include <set>
#include <string>
#include <vector>

namespace skald::read {

/// Where a group belongs.
struct GroupPlace {
    TenantId tenant;
    std::string name;  ///< The namespace.
    std::string group;

    auto operator<=>(const GroupPlace&) const = default;
};

/// What runners have in common; all must outlive them.
struct RunnerContext {
    const Ruler::Options& options;
    Querier& querier;
    const LimitsSource& limits;
    Clock& clock;
    Outbox& outbox;
    RulerMetrics& metrics;
    CancelToken cancel;
};

/// Evaluates the rules of one group, one after the other, and remembers how they fare.
/// Threading: `evaluate` one at a time; the rest is thread-safe.
class RuleRunner {
public:
    RuleRunner(GroupPlace place, RuleGroup group, RunnerContext& context);
    ~RuleRunner();
    RuleRunner(const RuleRunner&) = delete;
    RuleRunner& operator=(const RuleRunner&) = delete;

    const GroupPlace& place() const { return place_; }
    DurationNs interval() const { return interval_; }
    /// The first time at or after `now` that is the group's turn: groups spread over the interval.
    TimeNs first_slot(TimeNs now) const;
    /// True if the group says the same as this one.
    bool is_same(const RuleGroup& group) const;

    Task<> evaluate(TimeNs at);
    void missed(std::uint64_t slots);

    RuleGroupStatus status() const;
    /// The alerts of each alerting rule, by the rule's identity.
    std::vector<std::pair<std::string, std::vector<Alert>>> alerts() const;
    void restore(const std::string& rule, std::vector<Alert> alerts, DurationNs down_for);
    /// Grows when alerts come, go or change their state.
    std::uint64_t changes() const;

private:
    struct RuleState {
        Rule rule;
        std::string query;
        std::string health = "unknown";
        std::string last_error;
        TimeNs last_evaluation = 0;
        double seconds = 0;
        AlertStates alerts;
        std::set<Labels> series;  ///< What was recorded last.
    };
    struct State {
        std::vector<RuleState> rules;
        TimeNs last_evaluation = 0;
        double seconds = 0;
        std::uint64_t changes = 0;
    };

    Task<Result<std::vector<Series>>> query(const std::string& expr, TimeNs at);
    Result<void> take(std::size_t index, Result<std::vector<Series>> result, TimeNs at);
    Result<void> take_alerts(RuleState& state, const std::vector<Series>& result, TimeNs at);
    Result<void> take_recording(RuleState& state, const std::vector<Series>& result, TimeNs at);
    void put_alert_series(RuleState& state, TimeNs at);
    bool sends_series() const;
    void put_series(RuleState& state, const std::vector<std::pair<Labels, double>>& now, TimeNs at);

    const GroupPlace place_;
    const RuleGroup group_;
    RunnerContext& context_;
    const DurationNs interval_;
    const std::uint64_t hash_;
    GroupMetrics metrics_;
    Guarded<State> state_;
};

/// What stays the same of a rule when others of its group change.
std::string rule_identity(const Rule& rule);

}  // namespace skald::read
