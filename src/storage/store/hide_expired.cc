// SPDX-License-Identifier: Apache-2.0
#include "memo_block.h"

#include <skald/foundation/model/retention.h>
#include <skald/storage/store/row_view.h>

#include <algorithm>
#include <unordered_map>

namespace skald::storage {
namespace {

class Retention final : public Sight {
public:
    Retention(const LimitsSource& limits, const Clock& clock) : limits_(limits), clock_(clock) {}

    Selection narrowed(Selection selection) const override {
        const std::shared_ptr<const Limits> limits = limits_.of(selection.tenant);
        const TimeNs now = clock_.wall_now();
        for (const DurationNs length : {longest_retention(*limits), limits->max_query_lookback})
            selection.start = std::max(selection.start, kept_from(length, now));
        return selection;
    }

    Result<void> hide(const Selection& selection, std::vector<Run>& runs) const override {
        const std::shared_ptr<const Limits> limits = limits_.of(selection.tenant);
        if (shortest_retention(*limits) == 0) return {};
        const TimeNs now = clock_.wall_now();
        std::unordered_map<StreamId, TimeNs> bounds;
        LastBlock last;
        Result<void> outcome;
        std::erase_if(runs, [&](Run& run) {
            const auto [bound, is_new] = bounds.try_emplace(run.stream->id, 0);
            if (is_new) bound->second = kept_from(retention_of(*limits, run.stream->labels), now);
            if (run.min_time >= bound->second) return false;
            if (run.max_time < bound->second) return true;
            if (outcome) outcome = trim_begin(run, *last.of(run), bound->second);
            return false;
        });
        return outcome;
    }

    Result<void> hide(const Selection& selection, std::vector<StreamPtr>& streams) const override {
        const std::shared_ptr<const Limits> limits = limits_.of(selection.tenant);
        if (limits->retention_stream.empty()) return {};
        const TimeNs now = clock_.wall_now();
        std::erase_if(streams, [&](const StreamPtr& stream) {
            return selection.end < kept_from(retention_of(*limits, stream->labels), now);
        });
        return {};
    }

private:
    /// Rows of a run are in the order of time. What is damaged is left to the query to report.
    static Result<void> trim_begin(Run& run, const MemoBlock& block, TimeNs bound) {
        const Result<TimeColumn> times = block.times();
        if (!times && times.error().code != ErrorCode::kCorruption) return times.error();
        const Result<OffsetColumn> offsets = block.offsets();
        if (!offsets && offsets.error().code != ErrorCode::kCorruption) return offsets.error();
        if (!times || !offsets || run.row_end > times->values.size()) return {};
        const auto begin = times->values.begin() + run.row_begin;
        const auto end = times->values.begin() + run.row_end;
        const auto first = std::lower_bound(begin, end, bound);
        if (first == end) return {};
        run.row_begin += static_cast<std::uint32_t>(first - begin);
        run.min_time = *first;
        run.line_bytes = offsets->line_bytes(run.row_begin, run.row_end);
        return {};
    }

    const LimitsSource& limits_;
    const Clock& clock_;
};

}  // namespace

RowView::SightOf hide_expired(const LimitsSource& limits, const Clock& clock) {
    // The same for every tenant: the limits are asked for the selection's.
    return [sight = std::make_shared<const Retention>(limits, clock)](const TenantId&) {
        return sight;
    };
}

}  // namespace skald::storage
