// SPDX-License-Identifier: Apache-2.0
#include <skald/foundation/model/limits.h>
#include <skald/foundation/model/retention.h>

#include <algorithm>

namespace skald {

DurationNs retention_of(const Limits& limits, const Labels& labels) {
    const RetentionRule* best = nullptr;
    for (const RetentionRule& rule : limits.retention_stream) {
        const bool is_better = best == nullptr || rule.priority > best->priority ||
                               (rule.priority == best->priority && rule.period < best->period);
        if (is_better && matches_all(rule.matchers, labels)) best = &rule;
    }
    return best == nullptr ? limits.retention_period : best->period;
}

DurationNs longest_retention(const Limits& limits) {
    DurationNs longest = limits.retention_period;
    for (const RetentionRule& rule : limits.retention_stream) {
        if (longest <= 0) break;
        longest = rule.period <= 0 ? 0 : std::max(longest, rule.period);
    }
    return std::max<DurationNs>(longest, 0);
}

DurationNs shortest_retention(const Limits& limits) {
    DurationNs shortest = std::max<DurationNs>(limits.retention_period, 0);
    for (const RetentionRule& rule : limits.retention_stream) {
        if (rule.period > 0)
            shortest = shortest == 0 ? rule.period : std::min(shortest, rule.period);
    }
    return shortest;
}

TimeNs kept_from(DurationNs period, TimeNs now) {
    if (period <= 0) return kTimeMin;
    return now < kTimeMin + period ? kTimeMin : now - period;
}

}  // namespace skald
