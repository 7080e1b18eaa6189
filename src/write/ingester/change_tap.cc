// SPDX-License-Identifier: Apache-2.0
#include <skald/foundation/base/units.h>
#include <skald/foundation/model/time.h>
#include <skald/write/ingester/change_tap.h>

#include <algorithm>
#include <cstddef>
#include <utility>
#include <vector>

namespace skald::write {
namespace {

struct TimeSpan {
    TimeNs min;
    TimeNs max;
};

/// Rows that are further apart are noted apart.
constexpr DurationNs kGap = kNanosPerMinute;
/// A push whose rows are scattered over more spans than this is noted as one.
constexpr std::size_t kSpansMax = 256;

/// Whether `time` is in the span or so near that the span is to reach there.
bool reach(TimeSpan& span, TimeNs time) {
    // Unsigned: differences of any two times fit.
    const auto distance = [](TimeNs low, TimeNs high) {
        return static_cast<std::uint64_t>(high) - static_cast<std::uint64_t>(low);
    };
    if (time < span.min) {
        if (distance(time, span.min) > static_cast<std::uint64_t>(kGap)) return false;
        span.min = time;
    } else if (time > span.max) {
        if (distance(span.max, time) > static_cast<std::uint64_t>(kGap)) return false;
        span.max = time;
    }
    return true;
}

/// Spans that together hold the times of all entries.
std::vector<TimeSpan> spans_of(const std::vector<EntryView>& entries) {
    std::vector<TimeSpan> spans;
    for (const EntryView& entry : entries) {
        if (!spans.empty() && reach(spans.back(), entry.time)) continue;
        const auto near = std::find_if(spans.begin(), spans.end(),
                                       [&](TimeSpan& span) { return reach(span, entry.time); });
        if (near != spans.end()) {
            std::swap(*near, spans.back());  // The next entry is likely to be there as well.
        } else if (spans.size() < kSpansMax) {
            spans.push_back({entry.time, entry.time});
        } else {
            spans.back().min = std::min(spans.back().min, entry.time);
            spans.back().max = std::max(spans.back().max, entry.time);
        }
    }
    return spans;
}

}  // namespace

Task<Result<void>> ChangeTap::push(cluster::StreamBatch batch) {
    const TenantId tenant = batch.tenant;
    const std::vector<TimeSpan> spans = spans_of(batch.entries);
    Result<void> pushed = co_await next_.push(std::move(batch));
    // A failed push may have left rows, too.
    for (const TimeSpan& span : spans) changes_.note(tenant, span.min, span.max);
    co_return pushed;
}

}  // namespace skald::write
