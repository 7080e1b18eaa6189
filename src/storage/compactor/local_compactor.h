// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "compaction_log.h"
#include "delete_pass.h"
#include "merge_plan.h"
#include "region_merge.h"

#include <skald/storage/compactor/compactor.h>

#include <condition_variable>
#include <cstdint>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace skald::storage {

/// The compactor of one process. Threading: thread-safe; `run_once` one at a time.
class LocalCompactor final : public Compactor {
public:
    LocalCompactor(Options options, Parts parts);
    ~LocalCompactor() override;

    /// Notes which segments are there before anything is published in this process.
    Result<void> note_segments();

    void start() override;
    void stop() override;
    Result<void> run_once() override;
    std::string status_json() const override { return log_.json(); }

private:
    using RegionKey = std::pair<TenantId, std::int32_t>;
    using Segments = std::vector<StoredSegment>;

    void run();
    /// What can't wait for the next run: a full disk, objects that may go.
    void tend(Clock::TimePoint now);
    Result<void> apply_retention();
    Result<void> rewrite_alone(const StoredSegment& segment);
    Result<void> rewrite_partly_expired(const Segments& segments, TimeNs now);
    Result<bool> is_worth_a_rewrite(const StoredSegment& segment, TimeNs now);
    /// How many bytes are to go.
    struct Excess {
        std::uint64_t bytes = 0;
        std::string_view reason;
    };
    bool has_size_limits() const { return options_.max_size > 0 || options_.min_free_percent > 0; }
    Result<Excess> excess(const SegmentRewriter::Footprint& footprint) const;
    /// Drops the oldest as long as there is too much; if an input of the running merge is among
    /// them, up to that, and the merge gives way.
    Result<void> limit_size();
    Result<void> drop(const StoredSegment& segment, std::string_view reason);
    Result<void> merge_all_due();
    Result<void> merge(const MergeJob& job);
    std::vector<std::vector<RegionKey>> members_of(const MergeJob& job) const;
    Result<void> merge_region(const MergeJob& job, const RegionKey& key, TimeNs now,
                              const std::vector<DueDelete>& deletes, SegmentWriter& writer,
                              MergeTotals& totals);
    Result<RegionTable> read_table(const StoredSegment& segment, const RegionSummary& region) const;
    Result<bool> has_room_for(std::uint64_t bytes);
    /// Waits while others need the machine, and looks at the disk. Errors: kUnavailable when it is
    /// stopped, or an input is to be dropped.
    Result<void> proceed();
    void look_at_size(Clock::TimePoint now);
    Result<void> sweep(std::chrono::nanoseconds delay);
    void tell_what_comes();
    void note_damage(const MergeJob& job, const Error& error);

    const Options options_;
    const Parts parts_;
    const MergeRules rules_;
    const MergeShape shape_;
    CompactionLog log_;
    DeletePass deletes_;
    std::map<SegmentId, Clock::TimePoint> seen_;  ///< When a segment was first seen.
    std::map<SegmentId, TimeNs> looked_at_;       ///< When its share of expired rows was.
    std::set<SegmentId> merging_;                 ///< Inputs of the running merge.
    bool gives_way_ = false;                      ///< It holds up what is to be dropped.
    std::set<SegmentId> dropped_;                 ///< Since the run began.
    std::set<SegmentId> damaged_;                 ///< Not merged any more.
    Clock::TimePoint next_run_;
    Clock::TimePoint next_size_check_;
    bool told_of_space_ = false;

    std::mutex mutex_;
    std::condition_variable changed_;
    bool stopping_ = false;
    std::thread thread_;
};

}  // namespace skald::storage
