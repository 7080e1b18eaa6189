// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/model/labels.h>
#include <skald/foundation/model/matcher.h>
#include <skald/foundation/model/time.h>

#include <cstdint>
#include <string>
#include <vector>

namespace skald {

struct Limits;

/// How long lines of some streams are kept: one rule of `retention_stream`.
struct RetentionRule {
    std::string selector;  ///< As it was written.
    std::vector<Matcher> matchers;
    std::int64_t priority = 0;
    DurationNs period = 0;
};

// A period of 0 means for ever. Threading: pure.

/// Of a stream: that of the matching rule with the highest priority, the shortest of those with
/// equal priority; without one, that of the tenant.
DurationNs retention_of(const Limits& limits, const Labels& labels);
/// The longest that any stream of the tenant may have.
DurationNs longest_retention(const Limits& limits);
/// The shortest that any stream of the tenant may have.
DurationNs shortest_retention(const Limits& limits);
/// The first time that is kept by a period; kTimeMin if it is for ever.
TimeNs kept_from(DurationNs period, TimeNs now);

}  // namespace skald
