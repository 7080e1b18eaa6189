// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "region_merge.h"
#include "upcoming.h"

#include <skald/foundation/model/time.h>
#include <skald/foundation/runtime/guarded.h>
#include <skald/foundation/telemetry/metrics.h>
#include <skald/storage/store/segment_rewriter.h>

#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace skald::storage {

/// What the compactor has done: its metrics, and the page that tells of it.
/// Threading: thread-safe.
class CompactionLog {
public:
    explicit CompactionLog(MetricsRegistry& metrics);

    void began(TimeNs now, std::string_view what);
    void ended(TimeNs now, TimeNs next, bool succeeded, double seconds);
    void retention_ended(TimeNs now, bool succeeded, double seconds);
    /// What went wrong; a run may go on after it.
    void failed(TimeNs now, std::string_view what, const Error& error);
    void merged(TimeNs now, std::uint64_t inputs, std::uint64_t bytes_in, std::uint64_t bytes_out,
                const MergeTotals& totals);
    /// `reason`: "expired", "size" or "disk".
    void dropped(TimeNs now, std::string_view reason, const StoredSegment& segment);
    void swept(const SegmentRewriter::Swept& swept);
    void coming_up(std::vector<Upcoming> next, std::uint64_t stored_bytes);
    std::string json() const;

private:
    struct Removal {
        TimeNs time = 0;
        std::string reason;
        std::string segment;
        TimeNs newest = 0;
        std::uint64_t bytes = 0;
    };
    /// Rows that a rewrite left out.
    struct RemovedRows {
        TimeNs time = 0;
        std::string_view reason;
        std::string tenant;
        std::uint64_t rows = 0;
    };
    struct State {
        std::string now_doing;
        TimeNs last_failure = 0;
        std::string last_error;
        TimeNs last_start = 0;
        TimeNs last_success = 0;
        TimeNs next_run = 0;
        std::uint64_t merges = 0;
        std::uint64_t merged_segments = 0;
        std::uint64_t bytes_in = 0;
        std::uint64_t bytes_out = 0;
        MergeTotals rows;
        std::uint64_t dropped_segments = 0;
        std::uint64_t dropped_bytes = 0;
        std::uint64_t removed_objects = 0;
        std::uint64_t removed_bytes = 0;
        std::uint64_t waiting_objects = 0;
        std::uint64_t stored_bytes = 0;
        std::deque<Removal> removals;  ///< Newest first.
        std::deque<RemovedRows> removed_rows;
        std::vector<Upcoming> upcoming;
    };

    static void note_rows(State& state, TimeNs now, std::string_view reason,
                          const std::map<TenantId, std::uint64_t>& rows);

    MetricsRegistry& metrics_;
    Gauge running_;
    Gauge run_seconds_;
    Gauge run_success_time_;
    Gauge retention_seconds_;
    Gauge retention_success_time_;
    Counter bytes_in_;
    Counter bytes_out_;
    Counter duplicates_;
    Counter expired_;
    Counter removed_objects_;
    mutable Guarded<State> state_;
};

}  // namespace skald::storage
