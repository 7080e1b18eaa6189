// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/base/result.h>
#include <skald/foundation/base/units.h>
#include <skald/read/querier/query.h>
#include <skald/read/ruler/alert.h>
#include <skald/read/ruler/rule_group.h>

#include <cstdint>
#include <map>
#include <string_view>
#include <vector>

namespace skald::read {

/// When an alerting rule runs.
struct AlertTimes {
    TimeNs at = 0;                          ///< Of the evaluation.
    DurationNs interval = kNanosPerMinute;  ///< Of the group.
    DurationNs resend_delay = kNanosPerMinute;
};

/// The alerts of one rule, from evaluation to evaluation: pending, firing, resolved.
/// Threading: caller locks. Pure.
class AlertStates {
public:
    /// Takes the result of an evaluation. Errors: kInvalidArgument, results that differ in nothing
    /// but what the rule's labels overwrite; kLimitExceeded, more than `limit`: all alerts are gone
    /// then.
    Result<void> update(const Rule& rule, const std::vector<Series>& result, std::uint64_t limit,
                        TimeNs at, std::string_view external_url);
    /// Those that somebody must hear of now; they count as sent.
    std::vector<Alert> take_due(const AlertTimes& times);
    /// Pending and firing ones.
    std::vector<Alert> active() const;
    /// Of all together: the worst.
    AlertState state() const;

    /// All of them, to be kept over a restart, and back. What was pending goes on where it was
    /// `down_for` ago.
    const std::map<Labels, Alert>& all() const { return alerts_; }
    void restore(std::vector<Alert> alerts, DurationNs down_for);

private:
    void take_sample(const Rule& rule, Alert alert, TimeNs at);
    void miss(Alert& alert, const Rule& rule, TimeNs at);

    std::map<Labels, Alert> alerts_;
};

}  // namespace skald::read
